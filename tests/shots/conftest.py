from tests.media.s3 import bucket, endpoint

__all__ = ["bucket", "endpoint"]
