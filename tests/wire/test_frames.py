"""Frames of the channel ``stream``: what is read is what was written, and nonsense is an error."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from hub.wire.errors import PayloadTooLarge
from hub.wire.frames import (
    FORMATS,
    FRAME_BYTES,
    JSON,
    LARGEST_ID,
    MESSAGE_PACK,
    Asked,
    BadFrame,
    FrameFormat,
    Raw,
    Told,
)

FORMAT = pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))

ids = some.integers(0, LARGEST_ID)
words = some.text(min_size=1, max_size=20)
values = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**63), 2**63 - 1) | some.text(max_size=9),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(words, inner, max_size=4),
    max_leaves=8,
)
opened = some.fixed_dictionaries(
    {"id": ids, "service": words, "method": words, "arguments": values},
    optional={
        "timeout_ms": some.integers(1, LARGEST_ID),
        "credits": some.integers(1, 1_000_000),
        "qualifier": words,
        "headers": some.dictionaries(words, words, max_size=3),
    },
)
told = some.one_of(
    some.fixed_dictionaries({"id": ids, "result": values}),
    some.fixed_dictionaries({"id": ids, "item": values}),
    some.fixed_dictionaries({"id": ids, "end": some.just(True)}),
    some.fixed_dictionaries({"goaway": some.just(True)}),
    some.fixed_dictionaries({"pong": some.integers(0, 9)}),
)
nonsense = some.one_of(
    values, some.fixed_dictionaries({"id": values}, optional={"service": values, "zz": values})
)


def message(form: FrameFormat, content: Any) -> bytes | str:
    """As another program would write it."""
    if form.text:
        return msgspec.json.encode(content).decode()
    return msgspec.msgpack.encode(content)


def value_in(form: FrameFormat, raw: Raw) -> Any:
    return (msgspec.json if form.text else msgspec.msgpack).decode(raw)


def received(form: FrameFormat, sent: bytes) -> bytes | str:
    return sent.decode() if form.text else sent


@FORMAT
@given(content=opened)
def test_an_opening_frame_is_read_as_it_was_written(
    form: FrameFormat, content: dict[str, Any]
) -> None:
    frame = form.read_asked(message(form, content))
    assert value_in(form, frame.arguments) == content["arguments"]
    for name in content.keys() - {"arguments"}:
        assert getattr(frame, name) == content[name]
    again = form.read_asked(received(form, form.write(frame)))
    assert bytes(again.arguments) == bytes(frame.arguments) and again.id == frame.id


@FORMAT
@given(content=told)
def test_an_answering_frame_is_read_as_it_was_written(
    form: FrameFormat, content: dict[str, Any]
) -> None:
    frame = form.read_told(message(form, content))
    for name in ("result", "item"):
        raw = getattr(frame, name)
        assert bool(raw) is (name in content)
        if raw:
            assert value_in(form, raw) == content[name]
    assert (frame.end, frame.goaway) == ("end" in content, "goaway" in content)
    assert form.write(frame) == form.write(form.read_told(received(form, form.write(frame))))


@FORMAT
@given(content=nonsense)
def test_nonsense_is_a_bad_frame(form: FrameFormat, content: Any) -> None:
    try:
        frame = form.read_asked(message(form, content))
    except BadFrame as error:
        assert error.id is None or 0 <= error.id <= LARGEST_ID
    else:
        assert frame.id is not None  # it may be right by chance, never half right
        assert frame.method or frame.cancel or frame.credits or frame.ping is not None


@FORMAT
@given(data=some.binary(max_size=200))
def test_any_bytes_are_read_or_refused(form: FrameFormat, data: bytes) -> None:
    content: bytes | str = data.decode("utf-8", "replace") if form.text else data
    for read in (form.read_asked, form.read_told):
        try:
            read(content)
        except BadFrame as error:
            assert error.status == 400


@pytest.mark.parametrize(
    ("text", "call_id"),
    [
        ('{"id":1}', 1),
        ('{"id":1,"service":"a"}', 1),
        ('{"id":1,"service":"a","method":"b","later":true}', 1),
        ('{"id":1,"credits":0}', 1),
        ('{"id":1,"service":"a","method":"b","timeout_ms":0}', 1),
        ('{"id":1,"service":"a","method":"b","credits":"many"}', 1),
        ('{"id":-1,"cancel":true}', None),
        ('{"id":1.5,"cancel":true}', None),
        ('{"id":"1","cancel":true}', None),
        ('{"cancel":true}', None),
        ("[]", None),
        ("", None),
        ("[" * 100_000, None),
        ('{"id":1,"arguments":' + "[" * 100_000, None),
    ],
)
def test_what_is_wrong_is_told_to_the_call_it_names(text: str, call_id: int | None) -> None:
    with pytest.raises(BadFrame) as caught:
        JSON.read_asked(text)
    assert caught.value.id == call_id
    assert caught.value.code == "bad_frame"


def test_each_form_has_its_kind_of_message() -> None:
    for form, content in ((JSON, b'{"ping":1}'), (MESSAGE_PACK, '{"ping":1}')):
        with pytest.raises(BadFrame, match="messages"):
            form.read_asked(content)


@FORMAT
def test_a_frame_that_no_server_takes_is_not_written(form: FrameFormat) -> None:
    large = form.write(Told(id=1, end=True))
    assert len(large) < 20
    text = "x" * FRAME_BYTES
    body = msgspec.json.encode(text) if form.text else msgspec.msgpack.encode(text)
    with pytest.raises(PayloadTooLarge, match="at most"):
        form.write(Asked(id=1, service="a", method="b", arguments=Raw(body)))
