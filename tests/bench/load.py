"""Load on one address: wrk where it is installed, else a raw asyncio client."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of request, sent over and over."""

    path: str
    method: str = "GET"
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """``failed`` counts answers other than 2xx or 3xx, and broken connections."""

    requests: int
    seconds: float
    failed: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def load_client() -> str:
    return "wrk" if shutil.which("wrk") else "asyncio"


def put_load(url: str, call: Call, *, seconds: float) -> Load:
    """Keep ``CONNECTIONS`` connections busy for ``seconds``."""
    if load_client() == "wrk":
        return _wrk(url, call, seconds)
    return asyncio.run(_raw(url, call, seconds))


def _wrk(url: str, call: Call, seconds: float) -> Load:
    lines = [f'wrk.method = "{call.method}"', f"wrk.body = [[{call.body}]]"]
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in call.headers.items()]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "call.lua"
        script.write_text("\n".join(lines if call.method != "GET" or call.headers else []))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
        output = subprocess.run(
            [*command, "-s", str(script), url + call.path],
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds + 60,
        ).stdout
    done = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", output)
    if done is None:
        raise RuntimeError(f"wrk said nothing to be understood:\n{output}")
    unit = {"ms": 0.001, "s": 1.0, "m": 60.0}[done[3]]
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+)", output)
    failed = int(bad[1]) if bad else 0
    failed += sum(map(int, broken.groups())) if broken else 0
    return Load(int(done[1]), float(done[2]) * unit, failed)


async def _raw(url: str, call: Call, seconds: float) -> Load:
    address = urlsplit(url)
    body = call.body.encode()
    headers = {"Host": address.netloc, "Content-Length": str(len(body)), **call.headers}
    head = f"{call.method} {call.path} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = head.encode() + b"\r\n" + body
    until = time.perf_counter() + seconds

    async def one() -> tuple[int, int]:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        done = failed = 0
        while time.perf_counter() < until:
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", answer)
            if length is None:
                raise RuntimeError("The raw client needs answers with a length.")
            await reader.readexactly(int(length[1]))
            done += 1
            failed += answer[9:10] not in b"23"
        writer.close()
        return done, failed

    started = time.perf_counter()
    results = await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    took = time.perf_counter() - started
    return Load(sum(done for done, _ in results), took, sum(failed for _, failed in results))
