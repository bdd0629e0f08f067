"""The same answers over HTTP, whatever the server."""

from __future__ import annotations

import pytest

from tests.servers.conftest import Served

pytestmark = pytest.mark.process


def test_an_action_answers_get_and_post(served: Served) -> None:
    hello = served.call("GET", "/api/greeter/say-hello?name=J%C3%B6rg")
    assert (hello.status, hello.json()) == (200, "Hello Jörg!")
    assert hello.headers["Content-Type"] == "application/json"
    measured = served.call("POST", "/api/lab/measure", {"text": "x" * 100_000})
    assert (measured.status, measured.json()) == (200, 100_000)


def test_sync_actions_run_in_the_hubs_threads(served: Served) -> None:
    assert served.call("POST", "/api/lab/shout", {"text": "hi"}).json() == "hub-worker"


def test_head_answers_without_a_body(served: Served) -> None:
    answer = served.call("HEAD", "/api/greeter/say-hello?name=Ann")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/greeter/say-hello", None, 422, "invalid_input"),
        ("GET", "/api/greeter/say-hello?name=a&x=1", None, 422, "invalid_input"),
        ("GET", "/api/greeter/say-hello?name=%FF", None, 400, "bad_encoding"),
        ("POST", "/api/lab/measure", b"{", 400, "invalid_json"),
        ("POST", "/api/lab/measure", {"text": 5}, 422, "invalid_input"),
        ("GET", "/api/greeter/who-am-i", None, 401, "unauthenticated"),
        ("GET", "/api/nothing", None, 404, "not_found"),
        ("DELETE", "/api/greeter/say-hello", None, 405, "method_not_allowed"),
        ("POST", "/api/lab/measure", {"text": "x" * 300_000}, 413, "payload_too_large"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(
    served: Served, method: str, path: str, body: object, status: int, code: str
) -> None:
    answer = served.call(method, path, body)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert "Traceback" not in answer.body.decode()


def test_forms_are_the_applications_to_read(served: Served) -> None:
    form = {"Content-Type": "multipart/form-data; boundary=none"}
    answer = served.call("POST", "/api/lab/measure", b"no part of that boundary", **form)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status, answer.json()["code"]) == (415, "unsupported_media_type")


def test_static_files_of_plugins_are_served(served: Served) -> None:
    answer = served.call("GET", "/static/flags/live.js")
    assert answer.status == 200
    assert b"/ws/flags/changes" in answer.body
    assert "javascript" in answer.headers["Content-Type"]
    assert served.call("GET", "/static/flags/../../manage.py").status == 404


def test_probes_and_pages_answer(served: Served) -> None:
    assert served.call("GET", "/livez").json() == {"status": "UP"}
    assert served.call("GET", "/readyz").status == 200
    login = served.call("GET", "/admin/login/")
    assert login.status == 200
    assert b"csrfmiddlewaretoken" in login.body
    assert served.call("GET", "/nothing").status == 404


def test_a_foreign_host_is_refused(served: Served) -> None:
    assert served.call("GET", "/api/greeter/say-hello?name=a", Host="evil.example").status == 400
