"""The reference has all of the plugin API, and nothing that is not there."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

import hub.sdk
import hub.testing
import hub.testing.plugin
from tests.docs.examples import DOCS


def listed(page: str) -> set[str]:
    return set(re.findall(r"^::: (hub\.[\w.]+)$", (DOCS / "reference" / page).read_text(), re.M))


@pytest.mark.parametrize(
    ("page", "promised"),
    [
        ("sdk.md", hub.sdk.__all__),
        ("testing.md", hub.testing.__all__),
        ("testing.md", hub.testing.plugin.__all__),
    ],
)
def test_it_has_every_name(page: str, promised: list[str]) -> None:
    assert set(promised) <= {name.rpartition(".")[2] for name in listed(page)}


@pytest.mark.parametrize("name", sorted(listed("sdk.md") | listed("testing.md")))
def test_what_it_lists_is_there(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    if name != "hub.sdk.signals":
        assert hasattr(import_module(module), attribute)
