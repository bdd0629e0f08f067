"""TLS: who is trusted, and how a program shows its own certificate; also through a proxy."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.client import ClientSettings, NotSent
from hub.client.transport.heads import head_of
from hub.client.transport.messages import Answer, Request
from hub.client.transport.transport import Transport
from tests.client.wires import Wire, serving

Send = Callable[..., Answer]


@dataclass(frozen=True)
class Authority:
    """Certificates of one authority; each file holds certificate and key."""

    folder: Path
    ca: Path
    server: Path
    client: Path

    def context(self, *, wants_client: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        if wants_client:
            context.load_verify_locations(self.ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def written(folder: Path, name: str) -> Authority:
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} CA")])
    ca = _signed(own, own, key, key, is_authority=True)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    for role in ("server", "client"):
        role_key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, role)])
        certificate = _signed(subject, own, role_key, key)
        private = role_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM) + private
        (folder / f"{role}.pem").write_bytes(pem)
    return Authority(folder, *(folder / f"{each}.pem" for each in ("ca", "server", "client")))


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(_usage(is_authority), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(by, hashes.SHA256())
    )


def _usage(is_authority: bool) -> x509.KeyUsage:
    """Without it, Python 3.13 trusts no authority."""
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return written(tmp_path_factory.mktemp("tls") / "ours", "our")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return written(tmp_path_factory.mktemp("tls") / "theirs", "their")


@pytest.fixture(params=["in a thread", "on a loop"])
def send(request: pytest.FixtureRequest) -> Send:
    def send(url: str, *, times: int = 1, **settings: str) -> Answer:
        transport = Transport(ClientSettings(**settings))  # type: ignore[arg-type]

        def one() -> Request:
            return Request(head=head_of("GET", url), deadline=time.monotonic() + 10)

        async def on_a_loop() -> Answer:
            for _ in range(times - 1):
                await transport.asend(one())
            return await transport.asend(one())

        try:
            if request.param == "on a loop":
                return asyncio.run(on_a_loop())
            for _ in range(times - 1):
                transport.send(one())
            return transport.send(one())
        finally:
            transport.close()

    return send


def test_an_authority_that_is_named_is_trusted(send: Send, ours: Authority) -> None:
    with serving(tls=ours.context()) as wire:
        assert send(wire.url, ca=str(ours.ca), times=3).body == b"ok"
    assert wire.connections == 1


def test_large_bodies_go_and_come_over_tls(ours: Authority) -> None:
    """Neither side's buffers hold them, so that both have to wait for each other."""
    large = b"x" * 2_000_000
    told = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(large)
    with serving(told + large, tls=ours.context()) as wire:
        transport = Transport(ClientSettings(ca=str(ours.ca)))
        for _ in range(2):
            head = head_of("POST", wire.url)
            answer = transport.send(Request(head=head, deadline=time.monotonic() + 20, body=large))
            assert answer.body == large
        transport.close()
    assert wire.connections == 1
    assert all(each.endswith(large) for each in wire.requests)


def test_others_are_not_trusted(send: Send, ours: Authority, theirs: Authority) -> None:
    with serving(tls=ours.context()) as wire:
        for settings in ({}, {"ca": str(theirs.ca)}):
            with pytest.raises(NotSent, match="its certificate is not trusted"):
                send(wire.url, **settings)
    assert wire.requests == []


def test_the_certificate_is_for_the_host(send: Send, ours: Authority) -> None:
    with serving(tls=ours.context()) as wire, pytest.raises(NotSent, match="not trusted"):
        send(f"https://localhost:{wire.port}/", ca=str(ours.ca))


def test_a_programs_own_certificate(send: Send, ours: Authority, theirs: Authority) -> None:
    with serving(tls=ours.context(wants_client=True)) as wire:
        answer = send(wire.url, ca=str(ours.ca), certificate=str(ours.client))
        assert answer.body == b"ok"
        for settings in ({}, {"certificate": str(theirs.client)}):
            with pytest.raises(NotSent):
                send(wire.url, ca=str(ours.ca), **settings)
    assert len(wire.requests) == 1


def test_tls_where_none_is_spoken(send: Send) -> None:
    def behave(connection: socket.socket, _: int) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with Wire(behave) as wire, pytest.raises(NotSent):
        send(wire.url.replace("http", "https"))


@pytest.mark.parametrize("name", ["ca", "certificate"])
def test_files_that_are_missing_are_named(send: Send, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"nothing\.pem"):
        send("https://127.0.0.1:1/", **{name: str(tmp_path / "nothing.pem")})


def tunnel(inner: Wire) -> Wire:
    """A proxy that connects to ``inner``, whatever it is asked for."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def behave(connection: socket.socket, _: int) -> None:
        asked = wire.read(connection)
        if b"proxy-authorization: Basic dTpw" not in asked:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", inner.port)) as onward:
            back = threading.Thread(target=copy, args=(onward, connection))
            back.start()
            copy(connection, onward)
            back.join()

    wire = Wire(behave)
    return wire


def test_tls_through_a_proxy(send: Send, ours: Authority) -> None:
    with serving(tls=ours.context()) as wire, tunnel(wire) as proxy:
        settings = {"ca": str(ours.ca), "proxy": f"http://u:p@127.0.0.1:{proxy.port}"}
        assert send(f"https://127.0.0.1:{wire.port}/x", times=2, **settings).body == b"ok"
        assert proxy.requests[0].startswith(f"CONNECT 127.0.0.1:{wire.port} HTTP/1.1".encode())
        with pytest.raises(NotSent, match=r"the proxy refuses: HTTP/1\.1 407"):
            send(wire.url, ca=str(ours.ca), proxy=f"http://127.0.0.1:{proxy.port}")
