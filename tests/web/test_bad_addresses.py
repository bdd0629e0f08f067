"""Paths, queries and methods that name nothing, or in no way that can be read."""

from __future__ import annotations

import pytest

from hub.testing import HubClient
from tests.web.problems import fields_of, problem_of


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nobody/nothing",
        "/api/greeter",
        "/api/greeter/",
        "/api/greeter/nothing",
        "/api/greeter/say-hello/",
        "/api/greeter//say-hello",
        "/api/greeter/SAY-HELLO",
        "/api/greeter/numbers/1/",
        "/api/greeter/numbers/1/2",
        "/api/greeter/numbers/",
        "/api/greeter/greetings/a%2Fb",
        "/api/greeter/../flags/list-flags",
        "/api/greeter/%2e%2e/flags/list-flags",
        "/api/registry/plugins/",
        "/api/registry/plugins/nobody",
        "/api/docs/",
    ],
)
def test_unknown_paths(client: HubClient, path: str) -> None:
    problem_of(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/api/greeter/say-hello", "GET, HEAD, OPTIONS"),
        ("DELETE", "/api/greeter/numbers/1", "GET, HEAD, OPTIONS"),
        ("GET", "/api/flags/evaluate", "OPTIONS, POST"),
        ("PUT", "/api/greeter/greetings/de", "GET, HEAD, OPTIONS"),
        ("GET", "/api/auth/token", "OPTIONS, POST"),
        ("DELETE", "/api/registry/plugins/greeter", "GET, PATCH, HEAD, OPTIONS"),
        ("POST", "/api/openapi.json", "GET, HEAD, OPTIONS"),
        ("BREW", "/api/greeter/say-hello", "GET, HEAD, OPTIONS"),
        ("BREW", "/api/greeter/greetings/de", "GET, HEAD, OPTIONS"),
        ("BREW", "/api/registry/plugins", "GET, HEAD, OPTIONS"),
    ],
)
def test_methods_that_are_not_possible(
    client: HubClient, method: str, path: str, allow: str
) -> None:
    answer = client.request(method, path)
    problem_of(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "path", ["/api/greeter/say-hello", "/api/greeter/greetings/de", "/api/registry/plugins"]
)
def test_options_tells_the_methods(client: HubClient, path: str) -> None:
    answer = client.request("OPTIONS", path)
    assert answer.status in {200, 204}
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path", ["/api/greeter/say-hello?name=a", "/api/greeter/greetings/de", "/api/registry/plugins"]
)
def test_head_answers_as_get_without_the_body(client: HubClient, path: str) -> None:
    head, get = client.request("HEAD", path), client.get(path)
    assert (head.status, head.body) == (200, b"")
    for name in ("content-type", "content-length"):
        assert head.headers[name] == get.headers[name]


def test_head_of_a_mistake_has_no_body_either(client: HubClient) -> None:
    answer = client.request("HEAD", "/api/greeter/say-hello")
    assert (answer.status, answer.body) == (422, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/api/greeter/say-hello?name=%ff",
        "/api/greeter/numbers/%ff",
        "/api/greeter/greetings/%ff",
        "/api/greeter/greetings/de?name=%c3",
        "/api/registry/plugins/%ff",
        "/api/registry/plugins?search=%ed%a0%80",
        "/api/nobody/%80",
    ],
)
def test_what_is_no_utf8_is_refused_before_anyone_sees_another_value(
    client: HubClient, path: str
) -> None:
    problem_of(client.get(path), 400, "bad_encoding")


@pytest.mark.parametrize(
    "path",
    [
        "/api/greeter/say-hello?name=a&bogus=1",
        "/api/greeter/greetings/de?bogus=1",
        "/api/registry/plugins?bogus=1",
        "/api/registry/plugins/greeter?bogus=1",
        "/api/greeter/who-am-i?bogus",
    ],
)
def test_unknown_parameters_are_named(client: HubClient, path: str) -> None:
    assert fields_of(client.get(path)) == {"bogus": "unknown_field"}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/greeter/say-hello?name=a&name=b", "name"),
        ("/api/greeter/greetings/de?name=a&name=b", "name"),
        ("/api/registry/plugins?limit=5&limit=6", "limit"),
    ],
)
def test_of_one_value_there_can_be_only_one(client: HubClient, path: str, field: str) -> None:
    assert fields_of(client.get(path)) == {field: "repeated"}


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/api/greeter/say-hello", {"name": "missing"}),
        ("/api/greeter/say-hello?name=" + "a" * 101, {"name": "string_too_long"}),
        ("/api/greeter/numbers/twelve", {"value": "int_parsing"}),
        ("/api/greeter/numbers/1%2F2", {"value": "int_parsing"}),
        ("/api/greeter/numbers/NaN", {"value": "int_parsing"}),
        ("/api/greeter/numbers/" + "9" * 5000, {"value": "int_parsing_size"}),
        ("/api/greeter/numbers/" + "9" * 30, {"value": "less_than_equal"}),
        ("/api/greeter/numbers/1.5", {"value": "int_from_float"}),
        ("/api/greeter/numbers/%00", {"value": "int_parsing"}),
        ("/api/greeter/numbers/12?value=13", {"value": "unknown_field"}),
        ("/api/registry/plugins?limit=0", {"limit": "invalid"}),
        ("/api/registry/plugins?limit=-1", {"limit": "invalid"}),
        ("/api/registry/plugins?offset=" + "9" * 50, {"offset": "invalid"}),
        ("/api/registry/plugins?enabled=perhaps", {"enabled": "invalid"}),
        ("/api/registry/plugins?state=odd", {"state": "invalid_choice"}),
        ("/api/registry/plugins?ordering=password", {"ordering": "invalid"}),
        ("/api/registry/plugins?search=%00", {"search": "null_characters_not_allowed"}),
    ],
)
def test_wrong_values_are_named(client: HubClient, path: str, wrong: dict[str, str]) -> None:
    assert fields_of(client.get(path)) == wrong


def test_letters_may_be_percent_encoded_and_mean_the_same(client: HubClient) -> None:
    for path in ("/api/greeter/say%2Dhello", "/api/%67reeter/%73ay-hell%6F"):
        assert client.get(f"{path}?name=a").json() == "Hello a!"
    assert client.get("/api/greeter/%6Eumbers/%31%32").json()["value"] == 12


def test_the_problem_names_the_address_as_a_reference(client: HubClient) -> None:
    answer = client.get("/api/greeter/nothing%20at all")
    assert problem_of(answer, 404, "not_found")["instance"] == "/api/greeter/nothing%20at%20all"
