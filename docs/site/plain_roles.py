"""Docstrings name things like ``:class:`Caller```; the site shows the name alone."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|mod|data|exc|attr):`~?([^`]+)`")


class PlainRoles(griffe.Extension):
    """Applied to each object that Griffe has read."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = ROLE.sub(r"`\1`", obj.docstring.value)
