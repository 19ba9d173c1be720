"""One web server for benchmarks/portal.py, as script/server runs ours: python -m benchmarks.serve WHAT … PORT

ours                  Repairshop, with the settings in the environment
bare ADDRESS ID SIZE  Flask alone: a page of a Jinja template of SIZE bytes at /page, and at /row the version
                      of a ticket, read by its key through an engine of its own and answered as a 304
"""

import argparse
import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask import Flask, Response, render_template
from jinja2 import DictLoader
from sqlalchemy import create_engine, text

from script.serve import run_web


def bare_app(address: str, ticket_id: int, size: int) -> Flask:
    app = Flask("bare")
    app.config["SECRET_KEY"] = "bare"
    add_page(app, size)
    engine = create_engine(address)
    query = text("SELECT version FROM ticket WHERE id = :id")

    @app.get("/row")
    def unchanged() -> Response:
        with engine.connect() as connection:
            version = connection.execute(query, {"id": ticket_id}).scalar_one()
        response = Response(status=304)
        response.set_etag(str(version))
        return response

    return app


def add_page(app: Flask, size: int) -> None:
    """A route /page that fills a Jinja template of as many bytes: lines of plain words, escaped."""
    line = "a line of plain words as they stand on a page with a few signs"
    rows = [line] * max(1, size // (len(line) + len("<p></p>\n")))
    rest = "x" * max(0, size - len(rows) * (len(line) + len("<p></p>\n")))
    template = "{% for row in rows %}<p>{{ row }}</p>\n{% endfor %}{{ rest }}"
    app.jinja_loader = DictLoader({"bare.html": template})

    @app.get("/page")
    def page() -> str:
        return render_template("bare.html", rows=rows, rest=rest)


def main(arguments: list[str]) -> None:
    *what, port = arguments
    gc.disable()  # as script/serve.py loads ours
    if what[0] == "ours":
        from wsgi import app
    else:
        app = bare_app(what[1], int(what[2]), int(what[3]))
    gc.freeze()
    gc.enable()
    run_web(app, argparse.Namespace(host="127.0.0.1", port=int(port)), None)


if __name__ == "__main__":
    main(sys.argv[1:])
