"""Where internal storage keeps its files: a folder, or a bucket of one of four kinds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import SecretStr

from tiercel.config.section import Section, setting
from tiercel.config.values import Duration, Flag, Folder, Port, Says, Secret, Text

if TYPE_CHECKING:
    from tiercel.config.sections import Settings

_BUCKET = "Bucket of the files; it must be there."

StorageType = Annotated[
    Literal["local", "s3", "gcs", "minio", "azure"],
    Says("local, s3, gcs, minio or azure", "word"),
]


class StorageSettings(Section):
    """Internal storage of files."""

    prefix = "kestra.storage"
    title = "Internal storage"

    type: StorageType = setting(
        "local",
        "Who keeps the files: a folder of this machine, or a bucket. `s3` and `minio` need"
        " `tiercel[s3]`, `gcs` and `azure` need `tiercel[objects]`.",
    )
    base_path: Folder | None = setting(
        None, "Folder of the files; by default in the data folder.", path="local.base-path"
    )


class S3Settings(Section):
    """For `kestra.storage.type: s3`; without keys, `AWS_…` variables or the machine's role."""

    prefix = "kestra.storage.s3"
    title = "Storage on S3"

    bucket: Text = setting("", _BUCKET)
    region: Text = setting("", "Region of the bucket.")
    access_key: Secret = setting(SecretStr(""), "Id of the access key.")
    secret_key: Secret = setting(SecretStr(""), "The access key's secret.")
    endpoint: Text = setting("", "Address of another service than AWS that speaks S3.")
    force_path_style: Flag | None = setting(
        None,
        "Whether the bucket is named in the path instead of in the host. By default where there is"
        " an `endpoint`.",
    )
    sts_role_arn: Text = setting("", "Role to take on; its credentials are renewed in time.")
    sts_role_external_id: Text = setting("", "External id that the role demands.")
    sts_role_session_name: Text = setting("tiercel", "What sessions of the role are called.")
    sts_role_session_duration: Duration = setting(
        timedelta(minutes=15), "How long one session lasts."
    )
    sts_endpoint_override: Text = setting("", "Address that the role is asked for at.")


class GcsSettings(Section):
    """For `kestra.storage.type: gcs`; without a key, application default credentials count."""

    prefix = "kestra.storage.gcs"
    title = "Storage on Google Cloud Storage"

    bucket: Text = setting("", _BUCKET)
    project_id: Text = setting("", "Taken and not needed: a bucket is named without its project.")
    service_account: Secret = setting(SecretStr(""), "Text of a service account's JSON key.")


class MinioSettings(Section):
    """For `kestra.storage.type: minio`."""

    prefix = "kestra.storage.minio"
    title = "Storage on MinIO"

    bucket: Text = setting("", _BUCKET)
    endpoint: Text = setting("localhost", "Host of the server, or its whole address.")
    port: Port = setting(9000, "Port of the server.")
    secure: Flag = setting(False, "Whether it is spoken to by TLS.")
    access_key: Secret = setting(SecretStr(""), "Name to log in with.")
    secret_key: Secret = setting(SecretStr(""), "Password to log in with.")
    region: Text = setting("", "Region, if the server has one set.")
    vhost: Flag = setting(False, "Whether the bucket is named in the host instead of in the path.")
    part_size: Text = setting("", "Taken and not needed: parts are as large as a file demands.")


class AzureSettings(Section):
    """For `kestra.storage.type: azure`; without a login, `AZURE_…` variables count."""

    prefix = "kestra.storage.azure"
    title = "Storage on Azure"

    container: Text = setting("", "Container of the files; it must be there.")
    endpoint: Text = setting("", "Address: `https://<account>.blob.core.windows.net`.")
    connection_string: Secret = setting(SecretStr(""), "Address and login in one text.")
    shared_key_account_name: Text = setting("", "Account whose key is given.")
    shared_key_account_access_key: Secret = setting(SecretStr(""), "Key of that account.")
    sas_token: Secret = setting(SecretStr(""), "A signature that grants access.")


def bucket_values(settings: Settings) -> dict[str, Any]:
    """Return what is set for the kind of bucket that is used, by name, secrets in clear."""
    section: Section = getattr(settings, settings.storage.type)
    given = {name: getattr(section, name) for name in type(section).model_fields}
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in given.items()
    }
