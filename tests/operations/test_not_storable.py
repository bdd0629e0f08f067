"""A value that the database can't hold is the caller's mistake, on every database."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from hub.sdk import InvalidInput
from tests.operations.conftest import called

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_number_beyond_its_column() -> None:
    def made(number: int) -> None:
        Group.objects.create(id=number, name="many")

    with pytest.raises(InvalidInput, match="can't be stored: a number is too large") as raised:
        await called(made, {"number": 10**20})
    assert [error.code for error in raised.value.errors] == ["not_storable"]
