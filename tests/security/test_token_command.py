from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from hub.security import tokens
from hub.security.models import ApiToken

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[Any, str]:
    out, err = StringIO(), StringIO()
    call_command("token", *arguments, stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


def test_create_prints_the_token_once_as_json(ann: User) -> None:
    made, said = run("create", "--user", "ann", "--scope", "flags:evaluate", "--days", "30")
    row = ApiToken.objects.get()
    assert row.digest == tokens.digest(made["token"])
    assert made["scopes"] == ["flags:evaluate"]
    assert made["expires_at"]
    assert "only time" in said
    listed, _ = run("list")
    assert made["token"] not in json.dumps(listed)
    assert listed[0]["prefix"] == row.prefix


def test_several_scopes_and_a_name_can_be_given(ann: User) -> None:
    made, said = run("create", "--user", "ann", "--scope", "a", "--scope", "b:c", "--name", "ci")
    assert (made["scopes"], made["name"]) == (["a", "b:c"], "ci")
    assert "does not hold a b:c" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--user", "nobody", "--scope", "a"], "no user 'nobody'"),
        (["--user", "ann", "--scope", 'a"b'], "can't be a scope"),
        (["--user", "ann", "--scope", "a", "--days", "0"], "--days"),
        (["--user", "ann", "--scope", "a", "--days", "99999999999"], "--days"),
        (["--user", "ann", "--scope", "a", "--name", ""], "blank"),
        (["--user", "ann", "--scope", "a", "--name", "n" * 101], "100"),
        (["--scope", "a"], "--user"),
    ],
)
def test_create_refuses_with_a_sentence(ann: User, arguments: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run("create", *arguments)
    assert not ApiToken.objects.exists()


def test_an_inactive_user_gets_no_token(ann: User) -> None:
    ann.is_active = False
    ann.save()
    with pytest.raises(CommandError, match="not active"):
        run("create", "--user", "ann", "--scope", "a")


def test_revoke_takes_an_id_or_a_prefix(ann: User) -> None:
    for pick in ("id", "prefix"):
        made, _ = run("create", "--user", "ann", "--scope", "a")
        after, _ = run("revoke", str(made[pick]))
        assert after["state"] == "revoked"
    assert run("revoke", str(made["id"]))[1] == "It was revoked before.\n"
    for unknown in ("999999", "9" * 40, "x", "hub_00000000_0"):
        with pytest.raises(CommandError, match="No token"):
            run("revoke", unknown)


def test_list_can_be_narrowed_to_a_user(ann: User, root: User) -> None:
    tokens.issue(ann, name="one", scopes=[])
    tokens.issue(root, name="two", scopes=[])
    assert [row["name"] for row in run("list", "--user", "root")[0]] == ["two"]
