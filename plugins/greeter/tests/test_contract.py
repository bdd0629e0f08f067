"""What the plugin promises, and its examples on every transport."""

from __future__ import annotations

import pytest

from hub.testing import assert_plugin_contract, example_tests

test_examples = example_tests("greeter")


@pytest.mark.django_db(transaction=True)
def test_the_plugin_keeps_what_it_promises() -> None:
    assert_plugin_contract("greeter")
