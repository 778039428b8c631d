"""Which addresses requests may go to: asked of what a name resolves to, for every redirect anew.

Machines in clouds answer on link-local addresses with credentials of their own; a flow that takes
an address from outside must not be led there. The address that was checked is the one that is
connected to, so a name that resolves to something else a moment later changes nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies

import httpx

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import TaskFailedError

SETTINGS = "io.kestra.plugin.core.http"
"""The name under which the server's configuration has the policy."""

_REFUSED = (
    *("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200/32", "192.0.0.192/32"),
    "168.63.129.16/32",
)
_PORTS = {"http": 80, "https": 443}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Policy:
    """Networks that requests may not go to, and exceptions from them.

    Settings: ``refused-addresses`` adds networks, ``allowed-addresses`` takes some out.
    """

    refused: tuple[Network, ...]
    allowed: tuple[Network, ...]

    @classmethod
    def of(cls, context: TaskContext) -> Policy:
        """Return the policy of this server.

        Raises:
            TaskFailedError: A setting is no list of networks.
        """
        settings = context.plugin_settings(SETTINGS)
        refused = tuple(ipaddress.ip_network(text) for text in _REFUSED)
        return cls(
            (*refused, *_networks(settings, "refused-addresses")),
            _networks(settings, "allowed-addresses"),
        )

    def check(self, host: str, addresses: Sequence[str]) -> None:
        """Raise TaskFailedError when one of a host's addresses is refused."""
        for text in addresses:
            address = _plain(text)
            if any(address in network for network in self.allowed):
                continue
            if any(address in network for network in self.refused):
                raise TaskFailedError(
                    f"Requests to {host} ({address}) are refused: the address gives away"
                    " credentials of machines. Whoever runs the server can allow it with the"
                    f" setting `allowed-addresses` of {SETTINGS}."
                )


def _networks(settings: Mapping[str, Any], name: str) -> tuple[Network, ...]:
    given = settings.get(name) or ()
    try:
        listed = [given] if isinstance(given, str) else list(given)
        return tuple(ipaddress.ip_network(str(text), strict=False) for text in listed)
    except (ValueError, TypeError) as error:
        raise TaskFailedError(f"The setting `{name}` of {SETTINGS} is wrong: {error}") from error


def _plain(text: str) -> Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


async def _resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host.

    Raises:
        httpx.ConnectError: It has none.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx.ConnectError(f"{host}: {error.strerror or error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedTransport(httpx.AsyncBaseTransport):
    """Connects to the addresses that were checked, each in turn until one answers."""

    def __init__(self, context: TaskContext, policy: Policy, verify: ssl.SSLContext | bool) -> None:
        self._context = context
        self._policy = policy
        self._inner = httpx.AsyncHTTPTransport(verify=verify)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make one request; redirects come here as requests of their own."""
        url = request.url
        port = url.port or _PORTS.get(url.scheme, 80)
        host, port = await asyncio.to_thread(self._context.address, url.host, port)
        addresses = await _resolve(host, port)
        self._policy.check(url.host, addresses)
        for last, address in enumerate(addresses, start=1 - len(addresses)):
            try:
                return await self._inner.handle_async_request(_at(request, address, port))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if not last:
                    raise
        raise httpx.ConnectError(f"{host} has no address")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _at(request: httpx.Request, address: str, port: int) -> httpx.Request:
    """Return the request for one address; server and certificate see the name still."""
    extensions = {"sni_hostname": request.url.host, **request.extensions}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address, port=port),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )


def client_parts(
    context: TaskContext, proxy: httpx.Proxy | None, *, verify: ssl.SSLContext | bool
) -> dict[str, Any]:
    """Return the arguments of an ``AsyncClient`` that keep it to the policy.

    Args:
        verify: Which certificates are trusted: True for the usual ones, False for all.

    A proxy connects by itself: what is asked of it is checked, and what it does then is its own
    affair.
    """
    policy = Policy.of(context)
    if proxy is None and not getproxies():
        return {"transport": CheckedTransport(context, policy, verify)}

    async def check(request: httpx.Request) -> None:
        try:
            addresses = await _resolve(request.url.host, request.url.port or 80)
        except httpx.ConnectError:
            return  # a name that only the proxy knows
        policy.check(request.url.host, addresses)

    return {"proxy": proxy, "verify": verify, "event_hooks": {"request": [check]}}
