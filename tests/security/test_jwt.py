from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.core.exceptions import ImproperlyConfigured

from hub.security import jwt
from hub.security.checks import jwt_keys
from hub.security.keys import key_ring, signing_key
from hub.wire.errors import Unauthenticated

SECRET = "a shared secret of more than thirty-two bytes"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def private(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def entry(**more: Any) -> dict[str, Any]:
    return {
        "kid": "partner",
        "algorithm": "HS256",
        "key": SECRET,
        "issuer": "https://id.example",
        "audience": "hub",
        **more,
    }


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.HUB_JWT_KEYS = json.dumps(
        [
            entry(),
            entry(kid="rs", algorithm="RS256", key=public(RSA)),
            entry(kid="es", algorithm="ES256", key=public(EC)),
        ]
    )


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": "https://id.example",
        "aud": "hub",
        "sub": "ann",
        "iat": now,
        "exp": now + 60,
        "scope": "flags:evaluate a",
        **more,
    }


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in claims().items() if key != name}


def token(
    payload: dict[str, Any] | None = None,
    *,
    key: Any = SECRET,
    algorithm: str = "HS256",
    kid: str | None = "partner",
    **headers: Any,
) -> str:
    named = {"kid": kid, **headers} if kid is not None else headers
    return pyjwt.encode(claims() if payload is None else payload, key, algorithm, headers=named)


def code_of(text: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        jwt.verify(text)
    return caught.value.code


@pytest.mark.parametrize(
    "make",
    [
        lambda: token(),
        lambda: token(key=private(RSA), algorithm="RS256", kid="rs"),
        lambda: token(key=private(EC), algorithm="ES256", kid="es"),
        lambda: token(claims(aud=["other", "hub"])),
        lambda: token(typ="at+jwt"),
        lambda: token(typ="application/at+JWT"),
    ],
)
def test_a_valid_token_of_each_algorithm_is_accepted(make: Callable[[], str]) -> None:
    read = jwt.verify(make())
    assert read.username == "ann"
    assert read.scopes == {"flags:evaluate", "a"}
    assert read.user_id is None


def test_the_hubs_own_token_is_accepted() -> None:
    own = jwt.sign(user_id=7, username="ann", scopes=frozenset({"a"}), sid="chain")
    read = jwt.verify(own)
    assert (read.user_id, read.username, read.scopes, read.sid) == (7, "ann", {"a"}, "chain")
    header = pyjwt.get_unverified_header(own)
    assert (header["alg"], header["typ"]) == ("HS256", "at+jwt")


def test_an_expired_token_has_its_own_code() -> None:
    assert code_of(token(claims(exp=int(time.time()) - 61))) == "token_expired"


def test_a_token_that_was_valid_expires_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = token()
    assert jwt.verify(text).username == "ann"
    later = time.time() + 60 + jwt.LEEWAY_SECONDS + 1
    monkeypatch.setattr(jwt.time, "time", lambda: later)
    assert code_of(text) == "token_expired"


def test_the_leeway_is_no_more_than_a_minute() -> None:
    assert jwt.LEEWAY_SECONDS <= 60
    assert jwt.verify(token(claims(exp=int(time.time()) - 5))).username == "ann"


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub"])
def test_every_claim_is_required(name: str) -> None:
    assert code_of(token(without(name))) == "invalid_token"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://id.example.evil"},
        {"iss": "https://id.exampl"},
        {"aud": "hub2"},
        {"aud": []},
        {"aud": {"hub": 1}},
        {"sub": ""},
        {"sub": "a\x00b"},
        {"sub": "\ud800"},
        {"sub": 7},
        {"scope": ["a"]},
        {"scope": 1},
        {"exp": "soon"},
        {"exp": None},
        {"exp": [1]},
        {"exp": 1e400},
        {"iat": 99999999999},
        {"iat": "now"},
        {"nbf": 99999999999},
        {"jti": 5},
    ],
)
def test_a_claim_that_is_wrong_refuses_the_token(wrong: dict[str, Any]) -> None:
    assert code_of(token(claims(**wrong))) == "invalid_token"


def test_a_forged_signature_is_refused() -> None:
    assert code_of(token(key="another shared secret of more than 32 bytes")) == "invalid_token"
    head, body, signature = token().split(".")
    other = token(claims(sub="root")).split(".")[1]
    assert code_of(f"{head}.{other}.{signature}") == "invalid_token"
    assert code_of(f"{head}.{body}.") == "invalid_token"


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
def test_alg_none_is_refused(name: str) -> None:
    body = token().split(".")[1]
    head = pyjwt.utils.base64url_encode(
        json.dumps({"alg": name, "typ": "JWT", "kid": "partner"}).encode()
    ).decode()
    assert code_of(f"{head}.{body}.") == "invalid_token"
    assert code_of(f"{head}.{body}.{token().split('.')[2]}") == "invalid_token"


def test_a_public_key_is_no_shared_secret() -> None:
    """The classic confusion: HS256 signed with the bytes of the RSA public key."""
    import hashlib
    import hmac

    encode = pyjwt.utils.base64url_encode
    for kid, key in (("rs", RSA), ("es", EC)):
        head = encode(json.dumps({"alg": "HS256", "kid": kid}).encode())
        signed = head + b"." + encode(json.dumps(claims()).encode())
        signature = hmac.new(public(key).encode(), signed, hashlib.sha256).digest()
        assert code_of((signed + b"." + encode(signature)).decode()) == "invalid_token"


def test_a_key_serves_its_one_algorithm_only() -> None:
    assert code_of(token(algorithm="HS512", key=SECRET * 2)) == "invalid_token"
    assert code_of(token(key=private(RSA), algorithm="RS512", kid="rs")) == "invalid_token"
    assert code_of(token(key=private(RSA), algorithm="RS256", kid="partner")) == "invalid_token"


@pytest.mark.parametrize(
    "header",
    [
        {"kid": None},
        {"kid": "unknown"},
        {"kid": "../../../dev/null"},
        {"crit": ["exp"]},
        {"crit": []},
        {"typ": "refresh+jwt"},
    ],
)
def test_a_header_that_is_not_understood_refuses_the_token(header: dict[str, Any]) -> None:
    assert code_of(token(**header)) == "invalid_token"


def test_the_hubs_own_key_takes_access_tokens_only() -> None:
    own = signing_key()
    payload = claims(iss=own.issuer, aud=own.audience, uid=1, jti="x", sid="y")
    assert code_of(token(payload, key=own.material, kid=own.kid)) == "invalid_token"  # typ JWT
    assert jwt.verify(token(payload, key=own.material, kid=own.kid, typ="at+jwt")).user_id == 1
    for name in ("uid", "jti", "sid"):
        short = {key: value for key, value in payload.items() if key != name}
        text = token(short, key=own.material, kid=own.kid, typ="at+jwt")
        assert code_of(text) == "invalid_token"


def test_tokens_outlive_a_new_secret_key_while_the_old_one_is_a_fallback(settings: Any) -> None:
    before = jwt.sign(user_id=1, username="ann", scopes=frozenset(), sid="s")
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "n" * 50
    assert code_of(before) == "invalid_token"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert jwt.verify(before).username == "ann"
    after = jwt.sign(user_id=1, username="ann", scopes=frozenset(), sid="s")
    kids = {pyjwt.get_unverified_header(text)["kid"] for text in (before, after)}
    assert len(kids) == 2


def test_the_own_key_is_not_the_secret_key_itself(settings: Any) -> None:
    own = signing_key()
    assert own.material != settings.SECRET_KEY.encode()
    assert len(own.material) >= 32
    assert repr(own.material) not in repr(own)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"key": "short secret"}, "at least 32 bytes"),
        ({"key": public(RSA)}, "shared secret"),
        ({"algorithm": "none"}, "algorithm"),
        ({"algorithm": "HS512"}, "algorithm"),
        ({"algorithm": "RS256"}, "PEM"),
        ({"algorithm": "RS256", "key": private(RSA)}, "private key"),
        ({"algorithm": "RS256", "key": public(EC)}, "RSA"),
        ({"algorithm": "ES256", "key": public(RSA)}, "P-256"),
        (
            {"algorithm": "ES256", "key": public(ec.generate_private_key(ec.SECP384R1()))},
            "P-256",
        ),
        ({"kid": ""}, "kid"),
        ({"kid": "hub-mine"}, "hub-"),
        ({"issuer": ""}, "issuer"),
        ({"extra": 1}, "extra"),
        ({"key": 5}, "key"),
    ],
)
def test_a_wrong_entry_is_named_and_its_key_is_not(
    settings: Any, wrong: dict[str, Any], says: str
) -> None:
    bad = entry(kid="second") | wrong
    settings.HUB_JWT_KEYS = json.dumps([entry(), bad])
    with pytest.raises(ImproperlyConfigured) as caught:
        key_ring()
    sentence = str(caught.value)
    assert "HUB_JWT_KEYS" in sentence
    assert "entry 2" in sentence
    assert says in sentence
    assert str(bad["key"]) not in sentence
    assert caught.value.__cause__ is None
    (problem,) = jwt_keys()
    assert problem.id == "hub.E401"
    assert problem.hint


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '"x"', "[" * 100_000])
def test_what_is_no_list_of_objects_is_refused_with_a_sentence(settings: Any, text: str) -> None:
    settings.HUB_JWT_KEYS = text
    with pytest.raises(ImproperlyConfigured, match="HUB_JWT_KEYS"):
        key_ring()


def test_a_kid_stands_for_one_key(settings: Any) -> None:
    settings.HUB_JWT_KEYS = json.dumps([entry(), entry()])
    with pytest.raises(ImproperlyConfigured, match="same kid"):
        key_ring()


def test_no_entry_is_fine(settings: Any) -> None:
    settings.HUB_JWT_KEYS = "[]"
    key_ring()
    assert jwt_keys() == []
