"""Our own CSS, modules, pictures and fonts: under hashed names, kept by browsers for good, sent compressed.

script/build_static.py makes them and the manifest. A working copy where it has not run yet serves the
sources as they are; their references to fonts then lead nowhere and the page shows system fonts.
"""

import json
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, Response, request, send_from_directory, url_for
from werkzeug.exceptions import NotFound

_FOR_GOOD = "public, max-age=31536000, immutable"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


@dataclass(frozen=True, kw_only=True)
class Assets:
    """What was built: source name -> hashed name, and each hashed name's compressed copies."""

    folder: Path
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, static: Path) -> "Assets":
        manifest = static / "built" / "manifest.json"
        if not manifest.exists():
            return cls(folder=static)
        return cls(folder=static / "built", names=json.loads(manifest.read_text())["files"])

    def hashed(self, name: str) -> str:
        """The name to ask the server for; KeyError if nothing of that name was built."""
        return self.names[name] if self.names else name

    def send(self, filename: str) -> Response:
        """The file, in the best encoding that the browser takes and the build made; 404 for anything else."""
        if self.names and filename not in self.names.values():
            raise NotFound
        for encoding, suffix in _ENCODINGS:
            if (
                request.accept_encodings.quality(encoding) > 0
                and (self.folder / f"{filename}{suffix}").is_file()
            ):
                response = send_from_directory(
                    self.folder, filename + suffix, mimetype=mimetypes.guess_type(filename)[0]
                )
                response.content_encoding = encoding
                break
        else:
            response = send_from_directory(self.folder, filename)
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = _FOR_GOOD if self.names else "no-cache"
        return response


def init_assets(app: Flask) -> None:
    """Serve Flask's own static route from what was built, and give templates `asset("css/portal.css")`."""
    assets = Assets.load(Path(app.static_folder or ""))
    mimetypes.add_type("font/woff2", ".woff2")
    mimetypes.add_type("text/javascript", ".js")

    def asset(name: str) -> str:
        return url_for("static", filename=assets.hashed(name))

    app.view_functions["static"] = assets.send
    app.jinja_env.globals["asset"] = asset
