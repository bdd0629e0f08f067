"""``traceparent`` in and out (W3C Trace Context)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.trace_context import Span, continued, new_span

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
FORM = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")


def test_the_trace_goes_on_with_a_span_of_its_own() -> None:
    span = continued(f"00-{TRACE}-{PARENT}-01", "vendor=1")
    assert (span.trace_id, span.parent_id, span.flags, span.state) == (
        TRACE, PARENT, "01", "vendor=1",
    )  # fmt: skip
    assert span.span_id != PARENT
    assert span.traceparent == f"00-{TRACE}-{span.span_id}-01"


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert continued(f"cc-{TRACE}-{PARENT}-03-more").trace_id == TRACE


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\r\nX: y",
    ],
)
def test_what_is_not_well_formed_begins_a_new_trace(header: str) -> None:
    span = continued(header)
    assert span.trace_id != TRACE
    assert span.parent_id == ""
    assert FORM.fullmatch(span.traceparent)


@given(st.text(), st.text())
def test_any_header_gives_a_span_that_can_be_sent(header: str, state: str) -> None:
    span = continued(header, state)
    assert FORM.fullmatch(span.traceparent)
    assert span.state.isprintable() or span.state == state


@given(st.builds(new_span))
def test_what_is_sent_is_read_again(span: Span) -> None:
    child = continued(span.traceparent)
    assert (child.trace_id, child.parent_id) == (span.trace_id, span.span_id)
