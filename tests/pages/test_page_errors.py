"""What goes wrong on a page is a page for people, a problem for programs, and tells no secrets."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from hub.sdk import Conflict, NotFound, action, allow_all, page, requires_scope
from hub.web.pages.app import login_address
from hub.web.pages.checks import findings_of
from tests.operations.conftest import USER, compiled
from tests.pages.conftest import Visit, Visitor


@action(page("/numbers/{number}"), access=allow_all)
async def numbers(number: int) -> int:
    if number == 404:
        raise NotFound("There is no such <number>.")
    if number == 409:
        raise Conflict("Taken.")
    return 10 // number


@action(page(), access=requires_scope("root"))
async def secret(word: str = "") -> str:
    return "the secret"


@pytest.fixture(autouse=True)
def _templates(templates: Path) -> None:
    for name in ("numbers", "secret"):
        (templates / f"{name}.html").write_text("{{ model }}")


@pytest.mark.parametrize(
    ("path", "query", "status", "word"),
    [
        ("/numbers/404", b"", 404, "no such &lt;number&gt;."),
        ("/nothing", b"", 404, "There is no such page."),
        ("/numbers/five", b"", 422, "<code>number</code>"),
        ("/numbers/5", b"more=1", 422, "<code>more</code> there is no such field"),
        ("/numbers/5", b"number=1", 422, "stands in the path"),
        ("/numbers/5", b"x=%ff", 400, "not UTF-8"),
        ("/numbers/%FF", b"", 400, "not UTF-8"),
        ("/numbers/409", b"", 409, "Taken."),
        ("/numbers/0", b"", 500, "Something went wrong"),
    ],
)
async def test_each_error_is_a_page(
    visit: Visit, path: str, query: bytes, status: int, word: str
) -> None:
    answer = await visit(numbers, path, query=query)
    text = answer.body.decode()
    assert answer.status == status
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("cache-control") == "no-store"
    assert word in text
    assert "/static/hub/pages.css" in text
    assert "Traceback" not in text
    assert "ZeroDivision" not in text


async def test_an_error_inside_names_the_request_to_report(visit: Visit) -> None:
    answer = await visit(numbers, "/numbers/0", headers=[(b"x-request-id", b"r-77")])
    assert b"<code>r-77</code>" in answer.body


async def test_programs_get_a_problem(visit: Visit) -> None:
    headers = [(b"accept", b"application/json")]
    answer = await visit(numbers, "/numbers/404", headers=headers)
    assert (answer.status, answer.json()["code"]) == (404, "not_found")
    assert (await visit(secret, "/secret", headers=headers)).status == 401


async def test_browsers_that_also_take_json_get_a_page(visit: Visit) -> None:
    headers = [(b"accept", b"text/html,application/json;q=0.9,*/*;q=0.8")]
    answer = await visit(numbers, "/numbers/404", headers=headers)
    assert answer.header("content-type") == "text/html; charset=utf-8"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_stranger_is_sent_to_the_login_and_back(visit: Visit, method: str) -> None:
    answer = await visit(secret, "/secret", query=b"word=a%26b", method=method)
    assert (answer.status, answer.body) == (302, b"")
    assert answer.header("location") == "/admin/login/?next=/pages/shop/secret%3Fword%3Da%2526b"


def test_the_way_back_never_leaves_the_hub() -> None:
    assert login_address("/pages//evil.example/") == "/admin/login/?next=/pages//evil.example/"


async def test_one_without_the_right_is_refused(visit: Visit, visitor: Visitor) -> None:
    visitor.caller = USER
    answer = await visit(secret, "/secret")
    assert answer.status == 403
    assert "&#x27;root&#x27; is missing" in answer.body.decode()
    assert b"the secret" not in answer.body


@pytest.mark.parametrize("code", ["invalid_token", None])
async def test_no_one_is_sent_to_the_login_again_and_again(
    visit: Visit, visitor: Visitor, code: str | None
) -> None:
    from hub.wire.errors import Unauthenticated

    @action(page(), access=allow_all)
    async def picky() -> str:
        raise Unauthenticated("Not like this.", code=code)

    visitor.caller = USER
    answer = await visit(picky, "/picky")
    assert answer.status == 401
    assert (answer.header("www-authenticate") or "").startswith("Bearer")


async def test_a_token_that_does_not_hold_is_an_error(visit: Visit, visitor: Visitor) -> None:
    visitor.caller = None
    answer = await visit(secret, "/secret", headers=[(b"authorization", b"Bearer nonsense")])
    assert answer.status == 401


async def test_what_is_switched_off_says_so(visit: Visit, switched_off: set[str]) -> None:
    switched_off.add("shop")
    answer = await visit(numbers, "/numbers/five")
    assert answer.status == 503
    assert "switched off" in answer.body.decode()


async def test_a_deadline_counts_for_the_action(visit: Visit) -> None:
    @action(page(), access=allow_all, timeout=0.05)
    async def slow() -> str:
        await asyncio.sleep(30)
        return "late"

    assert (await visit(slow, "/slow")).status == 504


@pytest.mark.parametrize(
    "source",
    [
        None,
        "{% nonsense %}",
        "{% if model %}",
        "{% include 'shop/nowhere.html' %}",
        "{% extends 'shop/nowhere.html' %}",
    ],
)
async def test_a_page_without_a_usable_template_is_not_available(
    templates: Path, visit: Visit, caplog: pytest.LogCaptureFixture, source: str | None
) -> None:
    @action(page(), access=allow_all)
    async def bare() -> str:
        return "x"

    if source is not None:
        (templates / "bare.html").write_text(source)
    answer = await visit(bare, "/bare")
    assert answer.status == 503
    assert b"template is missing or broken" in answer.body
    assert b"shop/" not in answer.body.replace(b"/pages/shop/", b"")
    assert "shop/bare.html" in caplog.text


async def test_a_template_that_fails_is_an_error_inside(
    templates: Path, visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    class Trap:
        def __str__(self) -> str:
            raise RuntimeError("the password is hunter2")

    @action(page(), access=allow_all)
    async def trap() -> Any:
        return Trap()

    (templates / "trap.html").write_text("{{ model }}")
    answer = await visit(trap, "/trap")
    assert answer.status == 500
    assert b"hunter2" not in answer.body
    assert "hunter2" in caplog.text


async def test_an_error_around_the_action_is_a_page_too(
    visit: Visit, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    async def broken(scope: Any) -> Any:
        raise OSError("the database is at 10.0.0.7")

    monkeypatch.setattr("hub.web.pages.app.caller_of", broken)
    answer = await visit(numbers, "/numbers/5")
    assert answer.status == 500
    assert b"10.0.0.7" not in answer.body


async def test_without_its_own_template_the_error_is_a_problem(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hub.web.pages.rendering.ERROR_TEMPLATE", "hub/nowhere.html")
    caplog.set_level(logging.CRITICAL)
    answer = await visit(numbers, "/numbers/404")
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


def test_the_check_names_missing_and_broken_templates(templates: Path) -> None:
    @action(page("/a"), page("/b", template="other.html"), access=allow_all)
    def two() -> int:
        return 1

    operation = compiled(two)
    (templates / "other.html").write_text("{% if %}")
    first, second = findings_of(operation)
    assert (first.id, second.id) == ("hub.W041", "hub.W041")
    assert "/pages/shop/a of shop.two has no template shop/two.html" in first.msg
    assert "/pages/shop/b of shop.two has a broken template" in second.msg


def test_the_check_is_silent_about_good_templates() -> None:
    assert findings_of(compiled(numbers)) == []
