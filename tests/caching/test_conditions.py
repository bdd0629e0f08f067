"""If-None-Match and If-Modified-Since as RFC 9110 §13.1.2, §13.1.3 and §5.6.7 write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.conditional import Conditions, http_date, read_conditions, read_date

NEVER = Conditions()


def none_match(*texts: str) -> Conditions:
    return read_conditions([(b"if-none-match", text.encode("latin-1")) for text in texts])


def since(*texts: str) -> Conditions:
    return read_conditions([(b"if-modified-since", text.encode("latin-1")) for text in texts])


@pytest.mark.parametrize(
    ("texts", "tags"),
    [
        (['"a"'], {'"a"'}),
        (['W/"a"'], {'"a"'}),
        (['""'], {'""'}),
        (['"a", "b"'], {'"a"', '"b"'}),
        (['"a","b"'], {'"a"', '"b"'}),
        (['"a" ,\t W/"b" '], {'"a"', '"b"'}),
        (['"a",, ,"b",'], {'"a"', '"b"'}),
        ([', "a"'], {'"a"'}),
        (['"a, b"'], None),  # a space is no character of a tag
        (['"a,b"'], {'"a,b"'}),
        (['"*"'], {'"*"'}),
        (['"a"', '"b"'], {'"a"', '"b"'}),
        (['"\xe4!#~\x80"'], {'"\xe4!#~\x80"'}),
    ],
)
def test_tags_are_read(texts: list[str], tags: set[str] | None) -> None:
    assert none_match(*texts) == (NEVER if tags is None else Conditions(tags=frozenset(tags)))


@pytest.mark.parametrize("text", ["*", " * ", "\t*"])
def test_a_star_is_any_tag(text: str) -> None:
    found = none_match(text)
    assert found == Conditions(any_tag=True)
    assert found.unchanged('"a"', None)
    assert not found.unchanged(None, None)


@pytest.mark.parametrize(
    "text",
    [
        "", ",", "a", '"a', 'a"', "'a'", 'w/"a"', 'W"a"', 'W/ "a"', '"a""b"', '"a" "b"', '"a";"b"',
        '*, "a"', '"a", *', "**", '"a\x7f"', '"a\tb"', '"a"\xa0', '"a"\x0b', '"a"x', '"a", b',
    ],
)  # fmt: skip
def test_what_is_no_list_of_tags_is_not_believed(text: str) -> None:
    assert none_match(text) == NEVER
    assert not NEVER


def test_a_date_beside_tags_is_ignored_even_if_they_are_malformed() -> None:
    date = (b"if-modified-since", b"Fri, 01 May 2026 12:00:00 GMT")
    assert read_conditions([date, (b"if-none-match", b"nonsense")]) == NEVER
    found = read_conditions([(b"if-none-match", b'"a"'), date])
    assert found == Conditions(tags=frozenset({'"a"'}))


def test_tags_are_compared_weakly() -> None:
    assert none_match('W/"a"').unchanged('"a"', None)
    assert none_match('"a"').unchanged('W/"a"', None)
    assert not none_match('"A"').unchanged('"a"', None)
    assert not none_match('"a"').unchanged(None, datetime(1970, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
)
def test_dates_have_three_forms(text: str) -> None:
    moment = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    assert read_date(text) == moment
    assert since(text) == since(f"  {text} ") == Conditions(since=moment)


@pytest.mark.parametrize(
    ("year", "meant"), [("26", 2026), ("75", 2075), ("76", 2076), ("77", 1977), ("99", 1999)]
)
def test_two_digits_of_a_year_are_at_most_fifty_years_ahead(year: str, meant: int) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    found = read_date(f"Sunday, 06-Nov-{year} 08:49:37 GMT", now=now)
    assert found is not None
    assert found.year == meant


def test_a_leap_second_is_a_time() -> None:
    assert read_date("Sat, 31 Dec 2016 23:59:60 GMT") == datetime(2016, 12, 31, 23, 59, 59, 0, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "-1", "now", "784111777", "1994-11-06T08:49:37Z", "06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 0000 08:49:37 GMT",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
        "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 0\u00b2 Nov 1994 08:49:37 GMT",
    ],
)  # fmt: skip
def test_what_is_no_date_is_ignored(text: str) -> None:
    assert since(text) == NEVER


def test_more_than_one_date_is_ignored() -> None:
    date = "Sun, 06 Nov 1994 08:49:37 GMT"
    assert since(date, date) == NEVER


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))
def test_a_date_we_write_is_one_we_read(moment: datetime) -> None:
    assert read_date(http_date(moment)) == moment.replace(microsecond=0)
    assert since(http_date(moment)).unchanged(None, moment)
    earlier = moment - timedelta(seconds=1) if moment.year > 1000 else moment
    assert since(http_date(earlier)).unchanged(None, moment) == (earlier == moment)


TAG = st.from_regex(r'(W/)?"[\x21\x23-\x7e\x80-\xff]{0,9}"', fullmatch=True)


@given(st.lists(TAG, min_size=1), st.lists(st.sampled_from([",", " , ", ",\t", ",,"]), min_size=1))
def test_every_list_of_tags_is_read(tags: list[str], gaps: list[str]) -> None:
    text = "".join(tag + gaps[index % len(gaps)] for index, tag in enumerate(tags))
    assert none_match(text).tags == {tag.removeprefix("W/") for tag in tags}
    assert none_match(*tags).tags == {tag.removeprefix("W/") for tag in tags}


@given(st.lists(st.tuples(st.sampled_from([b"if-none-match", b"if-modified-since"]), st.binary())))
def test_nothing_sent_breaks_it(headers: list[tuple[bytes, Any]]) -> None:
    found = read_conditions(headers)
    found.unchanged('"a"', datetime.now(UTC))


def test_long_headers_take_no_long_time() -> None:
    """Four megabytes of what almost is a list: a reader that goes back would take hours."""
    for text in ('"a",' * 10**6, '"' * 10**6, ", \t" * 10**6 + "x", " " * 10**6 + "x"):
        none_match(text)
