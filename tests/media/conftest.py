import pytest
from flask import Flask

from repairshop.database import db, init_database
from repairshop.media.store import FolderStore, use_store
from tests.media.s3 import bucket, endpoint

__all__ = ["bucket", "endpoint"]


@pytest.fixture
def store(tmp_path):
    store = FolderStore(tmp_path / "media")
    use_store(store)
    return store


@pytest.fixture
def app(database_url, store):
    """No web, no wiring: the media layer knows neither."""
    app = Flask("media-tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    init_database(app)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
