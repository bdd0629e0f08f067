"""Inputs for conditions and percentages: rows with fields, kept as JSON in a textarea.

``flags/rows.js`` builds the rows; without JavaScript the JSON itself can be edited.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.forms import Media
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    BUTTON_CLASSES,
    SELECT_CLASSES,
    UnfoldAdminTextareaWidget,
)

from plugins.flags.operators import OPERATORS
from plugins.flags.validation import SEGMENT_OPERATORS


class RowsWidget(UnfoldAdminTextareaWidget):  # type: ignore[misc]
    """``kind`` is ``conditions`` or ``weights``; ``options`` is what the rows offer."""

    template_name = "flags/rows_widget.html"

    def __init__(self, kind: str, options: Any) -> None:
        super().__init__({"rows": 3, "spellcheck": "false"})
        self.kind = kind
        self.options = options

    @property
    def media(self) -> Media:
        return Media(js=["flags/rows.js"], css={"all": ["flags/flags.css"]})

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["rows"] = {
            "kind": self.kind,
            "options": json.dumps(self.options),
            "input_class": " ".join(BASE_INPUT_CLASSES),
            "select_class": " ".join(SELECT_CLASSES),
            "button_class": " ".join(BUTTON_CLASSES[:6]),
        }
        return context


def conditions_widget(segments: Iterable[str] | None) -> RowsWidget:
    """``segments`` are the keys on offer; ``None`` leaves the segment operators out."""
    operators = [
        {"name": operator.name, "title": operator.title, "values": operator.values}
        for operator in OPERATORS.values()
        if segments is not None or operator.name not in SEGMENT_OPERATORS
    ]
    options = {
        "operators": operators,
        "segments": list(segments or ()),
        "segmentOperators": list(SEGMENT_OPERATORS),
    }
    return RowsWidget("conditions", options)


def weights_widget(variants: Iterable[str]) -> RowsWidget:
    return RowsWidget("weights", {"variants": list(variants)})
