"""A page: the result of an action in its template."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.sdk import action, allow_all, page, post
from tests.operations.conftest import USER
from tests.pages.conftest import Visit, Visitor


@dataclass(frozen=True)
class Item:
    sku: str
    amount: int


@action(page("/items/{sku}"), access=allow_all)
def item(sku: str, amount: int = 1) -> Item:
    return Item(sku, amount)


@pytest.fixture
def shown(templates: Path) -> Path:
    (templates / "item.html").write_text("<p>{{ model.sku }} x {{ model.amount }}</p>")
    return templates


async def test_the_template_gets_the_result_as_model(shown: Path, visit: Visit) -> None:
    answer = await visit(item, "/items/A1", query=b"amount=3")
    assert (answer.status, answer.body.decode()) == (200, "<p>A1 x 3</p>")
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("content-length") == str(len(answer.body))


async def test_what_others_wrote_is_escaped(shown: Path, visit: Visit) -> None:
    answer = await visit(item, "/items/%3Cscript%3E%22'&")
    assert answer.body.decode() == "<p>&lt;script&gt;&quot;&#x27;&amp; x 1</p>"


async def test_nothing_of_a_page_runs_or_is_framed(shown: Path, visit: Visit) -> None:
    answer = await visit(item, "/items/A1")
    policy = answer.header("content-security-policy") or ""
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("x-frame-options") == "DENY"
    assert answer.header("cache-control") == "no-store"


async def test_head_has_the_headers_and_no_content(shown: Path, visit: Visit) -> None:
    full = await visit(item, "/items/A1")
    head = await visit(item, "/items/A1", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == full.header("content-length")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
async def test_other_methods_are_refused(shown: Path, visit: Visit, method: str) -> None:
    answer = await visit(item, "/items/A1", method=method)
    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD, OPTIONS")


async def test_options_tells_the_methods(shown: Path, visit: Visit) -> None:
    answer = await visit(item, "/items/A1", method="OPTIONS")
    assert (answer.status, answer.header("allow"), answer.body) == (204, "GET, HEAD, OPTIONS", b"")


async def test_the_path_defaults_to_the_name(templates: Path, visit: Visit) -> None:
    @action(page(), access=allow_all)
    async def opening_hours() -> list[str]:
        return ["9 to 5"]

    (templates / "opening_hours.html").write_text("{% for line in model %}{{ line }}{% endfor %}")
    assert (await visit(opening_hours, "/opening-hours")).body == b"9 to 5"


async def test_two_pages_of_one_action_have_their_own_templates(
    templates: Path, visit: Visit
) -> None:
    @action(page("/short", template="short.html"), page("/long"), access=allow_all)
    async def hours() -> int:
        return 9

    (templates / "short.html").write_text("{{ model }}")
    (templates / "hours.html").write_text("from {{ model }} o'clock")
    assert (await visit(hours, "/short")).body == b"9"
    assert (await visit(hours, "/long")).body == b"from 9 o'clock"


async def test_a_result_that_only_a_template_can_show(templates: Path, visit: Visit) -> None:
    class Shelf:
        def __str__(self) -> str:
            return "a shelf"

    @action(page(), access=allow_all)
    async def shelf() -> Any:
        return Shelf()

    (templates / "shelf.html").write_text("{{ model }}")
    assert (await visit(shelf, "/shelf")).body == b"a shelf"


async def test_the_template_knows_who_looks(
    templates: Path, visit: Visit, visitor: Visitor
) -> None:
    (templates / "item.html").write_text("{{ caller.username }}|{{ request }}|{{ user }}")
    visitor.caller = USER
    assert (await visit(item, "/items/A1")).body == b"ada||"


@pytest.mark.django_db(transaction=True)
async def test_a_template_may_ask_the_database(templates: Path, visit: Visit) -> None:
    from django.contrib.auth.models import User

    await User.objects.acreate(username="grace")

    @action(page(), access=allow_all)
    async def people() -> Any:
        return User.objects.order_by("username")

    (templates / "people.html").write_text("{% for one in model %}{{ one.username }}{% endfor %}")
    assert (await visit(people, "/people")).body == b"grace"


async def test_an_action_without_a_page_trigger_has_none(visit: Visit) -> None:
    @action(post(), access=allow_all)
    async def write() -> None: ...

    assert (await visit(write, "/write")).status == 404
