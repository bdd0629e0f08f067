"""What a record looks like, and that logging never fails whoever logs."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from hub.logs.formats import chosen_format, make_formatter
from hub.logs.handler import StderrHandler


class Output:
    """A logger of its own, and what it has written."""

    def __init__(self, format: str = "json", **more: Any) -> None:
        self.text = io.StringIO()
        self.handler = StderrHandler()
        self.handler.setStream(self.text)
        self.handler.setFormatter(make_formatter(format=format, **more))
        self.logger = logging.getLogger(f"tests.logs.{id(self)}")
        self.logger.propagate = False
        self.logger.setLevel(logging.DEBUG)
        self.logger.addHandler(self.handler)

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.getvalue().splitlines()]


@pytest.fixture
def output() -> Iterator[Output]:
    made = Output()
    yield made
    made.logger.removeHandler(made.handler)


def test_a_record_is_one_json_line_with_what_every_record_has(output: Output) -> None:
    output.logger.warning("%s is\nhot: %r", "soup", {"ä": 1}, extra={"degrees": 90})
    (found,) = output.records
    assert list(found) == ["timestamp", "level", "logger", "event", "degrees"]
    assert (found["level"], found["logger"]) == ("warning", output.logger.name)
    assert (found["event"], found["degrees"]) == ("soup is\nhot: {'ä': 1}", 90)
    assert found["timestamp"].endswith("Z")


def test_records_of_structlog_come_out_the_same(output: Output) -> None:
    log = structlog.get_logger(output.logger.name).bind(pot="large")
    log.info("%d soups", 2, password="hunter2")
    log.debug("stirred")
    first, second = output.records
    assert (first["event"], first["pot"], first["password"]) == ("2 soups", "large", "[redacted]")
    assert (second["level"], second["logger"]) == ("debug", output.logger.name)


def test_an_exception_is_structured_and_has_no_locals(output: Output) -> None:
    secret_local = "hunter2"
    try:
        try:
            raise KeyError("salt") from None
        except KeyError as error:
            raise ExceptionGroup("kitchen", [RuntimeError("password=hunter2")]) from error
    except ExceptionGroup:
        output.logger.exception("burnt")
    (found,) = output.records
    assert secret_local not in json.dumps(found)
    outer, cause = found["exception"]
    assert (outer["exc_type"], cause["exc_type"]) == ("ExceptionGroup", "KeyError")
    assert set(outer["frames"][0]) == {"filename", "lineno", "name"}
    assert outer["exceptions"][0][0]["exc_value"] == "password=[redacted]"


def test_sql_statements_lose_their_values_and_celery_its_arguments(output: Output) -> None:
    sql = "SELECT * FROM t WHERE session = 'it''s hunter2' AND n = 17"
    record = logging.LogRecord("django.db.backends", 10, "f", 1, "(%.3f) %s", (0.1, sql), None)
    record.__dict__.update(sql=sql, params=("hunter2",), duration=0.1)
    output.handler.handle(record)
    record = logging.LogRecord("celery.pool", 10, "f", 1, "Apply (args:%r)", ("hunter2",), None)
    output.handler.handle(record)
    assert [found["event"] for found in output.records] == [
        "SELECT * FROM t WHERE session = ? AND n = ?",
        "Apply (args:%r)",
    ]
    assert "hunter2" not in output.text.getvalue()


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("password=hunter2")

    __str__ = __repr__


@pytest.mark.parametrize(
    ("message", "arguments"),
    [("%d soups", ("many",)), ("%s", (Unshowable(),)), ("%s %s", ("one",))],
)
def test_a_record_that_cant_be_written_says_so_and_nothing_of_itself(
    output: Output, capsys: pytest.CaptureFixture[str], message: str, arguments: tuple[Any, ...]
) -> None:
    record = logging.LogRecord("kitchen", logging.ERROR, __file__, 1, message, arguments, None)
    output.handler.handle(record)
    (found,) = output.records
    assert (found["level"], found["event"]) == ("error", "A log record could not be written.")
    assert found["where"].partition(":")[0].endswith("test_records.py")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("value", ["\ud800", float("nan"), b"\xff", {1: {2: object()}}, 10**300])
def test_odd_values_are_written(output: Output, value: Any) -> None:
    output.logger.info("odd", extra={"value": value})
    structlog.get_logger(output.logger.name).info("odd", value=value)
    assert {found["event"] for found in output.records} <= {
        "odd", "A log record could not be written.",
    }  # fmt: skip
    assert len(output.records) == 2


def test_a_closed_stderr_breaks_nothing(output: Output, capsys: pytest.CaptureFixture[str]) -> None:
    output.text.close()
    output.logger.error("nobody hears it")
    assert capsys.readouterr() == ("", "")


def test_fields_cant_pose_as_the_records_own(output: Output) -> None:
    structlog.get_logger(output.logger.name).info("x", logger="other", level="none", timestamp=1)
    (found,) = output.records
    assert (found["logger"], found["level"]) == (output.logger.name, "info")


def test_text_for_people_has_no_secrets_either() -> None:
    output = Output("console", colors=False)
    try:
        raise RuntimeError("password=hunter2")
    except RuntimeError:
        output.logger.exception("burnt", extra={"token": "hunter2", "degrees": 90})
    text = output.text.getvalue()
    assert "hunter2" not in text
    assert "\x1b" not in text
    assert all(part in text for part in ("burnt", "degrees=90", "Traceback", "RuntimeError"))


@pytest.mark.parametrize(
    ("wanted", "terminal", "format_", "colors"),
    [
        ("auto", True, "console", True),
        ("auto", False, "json", False),
        ("console", False, "console", False),
        ("json", True, "json", True),
    ],
)
def test_the_format_fits_the_terminal(
    monkeypatch: pytest.MonkeyPatch, wanted: str, terminal: bool, format_: str, colors: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    chosen = chosen_format(wanted, is_terminal=terminal)
    assert (chosen["format"], chosen["colors"]) == (format_, colors)
    assert "\x1b" not in json.dumps(chosen_format("json", is_terminal=True))


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not chosen_format("console", is_terminal=True)["colors"]


@pytest.mark.parametrize(
    ("name", "plugin"),
    [
        ("plugins.greeter", "greeter"),
        ("plugins.greeter.api", "greeter"),
        ("plugins.greeters", None),
        ("hub.web", None),
        ("root", None),
    ],
)
def test_a_logger_of_a_plugin_names_it(output: Output, name: str, plugin: str | None) -> None:
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, "said", (), None)
    output.handler.handle(record)
    (found,) = output.records
    assert found.get("plugin") == plugin
