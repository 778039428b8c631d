"""How the API server of a cluster is reached: what a flow says, else a kubeconfig, else the pod's.

Nothing here is imported before a task runs: the client takes a second to import.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pydantic import Field

from tiercel.plugin.common import Written
from tiercel.plugin.properties import Text
from tiercel.plugin.task import TaskFailedError

if TYPE_CHECKING:
    from kubernetes_asyncio.client import ApiClient, Configuration
    from kubernetes_asyncio.stream import WsApiClient

_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


class Connection(Written):
    """Address of an API server and a login; certificates as files, or as their text in base64."""

    master_url: Text | None = Field(
        default=None,
        description=(
            "Address of the API server, such as `https://10.0.0.1:6443`. Without it the "
            "worker's kubeconfig, or the cluster it runs in, is used."
        ),
    )
    api_version: Text | None = Field(
        default=None, description="Accepted without effect: pods are of version `v1`."
    )
    namespace: Text | None = Field(
        default=None,
        description=(
            "Namespace of the cluster that the pod is made in; it counts before the runner's."
        ),
    )
    trust_certs: bool = Field(
        default=False, description="`true` accepts any certificate of the server. For tests only."
    )
    disable_hostname_verification: bool = Field(
        default=False, description="`true` accepts any certificate of the server. For tests only."
    )
    ca_cert_file: Text | None = Field(
        default=None, description="Path of the certificate to trust, on the worker."
    )
    ca_cert_data: Text | None = Field(
        default=None, description="Certificate to trust, as PEM or in base64."
    )
    client_cert_file: Text | None = Field(
        default=None, description="Path of the certificate to log in with, on the worker."
    )
    client_cert_data: Text | None = Field(
        default=None, description="Certificate to log in with, as PEM or in base64."
    )
    client_key_file: Text | None = Field(
        default=None, description="Path of the certificate's key, on the worker."
    )
    client_key_data: Text | None = Field(
        default=None,
        description="Key of the certificate, as PEM or in base64. Keep it in a secret.",
    )
    username: Text | None = Field(
        default=None, description="User name. It is not used with `oauthToken`."
    )
    password: Text | None = Field(default=None, description="Password. Keep it in a secret.")
    oauth_token: Text | None = Field(
        default=None, description="Token to log in with. Keep it in a secret."
    )


@asynccontextmanager
async def connected(given: Connection | None) -> AsyncIterator[tuple[ApiClient, WsApiClient]]:
    """Yield a client for requests and one for streams.

    Raises:
        TaskFailedError: No cluster is known, or a certificate can't be read.
    """
    from kubernetes_asyncio.client import ApiClient
    from kubernetes_asyncio.stream import WsApiClient

    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tiercel-kubernetes-")))
        configuration = await _configuration(given, folder)
        try:
            api = await stack.enter_async_context(ApiClient(configuration))
            streams = await stack.enter_async_context(WsApiClient(configuration))
        except OSError as error:
            raise TaskFailedError(
                f"The certificates for Kubernetes can't be read: {error.strerror}"
            ) from error
        yield api, streams


async def _configuration(given: Connection | None, folder: Path) -> Configuration:
    from kubernetes_asyncio import config
    from kubernetes_asyncio.client import Configuration

    if given is not None and given.master_url:
        return _explicit(given, folder)
    found = Configuration()
    path = os.environ.get("KUBECONFIG", str(Path.home() / ".kube" / "config"))
    try:
        if _is_file(path):
            await config.load_kube_config(config_file=path, client_configuration=found)
        elif _is_file(str(_SERVICE_ACCOUNT)):
            in_pod: Any = config.load_incluster_config
            in_pod(client_configuration=found)
        else:
            raise TaskFailedError(
                "No Kubernetes cluster is known: give `config.masterUrl` with a login, or set "
                "KUBECONFIG for the worker, or run it in a pod."
            )
    except config.ConfigException as error:
        raise TaskFailedError(f"The kubeconfig can't be used: {error}") from error
    return found


def _is_file(path: str) -> bool:
    return Path(path).is_file()


def _explicit(given: Connection, folder: Path) -> Configuration:
    from kubernetes_asyncio.client import Configuration

    found = Configuration(host=(given.master_url or "").rstrip("/"))
    found.verify_ssl = not (given.trust_certs or given.disable_hostname_verification)
    found.ssl_ca_cert = _file(given.ca_cert_file, given.ca_cert_data, folder / "ca")
    found.cert_file = _file(given.client_cert_file, given.client_cert_data, folder / "certificate")
    found.key_file = _file(given.client_key_file, given.client_key_data, folder / "key")
    login = ""
    if given.oauth_token:
        login = f"Bearer {given.oauth_token}"
    elif given.username:
        pair = f"{given.username}:{given.password or ''}".encode()
        login = f"Basic {base64.b64encode(pair).decode()}"
    if login:
        found.api_key["BearerToken"] = login
    return found


def _file(path: str | None, data: str | None, target: Path) -> str | None:
    """Return the path of a certificate or key; given as text, it is written to ``target``."""
    if not data:
        return path
    try:
        content = data.encode() if "-----BEGIN" in data else base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise TaskFailedError(f"The {target.name} for Kubernetes is no base64 text") from error
    target.touch(mode=0o600)
    target.write_bytes(content)
    return str(target)
