"""Credentials that do not hold, on operations (even public ones) and resources."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from hub.security.tokens import issue
from hub.testing import HubClient
from tests.web.problems import problem_of

PATHS = [
    "/api/greeter/who-am-i",
    "/api/greeter/say-hello?name=a",
    "/api/registry/plugins",
]

everywhere = pytest.mark.parametrize("path", PATHS)


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


UNSIGNED = f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{_segment({'sub': '1', 'exp': 9e9})}."
FORGED = f"{_segment({'alg': 'HS256'})}.{_segment({'sub': '1', 'exp': 9e9})}.c2lnbmF0dXJl"


@everywhere
@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer hub_00000000_" + "0" * 64,
        "Bearer hub_",
        "Bearer hubr_refresh",
        f"Bearer {UNSIGNED}",
        f"Bearer {FORGED}",
        "Bearer " + "a." * 5000,
        "Bearer \xff\xfe",
        "Basic YWRtaW46YWRtaW4=",
        "nonsense",
    ],
)
def test_what_is_no_token_is_refused(anybody: HubClient, path: str, header: str) -> None:
    answer = anybody.get(path, authorization=header)
    problem_of(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"] == 'Bearer realm="hub", error="invalid_token"'


@everywhere
def test_an_expired_token_is_refused(admin: User, path: str) -> None:
    past = timezone.now() - timedelta(seconds=1)
    token = issue(admin, name="old", scopes=["*"], expires_at=past)[1]
    problem_of(HubClient(token=token).get(path), 401, "token_expired")


@pytest.mark.parametrize("path", ["/api/greeter/who-am-i", "/api/registry/plugins"])
def test_without_credentials_the_challenge_names_no_error(anybody: HubClient, path: str) -> None:
    answer = anybody.get(path)
    problem_of(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="hub"'


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/api/greeter/only-for-root", "root"),
        ("/api/flags/list-flags", "flags:evaluate"),
        ("/api/registry/plugins", "registry:read"),
    ],
)
def test_a_token_without_the_scope_is_told_which(admin: User, path: str, scope: str) -> None:
    token = issue(admin, name="narrow", scopes=["other:thing"])[1]
    problem = problem_of(HubClient(token=token).get(path), 403, "forbidden")
    assert problem["missing_scope"] == scope


def test_who_may_not_call_does_not_learn_what_is_wrong_with_the_values(anybody: HubClient) -> None:
    problem_of(anybody.post("/api/flags/evaluate", b"{"), 401, "unauthenticated")
    problem_of(anybody.get("/api/flags/list-flags?bogus=1"), 401, "unauthenticated")
    problem_of(
        anybody.post("/api/flags/ofrep/v1/evaluate/flags?bogus=1", {}), 401, "unauthenticated"
    )
