"""Buckets and objects of Google Cloud Storage."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, ClassVar, Literal, TypeVar

from pydantic import Field

from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList, TextMap
from tiercel.plugin.task import Output, TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.gcp.access import GoogleTask, IfExists, in_thread, present

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Bucket, Client

T = TypeVar("T")

_ADDRESS = re.compile(r"gs://([^/]+)/?(.*)", re.DOTALL)


class StorageClass(StrEnum):
    """How often what is in a bucket is read."""

    REGIONAL = "REGIONAL"
    MULTI_REGIONAL = "MULTI_REGIONAL"
    STANDARD = "STANDARD"
    NEARLINE = "NEARLINE"
    COLDLINE = "COLDLINE"
    ARCHIVE = "ARCHIVE"
    DURABLE_REDUCED_AVAILABILITY = "DURABLE_REDUCED_AVAILABILITY"


class GcsTask(GoogleTask):
    """Base of the tasks over Google Cloud Storage."""

    requires: ClassVar[Mapping[str, str]] = {"google.cloud.storage": "gcp"}
    emulator = "STORAGE_EMULATOR_HOST"

    async def with_client(self, context: TaskContext, work: Callable[[Client], T]) -> T:
        """Do blocking work with a client. Raises TaskFailedError when Google refuses."""

        def run() -> T:
            from google.cloud.storage import Client

            credentials, project = self.login(context)
            client = Client(project=project or "none", credentials=credentials)
            try:
                return work(client)
            finally:
                client.close()

        return await in_thread(run)


def address_of(uri: str, *, needs_name: bool = True) -> tuple[str, str]:
    """Return bucket and name of ``gs://bucket/name``.

    Raises:
        TaskFailedError: It is not written so.
    """
    found = _ADDRESS.fullmatch(uri)
    if found is None or (needs_name and not found[2]):
        raise TaskFailedError(f"'{uri}' is no address of an object: write gs://bucket/path")
    return found[1], found[2]


class LifecycleCondition(Written):
    """When a rule applies: days since an object was made."""

    age: int = Field(description="Days since an object was made.")


class LifecycleAction(Written):
    """What a rule does: ``DELETE``, or ``SET_STORAGE_CLASS`` to a value."""

    type: Text = Field(description="What happens: `DELETE` or `SET_STORAGE_CLASS`.")
    value: StorageClass | None = Field(
        default=None, description="Storage class that objects get, for `SET_STORAGE_CLASS`."
    )

    def as_sent(self) -> dict[str, str]:
        """Return Google's words."""
        if self.type.replace("_", "").lower() == "delete":
            return {"type": "Delete"}
        return {"type": "SetStorageClass", "storageClass": str(self.value)}


class LifecycleRule(Written):
    """What happens to objects of a certain age."""

    condition: LifecycleCondition = Field(description="Which objects the rule is for.")
    action: LifecycleAction = Field(description="What happens to them.")


class Cors(Written):
    """Which pages of other origins may read."""

    origins: TextList | None = Field(
        default=None, description="Origins whose pages may read, such as `https://example.com`."
    )
    methods: TextList | None = Field(
        default=None, description="Methods that they may use, such as `GET`."
    )
    response_headers: TextList | None = Field(
        default=None, description="Headers that they may see."
    )
    max_age_seconds: int | None = Field(
        default=None, description="How many seconds browsers may remember this."
    )

    def as_sent(self) -> dict[str, Any]:
        """Return Google's words."""
        return present(
            {
                "origin": self.origins,
                "method": self.methods,
                "responseHeader": self.response_headers,
                "maxAgeSeconds": self.max_age_seconds,
            }
        )


class IamConfiguration(Written):
    """Who may be given access."""

    uniform_bucket_level_access_enabled: bool | None = Field(
        default=None,
        description="`true` gives access to whole buckets only, never to single objects.",
    )
    public_access_prevention: Text | None = Field(
        default=None,
        description="`enforced` keeps the public out, `inherited` follows the organisation.",
    )


class Logging(Written):
    """Where access is noted."""

    log_bucket: Text = Field(description="Bucket that gets the logs.")
    log_object_prefix: Text | None = Field(
        default=None, description="What the names of logs begin with."
    )


class AccessEntity(Written):
    """Who is given access: a mail address of a user or a group, or a domain."""

    type: Literal["USER", "GROUP", "DOMAIN"] = Field(
        description="What `value` names: `USER`, `GROUP` or `DOMAIN`."
    )
    value: Text = Field(description="Mail address of the user or group, or name of the domain.")


class AccessControl(Written):
    """What someone may do with a bucket."""

    entity: AccessEntity = Field(description="Who is given access.")
    role: Literal["READER", "WRITER", "OWNER"] = Field(
        description="What they may do: `READER`, `WRITER` or `OWNER`."
    )

    def as_sent(self) -> dict[str, str]:
        """Return Google's words."""
        return {"entity": f"{self.entity.type.lower()}-{self.entity.value}", "role": self.role}


class BucketTask(GcsTask):
    """Base of the tasks that set what a bucket is like."""

    name: Text
    """Name of the bucket."""
    location: Text | None = None
    """Where its objects are kept."""
    storage_class: StorageClass | None = None
    """How often its objects are read."""
    labels: TextMap | None = None
    """Labels of the bucket."""
    versioning_enabled: bool | None = None
    """Whether replaced objects are kept."""
    requester_pays: bool | None = None
    """Whether readers pay."""
    index_page: Text | None = None
    """Object that stands for a folder of a web site."""
    not_found_page: Text | None = None
    """Object that is shown when there is none."""
    default_event_based_hold: bool | None = None
    """Whether new objects are held."""
    retention_period: int | None = None
    """Seconds for which objects can't be deleted."""
    default_kms_key_name: Text | None = None
    """Key that new objects are encrypted with."""
    lifecycle_rules: list[LifecycleRule] | None = None
    """What happens to old objects."""
    cors: list[Cors] | None = None
    """Which pages of other origins may read."""
    acl: list[AccessControl] | None = None
    """Who may do what with it, for buckets without uniform access."""
    iam_configuration: IamConfiguration | None = None
    """Who may be given access."""
    logging: Logging | None = None
    """Where access is noted."""

    def change(self, bucket: Bucket) -> None:
        """Set what the flow says on a bucket that is not sent yet."""
        plain: dict[str, Any] = {
            "storage_class": self.storage_class and str(self.storage_class),
            "labels": self.labels,
            "versioning_enabled": self.versioning_enabled,
            "requester_pays": self.requester_pays,
            "default_event_based_hold": self.default_event_based_hold,
            "retention_period": self.retention_period,
            "default_kms_key_name": self.default_kms_key_name,
            "cors": self.cors and [one.as_sent() for one in self.cors],
            "lifecycle_rules": self.lifecycle_rules
            and [
                {"action": rule.action.as_sent(), "condition": {"age": rule.condition.age}}
                for rule in self.lifecycle_rules
            ],
        }
        for name, value in present(plain).items():
            setattr(bucket, name, value)
        if self.acl:
            bucket._patch_property("acl", [one.as_sent() for one in self.acl])
        if self.index_page or self.not_found_page:
            bucket.configure_website(self.index_page, self.not_found_page)
        if self.logging is not None:
            bucket.enable_logging(self.logging.log_bucket, self.logging.log_object_prefix or "")
        if (iam := self.iam_configuration) is not None:
            configuration: Any = bucket.iam_configuration
            if iam.uniform_bucket_level_access_enabled is not None:
                configuration.uniform_bucket_level_access_enabled = (
                    iam.uniform_bucket_level_access_enabled
                )
            if iam.public_access_prevention is not None:
                configuration.public_access_prevention = iam.public_access_prevention.lower()


def _shown(bucket: Bucket) -> dict[str, Any]:
    website = bucket._properties.get("website", {})
    return present(
        {
            "name": bucket.name,
            "uri": f"gs://{bucket.name}",
            "location": bucket.location,
            "indexPage": website.get("mainPageSuffix"),
            "notFoundPage": website.get("notFoundPage"),
        }
    )


class CreateBucket(BucketTask):
    """Make a bucket. Outputs: ``bucket`` (name, uri, location …), ``created``, ``updated``."""

    type_name = "io.kestra.plugin.gcp.gcs.CreateBucket"
    title = "Make a bucket in Google Cloud Storage."
    output_types = outputs(bucket=dict[str, Any], created=bool, updated=bool)
    examples = (
        (
            "A bucket, unless it is there.",
            "id: bucket\ntype: io.kestra.plugin.gcp.gcs.CreateBucket\n"
            "serviceAccount: \"{{ secret('GCP_CREDS') }}\"\nname: my-trips\n"
            "location: EU\nstorageClass: REGIONAL\nifExists: SKIP",
        ),
    )

    if_exists: IfExists = IfExists.ERROR
    """What to do when the bucket is there: `ERROR`, `UPDATE` or `SKIP`."""

    async def run(self, context: TaskContext) -> Output:
        """Make it, or take the one that is there."""
        return await self.with_client(context, self._make)

    def _make(self, client: Client) -> Output:
        found = None
        if self.if_exists is not IfExists.ERROR:
            found = client.lookup_bucket(self.name)
        if found is None:
            bucket = client.bucket(self.name)
            self.change(bucket)
            found = client.create_bucket(bucket, location=self.location, project=self.project_id)
            return Output(values={"bucket": _shown(found), "created": True, "updated": False})
        is_updated = self.if_exists is IfExists.UPDATE
        if is_updated:
            self.change(found)
            found.patch()
        return Output(values={"bucket": _shown(found), "created": False, "updated": is_updated})


class UpdateBucket(BucketTask):
    """Change a bucket. Outputs: ``bucket``, ``updated``."""

    type_name = "io.kestra.plugin.gcp.gcs.UpdateBucket"
    title = "Change a bucket in Google Cloud Storage."
    output_types = outputs(bucket=dict[str, Any], updated=bool)

    async def run(self, context: TaskContext) -> Output:
        """Set what the flow says; the rest stays."""

        def update(client: Client) -> Output:
            bucket = client.get_bucket(self.name)
            self.change(bucket)
            bucket.patch()
            return Output(values={"bucket": _shown(bucket), "updated": True})

        return await self.with_client(context, update)


class DeleteBucket(GcsTask):
    """Delete a bucket."""

    type_name = "io.kestra.plugin.gcp.gcs.DeleteBucket"
    title = "Delete a bucket in Google Cloud Storage."

    name: Text
    """Name of the bucket."""
    force: bool = False
    """Whether its objects are deleted with it."""

    async def run(self, context: TaskContext) -> None:
        """Delete it. Raises TaskFailedError when it is not empty."""

        def delete(client: Client) -> None:
            bucket = client.get_bucket(self.name)
            if self.force:
                for blob in client.list_blobs(bucket):
                    blob.delete()
            bucket.delete()

        await self.with_client(context, delete)


class _Watched:
    """A file that stops being read as soon as the task is killed."""

    def __init__(self, file: BinaryIO, context: TaskContext) -> None:
        self._file = file
        self._context = context
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises TaskFailedError when the task was killed."""
        if self._context.is_killed:
            raise TaskFailedError("The upload was stopped")
        return self._file.read(size)


class Upload(GcsTask):
    """Upload a stored file. Outputs: ``uri`` (``gs://…``), ``md5``, ``crc32c``."""

    type_name = "io.kestra.plugin.gcp.gcs.Upload"
    title = "Upload a file to Google Cloud Storage."
    output_types = outputs(uri=str, md5=str, crc32c=str)
    examples = (
        (
            "A file that another task made.",
            "id: upload\ntype: io.kestra.plugin.gcp.gcs.Upload\n"
            "from: \"{{ outputs.extract.outputFiles['trips.csv'] }}\"\n"
            "to: gs://my-trips/raw/trips.csv",
        ),
    )

    source: Annotated[Text, Field(alias="from")]
    """Stored file."""
    to: Text
    """Where it goes: `gs://bucket/path`."""
    content_type: Text | None = None
    """Content type of the object."""
    content_encoding: Text | None = None
    """Content encoding of the object."""
    content_disposition: Text | None = None
    """How browsers present it."""
    cache_control: Text | None = None
    """How long others may keep copies."""
    validate_checksum: bool = True
    """Whether Google checks that all bytes arrived as they were."""
    expected_md5: Text | None = None
    """MD5 of the content in base64; another one fails the task."""
    expected_crc32c: Text | None = Field(default=None, alias="expectedCrc32c")
    """CRC32C of the content in base64; another one fails the task."""

    async def run(self, context: TaskContext) -> Output:
        """Upload it."""
        bucket, name = address_of(self.to)
        path = await context.local_file(self.source)
        size = path.stat().st_size
        work = partial(self._upload, context, path, bucket, name)
        md5, crc32c = await self.with_client(context, work)
        context.metric("counter", "file.size", size, {})
        for what, expected, found in (
            ("MD5", self.expected_md5, md5),
            ("CRC32C", self.expected_crc32c, crc32c),
        ):
            if expected and found != expected:
                raise TaskFailedError(
                    f"The {what} of {self.to} is {found}, and {expected} was expected"
                )
        return Output(values={"uri": f"gs://{bucket}/{name}", "md5": md5, "crc32c": crc32c})

    def _upload(
        self, context: TaskContext, path: Path, bucket: str, name: str, client: Client
    ) -> tuple[str | None, str | None]:
        blob = client.bucket(bucket).blob(name)
        for key in ("content_encoding", "content_disposition", "cache_control"):
            if value := getattr(self, key):
                setattr(blob, key, value)
        with path.open("rb") as file:
            blob.upload_from_file(
                _Watched(file, context),
                size=path.stat().st_size,
                content_type=self.content_type,
                checksum="crc32c" if self.validate_checksum else None,
            )
        return blob.md5_hash, blob.crc32c


class Download(GcsTask):
    """Download an object. Outputs: ``bucket``, ``path``, ``uri`` of the stored file."""

    type_name = "io.kestra.plugin.gcp.gcs.Download"
    title = "Download a file from Google Cloud Storage."
    output_types = outputs(bucket=str, path=str, uri=StoredFile)

    source: Annotated[Text, Field(alias="from")]
    """Address of the object: `gs://bucket/path`."""

    async def run(self, context: TaskContext) -> Output:
        """Download and store it."""
        bucket, name = address_of(self.source)
        path = new_file(context)

        def download(client: Client) -> None:
            client.bucket(bucket).blob(name).download_to_filename(str(path))

        await self.with_client(context, download)
        context.metric("counter", "file.size", path.stat().st_size, {})
        uri = await context.store_file(path, name.rpartition("/")[2] or None)
        return Output(values={"bucket": bucket, "path": name, "uri": uri})


class Copy(GcsTask):
    """Copy an object. Output: ``uri``."""

    type_name = "io.kestra.plugin.gcp.gcs.Copy"
    title = "Copy or move an object of Google Cloud Storage."
    output_types = outputs(uri=str)

    source: Annotated[Text, Field(alias="from")]
    """Address of the object."""
    to: Text
    """Address of the copy."""
    delete: bool = False
    """Whether the original is deleted afterwards."""

    async def run(self, context: TaskContext) -> Output:
        """Copy it without downloading it."""
        (from_bucket, from_name), (bucket, name) = address_of(self.source), address_of(self.to)

        def copy(client: Client) -> None:
            original = client.bucket(from_bucket).blob(from_name)
            token, _, _ = client.bucket(bucket).blob(name).rewrite(original)
            while token is not None:
                token, _, _ = client.bucket(bucket).blob(name).rewrite(original, token=token)
            if self.delete:
                original.delete()

        await self.with_client(context, copy)
        return Output(values={"uri": f"gs://{bucket}/{name}"})


class Delete(GcsTask):
    """Delete an object. Outputs: ``uri``, ``deleted``."""

    type_name = "io.kestra.plugin.gcp.gcs.Delete"
    title = "Delete an object of Google Cloud Storage."
    output_types = outputs(uri=str, deleted=bool)

    uri: Text
    """Address of the object."""
    error_on_missing: bool = False
    """Whether the task fails when there is none."""

    async def run(self, context: TaskContext) -> Output:
        """Delete it."""
        bucket, name = address_of(self.uri)

        def delete(client: Client) -> bool:
            from google.api_core.exceptions import NotFound

            try:
                client.bucket(bucket).blob(name).delete()
            except NotFound:
                return False
            return True

        is_deleted = await self.with_client(context, delete)
        if self.error_on_missing and not is_deleted:
            raise TaskFailedError(f"There is no object {self.uri}")
        return Output(values={"uri": self.uri, "deleted": is_deleted})


class ListingType(StrEnum):
    """How deep a list goes."""

    DIRECTORY = "DIRECTORY"
    RECURSIVE = "RECURSIVE"


class Filter(StrEnum):
    """What a list holds."""

    BOTH = "BOTH"
    FILES = "FILES"
    DIRECTORY = "DIRECTORY"


class List(GcsTask):
    """List objects below an address. Output: ``blobs``."""

    type_name = "io.kestra.plugin.gcp.gcs.List"
    title = "List objects of Google Cloud Storage."
    output_types = outputs(blobs=list[dict[str, Any]])

    source: Annotated[Text, Field(alias="from")]
    """Where to look: `gs://bucket/path`."""
    listing_type: ListingType = ListingType.DIRECTORY
    """Whether what lies in folders below is listed too."""
    reg_exp: Text | None = None
    """Pattern that whole addresses must match."""
    filter: Filter = Filter.BOTH
    """Whether files or folders are listed."""
    all_versions: bool = False
    """Whether replaced objects are listed too."""
    max_files: int | None = None
    """How many are listed at most."""

    async def run(self, context: TaskContext) -> Output:
        """List them, ordered by name."""
        bucket, prefix = address_of(self.source, needs_name=False)

        def listed(client: Client) -> list[dict[str, Any]]:
            is_flat = self.listing_type is ListingType.DIRECTORY
            found = client.list_blobs(
                bucket,
                prefix=prefix or None,
                delimiter="/" if is_flat else None,
                versions=self.all_versions or None,
            )
            blobs = [_item(blob) for blob in found]
            folders = [_folder(bucket, name) for name in sorted(found.prefixes)]
            return [*folders, *blobs]

        wanted = [item for item in await self.with_client(context, listed) if self._takes(item)]
        return Output(values={"blobs": wanted[: self.max_files]})

    def _takes(self, item: Mapping[str, Any]) -> bool:
        is_folder = item["directory"]
        if self.filter is not Filter.BOTH and is_folder is not (self.filter is Filter.DIRECTORY):
            return False
        return self.reg_exp is None or re.fullmatch(self.reg_exp, item["uri"]) is not None


def _folder(bucket: str, name: str) -> dict[str, Any]:
    return {"uri": f"gs://{bucket}/{name}", "bucket": bucket, "name": name, "directory": True}


def _item(blob: Blob) -> dict[str, Any]:
    return present(
        {
            "uri": f"gs://{blob.bucket.name}/{blob.name}",
            "bucket": blob.bucket.name,
            "name": blob.name,
            "directory": str(blob.name).endswith("/"),
            "size": blob.size,
            "contentType": blob.content_type,
            "md5": blob.md5_hash,
            "crc32c": blob.crc32c,
            "generation": blob.generation,
            "updateTime": blob.updated,
        }
    )
