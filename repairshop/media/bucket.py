"""Files in a bucket that speaks S3. The only file that imports obstore."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from repairshop.media.rules import MediaStoreFull
from repairshop.media.store import FileMissing, StoredFile


class BucketStore:
    """Files in an S3 bucket, below an optional prefix."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def put(self, name: str, data: bytes) -> None:
        try:
            obstore.put(self._store, name, data)
        except (BaseError, OSError) as error:
            raise MediaStoreFull from error

    def get(self, name: str) -> bytes:
        try:
            return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError as error:
            raise FileMissing(name) from error

    def delete(self, name: str) -> None:
        obstore.delete(self._store, name)  # S3 answers the same whether it was there or not

    def list_files(self, prefix: str = "") -> Iterator[StoredFile]:
        for page in obstore.list(self._store, prefix=prefix or None):
            for entry in page:
                yield StoredFile(name=entry["path"], modified_at=entry["last_modified"])


def open_bucket(media_url: str) -> BucketStore:
    """s3://[key:secret@]bucket/prefix?endpoint=...&region=...; keys else come from the AWS_ variables."""
    parts = urlsplit(media_url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    endpoint = query.get("endpoint", "")
    options: dict[str, Any] = {"region": query.get("region", "us-east-1")}
    if endpoint:
        options |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
    if parts.username and parts.password:
        options |= {"access_key_id": unquote(parts.username), "secret_access_key": unquote(parts.password)}
    store = S3Store(
        parts.hostname,
        prefix=parts.path.strip("/") or None,
        # A person waits for the answer: give up in seconds, not in the library's three minutes.
        client_options={
            "timeout": "15s",
            "connect_timeout": "3s",
            "allow_http": endpoint.startswith("http://"),
        },
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
        **options,
    )
    return BucketStore(store)
