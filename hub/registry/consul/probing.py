"""One run of an HTTP or TCP check. No database."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from hub.registry.consul.definitions import CheckDefinition, Health
from hub.security.outbound import AddressRefused, Network, addresses_of

_LONGEST_LINE: Final = 8192
_BY_STATUS: Final = {429: Health.WARNING}

Result = tuple[Health, str]


async def probe(check: CheckDefinition, *, allowed: Sequence[Network]) -> Result:
    """What it finds, and a sentence on it, within the check's timeout. As in Consul 2xx is passing,
    429 a warning, all else critical. Redirects are not followed, and bodies are not read: who may
    register could read with them what only the hub reaches."""
    run = _http if check.kind == "http" else _tcp
    try:
        async with asyncio.timeout(check.timeout):
            return await run(check, allowed)
    except AddressRefused as error:
        return Health.CRITICAL, f"{error.message} {error.hint}"
    except TimeoutError:
        return Health.CRITICAL, f"{_what(check)}: no answer within {check.timeout:g} s"
    except ValueError:
        return Health.CRITICAL, f"{_what(check)}: the address can't be read"
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return Health.CRITICAL, f"{_what(check)}: {reason}"


async def _tcp(check: CheckDefinition, allowed: Sequence[Network]) -> Result:
    host, _, port = check.target.rpartition(":")
    _, writer = await _connected(host.strip("[]"), int(port), allowed, context=None)
    await _closed(writer)
    return Health.PASSING, f"{_what(check)}: Success"


async def _http(check: CheckDefinition, allowed: Sequence[Network]) -> Result:
    parts = urlsplit(check.target)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    context = _context(verify=not check.skip_verify) if secure else None
    reader, writer = await _connected(parts.hostname or "", port, allowed, context=context)
    try:
        writer.write(_request(check))
        await writer.drain()
        line = (await reader.readline()).decode("latin-1").strip()
    finally:
        await _closed(writer)
    version, _, rest = line.partition(" ")
    code, _, reason = rest.partition(" ")
    if not version.startswith("HTTP/1.") or len(code) != 3 or not code.isdecimal():
        return Health.CRITICAL, f"{_what(check)}: the answer is no HTTP"
    status = int(code)
    health = Health.PASSING if 200 <= status < 300 else _BY_STATUS.get(status, Health.CRITICAL)
    return health, f"{_what(check)}: {status} {reason[:100]}".rstrip()


async def _connected(
    host: str, port: int, allowed: Sequence[Network], *, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first of the host's addresses that answers."""
    failure: OSError | None = None
    for address in await addresses_of(host, port, allowed=allowed):
        try:
            return await asyncio.open_connection(
                address,
                port,
                ssl=context,
                server_hostname=host if context else None,
                limit=_LONGEST_LINE,
            )
        except OSError as error:
            failure = error
    raise failure or OSError(f"{host} has no address")


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()  # nothing more is said, so nothing is to be waited for
    await asyncio.sleep(0)


def _request(check: CheckDefinition) -> bytes:
    parts = urlsplit(check.target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = check.body.encode()
    given = {name.lower() for name in check.header}
    own = {"host": parts.netloc, "user-agent": "hub-check", "accept": "*/*"}
    lines = [f"{check.method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in own.items() if name not in given]
    lines += [f"{name}: {value}" for name, values in check.header.items() for value in values]
    lines += [f"content-length: {len(body)}"] if body else []
    lines += ["connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + body


def _context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _what(check: CheckDefinition) -> str:
    if check.kind == "http":
        return f"HTTP {check.method} {check.target}"
    return f"TCP connect {check.target}"
