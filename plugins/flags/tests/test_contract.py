"""What the plugin promises, and its examples on every transport."""

from __future__ import annotations

import pytest

from hub.testing import assert_plugin_contract, example_tests
from plugins.flags.changes import create_flag
from plugins.flags.models import Environment

test_examples = example_tests("flags", fixtures=("new_checkout",))


@pytest.fixture
def new_checkout(transactional_db: None, production: Environment) -> None:
    """The flag that the examples are about."""
    create_flag("new-checkout")


@pytest.mark.django_db(transaction=True)
def test_the_plugin_keeps_what_it_promises() -> None:
    # The examples need a flag, which those above have.
    assert_plugin_contract("flags", without=("examples",))
