"""The schema changes only on purpose: it is kept beside this test."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from django.core.management import call_command
from graphql import build_schema, print_schema

KEPT = Path(__file__).with_name("schema.graphql")


def test_the_schema_is_the_one_that_is_kept() -> None:
    out = StringIO()
    call_command("graphql_schema", stdout=out)
    told = "To keep the new one: manage.py graphql_schema > tests/graphql/schema.graphql"
    assert out.getvalue().strip() == KEPT.read_text().strip(), told


def test_the_kept_schema_can_be_read() -> None:
    assert print_schema(build_schema(KEPT.read_text())) == KEPT.read_text().strip()
