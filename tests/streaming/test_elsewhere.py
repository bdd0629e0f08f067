"""Streams on the command line, and in GraphQL, which has no place for them."""

from __future__ import annotations

import pytest
from graphql import print_schema

from hub.operations.engine import Engine
from hub.web.graphql.schema import hub_schema
from tests.cli.conftest import command


@pytest.mark.django_db(transaction=True)
def test_the_command_line_prints_a_line_for_each(hub: Engine) -> None:
    assert command("run", "water.river.drops", "--count", "3").out == "0\n1\n2\n"
    assert command("run", "water.river.stones", "--count", "2").out == '"0"\n"1"\n'


@pytest.mark.django_db(transaction=True)
def test_an_error_follows_the_lines_before_it(hub: Engine) -> None:
    ended = command("run", "water.river.dries", "--after", "2", "--how", "known")
    assert ended.out == "0\n1\n"
    assert ended.failure == "No more. [drought]"


def test_graphql_has_no_field_for_them(hub: Engine) -> None:
    schema = hub_schema()
    assert not list(schema.left_out)
    shown = print_schema(schema.full)
    assert "riverLevel" in shown
    assert "riverDrops" not in shown and "riverStones" not in shown
