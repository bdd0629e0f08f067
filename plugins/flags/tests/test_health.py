from __future__ import annotations

import pytest

from hub.sdk import Status
from plugins.flags.changes import create_flag
from plugins.flags.health import snapshot
from plugins.flags.models import Variant

pytestmark = pytest.mark.django_db


def test_flags_that_can_be_evaluated_are_up() -> None:
    create_flag("a")
    found = snapshot()
    assert found.status is Status.UP
    assert found.output.startswith("Flag states: 1, environments: 1, version: ")


def test_a_broken_flag_is_named() -> None:
    flag = create_flag("a", type="integer", variants={"one": 1})
    Variant._base_manager.filter(flag=flag).update(value="no number")  # past all validation
    # The version tells of changes that were made the ordinary way.
    create_flag("b")
    found = snapshot()
    assert found.status is Status.DEGRADED
    assert "a in production" in found.output
