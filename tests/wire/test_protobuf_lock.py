"""A field keeps its number for ever, and the lock says so."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import create_model

from hub.wire.protobuf.codec import ProtobufFile, protobuf_file
from hub.wire.protobuf.lock import BrokenLock, Lock, differences, locked, read_lock, write_lock
from hub.wire.protobuf.reading import Root, read_types
from hub.wire.schemas import adapter_for

DEFAULTS = {int: 0, str: "", float: 0.0}


def compiled(lock: Lock | None = None, **fields: Any) -> ProtobufFile:
    made: Any = create_model("Item", **{name: (hint, ...) for name, hint in fields.items()})
    return protobuf_file("shop", {"Item": Root(adapter_for(made), arguments=True)}, lock)


def numbers(file: ProtobufFile) -> dict[str, int]:
    return file.lock.numbers()["Item"]


def test_numbers_follow_the_declaration() -> None:
    assert numbers(compiled(b=int, a=str)) == {"b": 1, "a": 2}


def test_new_fields_take_the_next_number_wherever_they_stand() -> None:
    first = compiled(a=int, b=int)
    assert numbers(compiled(first.lock, new=int, b=int, a=int)) == {"new": 3, "b": 2, "a": 1}


def test_numbers_of_fields_that_went_are_reserved() -> None:
    later = compiled(compiled(a=int, b=int).lock, a=int)
    assert numbers(compiled(later.lock, a=int, c=int)) == {"a": 1, "c": 3}
    assert '  reserved 2;\n  reserved "b";\n' in later.text()


def test_a_field_that_comes_back_has_its_number_again() -> None:
    without = compiled(compiled(a=int, b=int).lock, a=int)
    back = compiled(compiled(without.lock, a=int, c=int).lock, a=int, c=int, b=int)
    assert numbers(back) == {"a": 1, "c": 3, "b": 2}


def test_another_type_is_another_number() -> None:
    first = compiled(a=int)
    changed = compiled(first.lock, a=str)
    assert numbers(changed) == {"a": 2}
    assert differences(changed.shapes, first.lock) == ["Item.a was int64 and is string."]
    assert "  reserved 1;\n  optional string a = 2;" in changed.text()


def test_old_bytes_are_read_by_the_new_version_and_the_other_way() -> None:
    old = compiled(a=int, b=str)
    made: Any = create_model("Item", c=(float, 1.5), b=(str, ...))
    new = protobuf_file("shop", {"Item": Root(adapter_for(made), arguments=True)}, old.lock)
    sent = old.codecs["Item"].encode(old.codecs["Item"].values.adapter.validate_python(
        {"a": 1, "b": "x"}
    ))  # fmt: skip
    assert new.codecs["Item"].decode(sent) == made(b="x")


def test_differences_say_what_and_where() -> None:
    first = compiled(a=int, b=int)
    now = compiled(a=int, c=int)
    assert differences(first.shapes, first.lock) == []
    assert differences(now.shapes, first.lock) == [
        "Item.b is gone, and its number 2 not reserved.",
        "Item.c has no number.",
    ]
    assert differences(now.shapes, compiled(first.lock, a=int, c=int).lock) == []
    empty = Lock("shop")
    assert differences(now.shapes, empty) == ["Item is not in the lock."]
    other = Lock("other")
    assert differences(now.shapes, other) == ["The lock is for the package other, not shop."]


def test_types_that_went_stay_reserved() -> None:
    first = compiled(a=int)
    gone = locked(read_types("shop", {}), first.lock)
    assert gone.numbers() == {"Item": {}}
    assert numbers(compiled(gone, b=int, a=int)) == {"b": 2, "a": 1}


def test_the_text_is_stable_and_read_again() -> None:
    file = compiled(compiled(z=int, a=int).lock, z=str, when=datetime.datetime)
    text = write_lock(file.lock)
    assert read_lock(text) == file.lock
    assert write_lock(read_lock(text)) == text
    assert json.loads(text)["types"]["Item"] == {
        "used": {"z": [3, "string"], "when": [4, "DateTime"]},
        "reserved": [[1, "z", "int64"], [2, "a", "int64"]],
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "can't be read"),
        ("[]", "can't be read"),
        ('{"format": 2}', "format 2, not 1"),
        ('{"format": 1, "package": "a", "types": {"M": {}}}', "can't be read"),
        (
            '{"format": 1, "package": "a", "types": {"M": {"used": {"a": ["1", "x"]},'
            ' "reserved": []}}}',
            "no number",
        ),
        (
            '{"format": 1, "package": "a", "types": {"M": {"used": {"a": [1, "x"]},'
            ' "reserved": [[1, "b", "x"]]}}}',
            "M.b and a both have number 1",
        ),
        (
            '{"format": 1, "package": "a", "types": {"M": {"used": {"a": [19000, "x"]},'
            ' "reserved": []}}}',
            "can't have the number 19000",
        ),
    ],
)
def test_broken_locks_are_refused(text: str, told: str) -> None:
    with pytest.raises(BrokenLock, match=told):
        read_lock(text)


fields = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([int, str, float]))


@given(versions=st.lists(fields, min_size=1, max_size=5))
def test_a_number_always_means_one_name_and_type(versions: list[dict[str, Any]]) -> None:
    meaning: dict[int, tuple[str, str]] = {}
    lock: Lock | None = None
    for version in versions:
        lock = compiled(lock, **version).lock
        for entry in lock.types["Item"].used:
            assert meaning.setdefault(entry.number, (entry.name, entry.type)) == (
                entry.name,
                entry.type,
            )
        assert compiled(lock, **version).lock == lock
        assert read_lock(write_lock(lock)) == lock
