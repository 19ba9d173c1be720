"""A real S3 server, moto's, on the loopback, and an empty bucket in it."""

import boto3
import pytest
from moto.server import ThreadedMotoServer

from repairshop.media.store import open_store

__all__ = ["bucket", "endpoint"]


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, tmp_path):
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-west-2",
        aws_access_key_id="test-key",
        aws_secret_access_key="test-secret",
    )
    client.create_bucket(Bucket="shop-media", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    address = f"s3://test-key:test-secret@shop-media/photos?endpoint={endpoint}&region=eu-west-2"
    yield open_store(address, data=tmp_path)
    for entry in client.list_objects_v2(Bucket="shop-media").get("Contents", []):
        client.delete_object(Bucket="shop-media", Key=entry["Key"])
    client.delete_bucket(Bucket="shop-media")
    client.close()
