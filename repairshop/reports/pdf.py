"""The process that draws PDF documents, and the only file that knows WeasyPrint.

`python -m repairshop.reports.pdf` reads one request after the other from standard input and answers
each on standard output; renderer.py is the other end. The process holds no secrets, little memory, a
time limit per document, and opens no connection: every picture comes along with the request. It ends
by itself when it has nothing to do, has grown, or its parent is gone.
"""

import json
import os
import resource
import select
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import pydyf
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from repairshop.reports.glyphs import Glyphs
from repairshop.reports.wire import Answer, DrawRequest, read_request, write_answer

MEMORY_BYTES = 900_000_000  # address space; a report with six photos stays below 250 MB of real memory
CPU_SECONDS = 30  # for one document
FILE_BYTES = 64_000_000
IDLE_SECONDS = 300
RECYCLE_AFTER = 200  # documents
RECYCLE_KILOBYTES = 300_000

STATIC = Path(__file__).resolve().parents[1] / "static"
STYLES = STATIC / "css" / "document.css"
_FAMILIES = (
    ("Hanken Grotesk", "text", "fontpkg_hanken_grotesk", "HankenGrotesk[wght].ttf"),
    ("JetBrains Mono", "code", "fontpkg_jetbrains_mono", "JetBrainsMono[wght].ttf"),
)
_WEIGHTS = ("400", "700")

# PDF/UA identification beside WeasyPrint's PDF/A-3a: the schema must be described for PDF/A
# (ISO 19005-3 6.6.2.3, ISO 14289-1 5).
_PDF_UA = b"""<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="" pdfuaid:part="1"/>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description></rdf:li>
</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


class OnlyOurs(URLFetcher):  # type: ignore[misc]
    """Gives the pictures that came with the request, and the two font files; nothing else exists.

    Asking for anything else ends the document: autoescaping leaves no way for a stranger's words to ask.
    """

    def __init__(self, images: Mapping[str, tuple[str, bytes]]) -> None:
        super().__init__(allowed_protocols=set(), allow_redirects=False)
        self._images = images

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        scheme, _, name = url.partition(":")
        if scheme == "image" and name in self._images:
            media_type, data = self._images[name]
            return URLFetcherResponse(url, data, {"Content-Type": media_type})
        raise FatalURLFetchingError(f"a document asked for {url[:200]!r}")


@dataclass(frozen=True, kw_only=True)
class Face:
    """One font file and what the style sheet calls it."""

    family: str
    weight: str
    file: Path

    def rule(self, number: int) -> str:
        return (
            f'@font-face {{ font-family: "{self.family}"; font-weight: {self.weight}; '
            f'src: url("font:{number}") }}\n'
        )


def list_faces() -> list[Face]:
    """The weights that script/build_static.py cut; in a copy where it has not run, the whole fonts.

    A whole font works as well and costs half a second more for each document.
    """
    manifest = STATIC / "built" / "manifest.json"
    built: dict[str, str] = json.loads(manifest.read_text())["files"] if manifest.exists() else {}
    faces = []
    for family, name, package, file in _FAMILIES:
        cut = {weight: built.get(f"fonts/print-{name}-{weight}.woff2") for weight in _WEIGHTS}
        if all(cut.values()):
            faces += [
                Face(family=family, weight=weight, file=STATIC / "built" / str(path))
                for weight, path in cut.items()
            ]
        else:
            faces.append(Face(family=family, weight="100 900", file=_font_file(package, file)))
    return faces


class OnlyFonts(URLFetcher):  # type: ignore[misc]
    """For our own style sheet: the faces it was given, as `font:NUMBER`."""

    def __init__(self, faces: list[Face]) -> None:
        super().__init__(allowed_protocols=set(), allow_redirects=False)
        self._faces = faces

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        number = url.removeprefix("font:")
        if not number.isdigit() or int(number) >= len(self._faces):
            raise FatalURLFetchingError(url)
        data = self._faces[int(number)].file.read_bytes()
        return URLFetcherResponse(url, data, {"Content-Type": "font/ttf"})


def _font_file(package: str, file: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(package)
    return Path(spec.origin).parent / "files" / file


class Press:
    """The style sheet and fonts, read once, and the drawing of one document after the other."""

    def __init__(self) -> None:
        self._glyphs = Glyphs()
        self._fonts = FontConfiguration()
        faces = list_faces()
        rules = "".join(face.rule(number) for number, face in enumerate(faces))
        self._styles = CSS(
            string=rules + STYLES.read_text(),
            font_config=self._fonts,
            url_fetcher=OnlyFonts(faces),
            base_url="font:",
        )

    def draw(self, request: DrawRequest) -> bytes:
        """A tagged PDF, PDF/A-3a and PDF/UA-1 at once; the same request gives the same bytes."""
        os.environ["SOURCE_DATE_EPOCH"] = str(int(request.created_at.timestamp()))
        page = HTML(
            string=self._glyphs.drawable(request.html),
            url_fetcher=OnlyOurs(request.images),
            base_url="image:",
        )
        document = page.render(stylesheets=[self._styles], font_config=self._fonts)
        document.metadata.attachments = [
            _attachment(name, data, at=request.created_at) for name, data in request.attachments.items()
        ]
        document.metadata.created = document.metadata.modified = request.created_at.isoformat(
            timespec="seconds"
        )
        result: bytes = document.write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_tags=True,
            pdf_identifier=bytes.fromhex(request.identifier),
            finisher=_declare_pdf_ua,
        )
        return result


def _attachment(name: str, data: bytes, *, at: datetime) -> Attachment:
    return Attachment(
        string=data.decode(),
        name=name,
        description="The facts of this document for programs",
        relationship="Data",
        created=at,
        modified=at,
    )


def _declare_pdf_ua(_document: Any, pdf: Any) -> None:
    number = int(pdf.catalog["Metadata"].split()[0])
    stream = pdf.objects[number]
    stream.stream = [part.replace(b"</rdf:RDF>", _PDF_UA + b"</rdf:RDF>") for part in stream.stream]
    pdf.catalog["ViewerPreferences"] = pydyf.Dictionary({"DisplayDocTitle": "true"})


def main() -> int:
    requests, answers = sys.stdin.buffer, _take_standard_output()
    press = Press()
    _limit_process()
    write_answer(answers, Answer(pdf=b"", problem=""))  # ready: from here on the clock of the other end runs
    for _ in range(RECYCLE_AFTER):
        if not _arrives(requests):
            return 0
        request = read_request(requests)
        if request is None:
            return 0
        _allow_processor_time()
        write_answer(answers, _answer(press, request))
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > RECYCLE_KILOBYTES:
            return 0
    return 0


def _take_standard_output() -> IO[bytes]:
    """Keep the pipe to ourselves: a library that prints must not garble an answer."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _arrives(requests: IO[bytes]) -> bool:
    ready, _, _ = select.select([requests], [], [], IDLE_SECONDS)
    return bool(ready)


def _answer(press: Press, request: DrawRequest) -> Answer:
    try:
        return Answer(pdf=press.draw(request), problem="")
    except FatalURLFetchingError as error:  # a BaseException: `except Exception` would miss it
        return Answer(pdf=b"", problem=f"refused: {error}")
    except MemoryError:
        return Answer(pdf=b"", problem="memory")
    except (
        Exception
    ) as error:  # the document is ours: whatever breaks is reported to the log of the other end
        return Answer(pdf=b"", problem=f"{type(error).__name__}: {error}")


def _limit_process() -> None:
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 128),
    ):
        resource.setrlimit(what, (limit, limit))
    sys.addaudithook(_refuse_the_outside)


def _allow_processor_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _refuse_the_outside(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}:
        raise PermissionError(event)


if __name__ == "__main__":
    sys.exit(main())
