"""What REST tells caches, and when it answers 304."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from hub.operations.operation import Operation
from hub.sdk import (
    Caller,
    NotFound,
    action,
    allow_all,
    authenticated,
    etag,
    get,
    last_modified,
    no_store,
    post,
    ttl,
)
from hub.wire.conditional import http_date
from tests.caching.conftest import Clock, Rest, Visitor
from tests.lane.driver import Answer
from tests.operations.conftest import USER, compiled

CHANGED = datetime(2026, 5, 1, 12, 0, 0, 500_000, tzinfo=UTC)
ON = "Fri, 01 May 2026 12:00:00 GMT"


class Counted:
    def __init__(self, cache: Any, *, access: Any = allow_all, trigger: Any = None) -> None:
        self.runs = 0

        @action(trigger or get(), access=access, cache=cache)
        async def count(name: str = "") -> str:
            self.runs += 1
            return f"hello {name}"

        self.operation: Operation = compiled(count)


def changed(name: str = "") -> datetime:
    return CHANGED


def shown(answer: Answer, *names: str) -> list[str | None]:
    return [answer.header(name) for name in names]


VALIDATORS = ("cache-control", "vary", "etag", "last-modified")


async def test_without_a_policy_nothing_is_stored(rest: Rest) -> None:
    answer = await rest(Counted(None).operation, headers=[(b"if-none-match", b"*")])
    assert answer.status == 200
    assert shown(answer, *VALIDATORS) == ["no-store", None, None, None]


async def test_no_store(rest: Rest) -> None:
    answer = await rest(Counted(no_store).operation)
    assert shown(answer, *VALIDATORS) == ["no-store", None, None, None]


async def test_ttl_counts_down(rest: Rest, clock: Clock) -> None:
    counted = Counted(ttl(30))
    assert (await rest(counted.operation)).header("cache-control") == "public, max-age=30"
    clock.now += 12
    assert (await rest(counted.operation)).header("cache-control") == "public, max-age=18"
    clock.now += 17.9
    assert (await rest(counted.operation)).header("cache-control") == "public, max-age=0"
    clock.now += 0.2
    assert (await rest(counted.operation)).header("cache-control") == "public, max-age=30"
    assert counted.runs == 2


async def test_what_depends_on_the_caller_says_so(rest: Rest, visitor: Visitor) -> None:
    @action(get(), access=allow_all, cache=ttl(30) & etag())
    async def whoami(caller: Caller) -> str:
        return caller.username

    visitor.caller = USER
    for operation in (Counted(ttl(30) & etag(), access=authenticated).operation, compiled(whoami)):
        answer = await rest(operation)
        assert shown(answer, "cache-control", "vary") == [
            "private, max-age=30",
            "Authorization, Cookie",
        ]


async def test_etag_answers_304_with_what_200_has(rest: Rest) -> None:
    counted = Counted(etag())
    full = await rest(counted.operation)
    tag = full.header("etag") or ""
    assert tag.startswith('"')
    assert tag.endswith('"')
    known = await rest(counted.operation, headers=[(b"if-none-match", b"W/" + tag.encode())])
    assert (known.status, known.body) == (304, b"")
    assert shown(known, *VALIDATORS) == shown(full, *VALIDATORS)
    assert shown(known, "content-type", "content-length") == [None, None]
    assert known.header("x-request-id")


async def test_another_answer_has_another_tag(rest: Rest) -> None:
    counted = Counted(etag())
    first = await rest(counted.operation, query=b"name=a")
    tag = (first.header("etag") or "").encode()
    second = await rest(counted.operation, query=b"name=b", headers=[(b"if-none-match", tag)])
    assert second.status == 200
    assert second.header("etag") != first.header("etag")


async def test_a_date_answers_304_without_running_the_action(rest: Rest) -> None:
    counted = Counted(last_modified(changed))
    full = await rest(counted.operation)
    assert shown(full, *VALIDATORS) == ["public, no-cache", None, None, ON]
    known = await rest(counted.operation, headers=[(b"if-modified-since", ON.encode())])
    assert (known.status, known.body, counted.runs) == (304, b"", 1)
    assert shown(known, *VALIDATORS) == shown(full, *VALIDATORS)


@pytest.mark.parametrize(
    ("since", "status"),
    [(CHANGED - timedelta(seconds=1), 200), (CHANGED, 304), (CHANGED + timedelta(days=9999), 304)],
)
async def test_dates_are_compared(rest: Rest, since: datetime, status: int) -> None:
    headers = [(b"if-modified-since", http_date(since).encode())]
    assert (await rest(Counted(last_modified(changed)).operation, headers=headers)).status == status


async def test_tags_decide_alone_where_both_are_sent(rest: Rest) -> None:
    operation = Counted(last_modified(changed) & etag()).operation
    tag = ((await rest(operation)).header("etag") or "").encode()
    old, new = b"Thu, 01 Jan 1970 00:00:00 GMT", ON.encode()
    for sent, date, status in ((tag, old, 304), (b'"other"', new, 200), (b"malformed", new, 200)):
        headers = [(b"if-none-match", sent), (b"if-modified-since", date)]
        assert (await rest(operation, headers=headers)).status == status


async def test_a_304_by_date_names_the_tag_as_200_would(rest: Rest) -> None:
    operation = Counted(last_modified(changed) & etag()).operation
    full = await rest(operation)
    known = await rest(operation, headers=[(b"if-modified-since", ON.encode())])
    assert known.status == 304
    assert shown(known, *VALIDATORS) == shown(full, *VALIDATORS)


async def test_everything_together(rest: Rest, clock: Clock) -> None:
    counted = Counted(ttl(60) & etag() & last_modified(changed))
    full = await rest(counted.operation)
    assert shown(full, "cache-control", "last-modified") == ["public, max-age=60", ON]
    clock.now += 10
    known = await rest(counted.operation, headers=[(b"if-none-match", b"*")])
    assert (known.status, known.header("cache-control")) == (304, "public, max-age=50")
    assert counted.runs == 1


async def test_a_date_with_a_ttl_makes_the_copy_good_again(rest: Rest) -> None:
    counted = Counted(ttl(60) & last_modified(changed))
    known = await rest(counted.operation, headers=[(b"if-modified-since", ON.encode())])
    assert (known.status, counted.runs) == (304, 0)
    assert known.header("cache-control") == "public, max-age=60"


async def test_head_is_answered_like_get(rest: Rest) -> None:
    counted = Counted(etag())
    full = await rest(counted.operation)
    head = await rest(counted.operation, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert shown(head, *VALIDATORS, "content-length") == shown(full, *VALIDATORS, "content-length")
    tag = (full.header("etag") or "").encode()
    known = await rest(counted.operation, method="HEAD", headers=[(b"if-none-match", tag)])
    assert known.status == 304


async def test_post_has_no_conditions_and_no_cache_headers(rest: Rest) -> None:
    counted = Counted(ttl(30) & etag(), trigger=post())
    headers = [(b"if-none-match", b"*"), (b"content-type", b"application/json")]
    answer = await rest(counted.operation, method="POST", parts=[b"{}"], headers=headers)
    assert answer.status == 200
    assert shown(answer, *VALIDATORS) == ["no-store", None, None, None]


async def test_an_error_is_stored_by_nobody(rest: Rest) -> None:
    @action(get(), access=allow_all, cache=ttl(30) & etag())
    async def missing() -> str:
        raise NotFound("Gone.")

    answer = await rest(compiled(missing), headers=[(b"if-none-match", b"*")])
    assert (answer.status, answer.header("cache-control")) == (404, "no-store")


async def test_conditions_come_after_access(rest: Rest) -> None:
    operation = Counted(etag() & last_modified(changed), access=authenticated).operation
    assert (await rest(operation, headers=[(b"if-none-match", b"*")])).status == 401


# ── last_modified's own function ─────────────────────────────────────────────────────────────


async def test_the_date_gets_the_arguments_and_may_be_async(rest: Rest) -> None:
    seen: list[tuple[str, str]] = []

    async def changed(name: str, caller: Caller) -> datetime:
        seen.append((name, caller.username))
        return CHANGED.astimezone(timezone(timedelta(hours=2)))

    @action(get(), access=allow_all, cache=last_modified(changed))
    async def greet(name: str, caller: Caller) -> str:
        return name

    answer = await rest(compiled(greet), query=b"name=Ada")
    assert answer.header("last-modified") == ON
    assert seen == [("Ada", "")]


async def test_no_date_is_no_header(rest: Rest) -> None:
    counted = Counted(last_modified(lambda name="": None))
    answer = await rest(counted.operation, headers=[(b"if-modified-since", ON.encode())])
    assert (answer.status, answer.header("last-modified")) == (200, None)


async def test_a_date_to_come_is_now(rest: Rest) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    counted = Counted(last_modified(lambda name="": datetime.now(UTC) + timedelta(days=1)))
    said = (await rest(counted.operation)).header("last-modified") or ""
    moment = datetime.strptime(said, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert before <= moment <= datetime.now(UTC)


@pytest.mark.parametrize("wrong", ["yesterday", datetime(2026, 5, 1), 0])
async def test_a_wrong_date_is_an_error_inside(
    rest: Rest, wrong: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await rest(Counted(last_modified(lambda name="": wrong)).operation)
    assert answer.status == 500
    assert "must return an aware datetime" in caplog.text


async def test_policies_are_checked_when_they_are_written() -> None:
    with pytest.raises(ValueError, match="above 0"):
        ttl(0)
    with pytest.raises(ValueError, match="can't be combined"):
        no_store & etag()
    numbers = itertools.count()
    assert (ttl(3) & etag() & last_modified(lambda: next(numbers) and None)).ttl == 3
