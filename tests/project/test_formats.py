"""Dates in the admin look alike, whoever's list they stand in."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format, get_format


def test_dates_look_as_in_iso_8601_and_are_read_so() -> None:
    moment = datetime(2026, 1, 2, 15, 4, 5)
    assert date_format(moment, "DATETIME_FORMAT") == "2026-01-02 15:04:05"
    assert date_format(moment, "DATE_FORMAT") == "2026-01-02"
    assert date_format(moment, "TIME_FORMAT") == "15:04:05"
    assert get_format("DATE_INPUT_FORMATS")[0] == "%Y-%m-%d"
