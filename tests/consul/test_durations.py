"""Go's durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.registry.consul.durations import seconds_of, written


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", 10.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1.5s", 1.5),
        (".5s", 0.5),
        ("100ms", 0.1),
        ("1us", 1e-6),
        ("1µs", 1e-6),
        ("1ns", 1e-9),
        ("0", 0.0),
        ("0s", 0.0),
        ("+2s", 2.0),
        ("-2s", -2.0),
    ],
)
def test_what_go_reads(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "10", "s", "10 s", "1d", "1s2", "--1s", "1e3s", "٣s", "9" * 40]
)
def test_what_go_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        seconds_of(text)


@given(st.integers(min_value=0, max_value=10**12))
def test_what_is_written_is_read_again(milliseconds: int) -> None:
    text = written(milliseconds / 1000)
    assert seconds_of(text) == pytest.approx(milliseconds / 1000)


@given(st.text(max_size=20))
def test_nonsense_is_a_value_error_or_a_duration(text: str) -> None:
    try:
        assert isinstance(seconds_of(text), float)
    except ValueError as error:
        assert "no duration" in str(error)
