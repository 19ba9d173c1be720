"""Static files: hashed names, kept for good, sent compressed."""

import gzip
import json

import pytest
from flask import Flask, render_template_string

from repairshop.web.assets import init_assets
from tests.client import Client


@pytest.fixture
def static(tmp_path):
    built = tmp_path / "static" / "built" / "css"
    built.mkdir(parents=True)
    (built / "page-1234.css").write_text("body {}")
    (built / "page-1234.css.gz").write_bytes(gzip.compress(b"body {}"))
    manifest = {"stamp": "", "files": {"css/page.css": "css/page-1234.css"}}
    (tmp_path / "static" / "built" / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path / "static"


@pytest.fixture
def site(static):
    site = Flask("site", static_folder=str(static))
    site.test_client_class = Client
    init_assets(site)
    return site


def test_page_names_the_hashed_file(site):
    with site.test_request_context():
        text = render_template_string("{{ asset('css/page.css') }}")

    assert text == "/static/css/page-1234.css"


def test_page_that_names_an_unknown_file_fails(site):
    with site.test_request_context(), pytest.raises(KeyError):
        render_template_string("{{ asset('css/nothing.css') }}")


def test_browser_may_keep_the_file_for_good(site):
    response = site.test_client().get("/static/css/page-1234.css")

    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.text == "body {}"


def test_compressed_copy_is_sent_to_who_takes_it(site):
    response = site.test_client().get("/static/css/page-1234.css", headers={"Accept-Encoding": "br, gzip"})

    assert response.content_encoding == "gzip"
    assert response.mimetype == "text/css"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(response.data) == b"body {}"


@pytest.mark.parametrize(
    "name", ["manifest.json", "css/page-1234.css.gz", "../static/built/manifest.json", "css"]
)
def test_nothing_but_built_files_is_served(site, name):
    assert site.test_client().get(f"/static/{name}").status_code == 404


def test_sources_are_served_before_the_first_build(tmp_path):
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "page.css").write_text("body {}")
    site = Flask("site", static_folder=str(tmp_path), static_url_path="/static")
    site.test_client_class = Client
    init_assets(site)

    response = site.test_client().get("/static/css/page.css")

    assert response.text == "body {}"
    assert response.headers["Cache-Control"] == "no-cache"
