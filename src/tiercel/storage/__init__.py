"""Internal storage: files under ``kestra:///…`` URIs, in a local folder or in a bucket.

:class:`Storage` is the door; other keepers of files implement it as plugins. What lies where is in
:mod:`tiercel.storage.paths`.
"""

from tiercel.storage.buckets import open_bucket
from tiercel.storage.local import LocalStorage
from tiercel.storage.protocol import CHUNK_BYTES, BlockingReads, Content, Storage, StoredFile
from tiercel.storage.uris import is_below, make_uri, parse_uri

__all__ = [
    "CHUNK_BYTES",
    "BlockingReads",
    "Content",
    "LocalStorage",
    "Storage",
    "StoredFile",
    "is_below",
    "make_uri",
    "open_bucket",
    "parse_uri",
]
