"""The admin's pages of access."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from hub.security import tokens
from hub.security.models import ApiToken, ScopeGrant

pytestmark = pytest.mark.django_db

LIST = "/admin/security/apitoken/"
ADD = f"{LIST}add/"


@pytest.fixture
def staff(ann: User) -> User:
    """Ann, who may sign in to the admin and manage her tokens."""
    ann.is_staff = True
    ann.save()
    for codename in ("view_apitoken", "add_apitoken", "change_apitoken", "add_scopegrant"):
        ann.user_permissions.add(Permission.objects.get(codename=codename))
    return ann


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fill(**more: Any) -> dict[str, Any]:
    fields = {"name": "robot", "scopes": "flags:evaluate", "expires_at_0": "", "expires_at_1": ""}
    return {**fields, **more}


def test_a_new_token_is_shown_once_and_never_again(staff: User) -> None:
    client = signed_in(staff)
    answer = client.post(ADD, fill())
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    (plain,) = set(re.findall(r"hub_[0-9a-f]{8}_[0-9a-f]{64}", answer.content.decode()))
    row = ApiToken.objects.get()
    assert (row.user, row.name, row.scopes) == (staff, "robot", "flags:evaluate")
    assert row.digest == tokens.digest(plain)
    secret = plain.rpartition("_")[2]
    for page in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/", "/admin/"):
        body = client.get(page).content.decode()
        assert secret not in body
        assert row.digest not in body
    assert secret not in str(dict(client.session))
    assert secret not in str(client.cookies)


def test_scopes_wider_than_ones_own_are_refused(staff: User) -> None:
    answer = signed_in(staff).post(ADD, fill(scopes="flags:evaluate registry:write"))
    assert "You don&#x27;t hold: registry:write" in answer.content.decode()
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": 'a"b'}, {"name": ""}, {"expires_at_0": "2001-01-01", "expires_at_1": "00:00"}],
)
def test_wrong_values_make_no_token(staff: User, wrong: dict[str, str]) -> None:
    answer = signed_in(staff).post(ADD, fill(**wrong))
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not ApiToken.objects.exists()


def test_the_user_can_not_be_chosen_without_the_permission(staff: User, root: User) -> None:
    client = signed_in(staff)
    assert 'name="user"' not in client.get(ADD).content.decode()
    client.post(ADD, fill(user=root.pk))
    assert ApiToken.objects.get().user == staff


def test_with_the_permission_tokens_are_made_for_others_but_not_for_superusers(
    staff: User, root: User
) -> None:
    staff.user_permissions.add(Permission.objects.get(codename="issue_for_others"))
    other = User.objects.create_user("bob")
    client = signed_in(staff)
    client.post(ADD, fill(user=root.pk))
    assert not ApiToken.objects.exists()
    answer = client.post(ADD, fill(user=other.pk, scopes="*"))
    assert "You don&#x27;t hold: *" in answer.content.decode()
    client.post(ADD, fill(user=other.pk))
    assert ApiToken.objects.get().user == other


def test_everyone_sees_his_own_tokens_only(staff: User, root: User) -> None:
    theirs, _ = tokens.issue(root, name="secret robot", scopes=[])
    client = signed_in(staff)
    assert "secret robot" not in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{theirs.pk}/change/").status_code == 302
    assert "secret robot" in signed_in(root).get(LIST).content.decode()


def test_tokens_are_revoked_by_post_only_and_with_permission(staff: User) -> None:
    row, _ = tokens.issue(staff, name="robot", scopes=[])
    client = signed_in(staff)
    body = {"action": "revoke_selected", "_selected_action": [row.pk]}
    client.get(LIST, body)
    client.get(f"{LIST}{row.pk}/change/", {"security_apitoken_revoke_now": "1"})
    row.refresh_from_db()
    assert row.revoked_at is None
    assert Client(enforce_csrf_checks=True).post(LIST, body).status_code == 403
    staff.user_permissions.remove(Permission.objects.get(codename="change_apitoken"))
    client.post(LIST, body)
    row.refresh_from_db()
    assert row.revoked_at is None
    staff.user_permissions.add(Permission.objects.get(codename="change_apitoken"))
    client.post(LIST, body)
    row.refresh_from_db()
    assert row.state() == "revoked"


def test_the_page_of_a_token_has_a_revoke_button(staff: User) -> None:
    row, _ = tokens.issue(staff, name="robot", scopes=[])
    client, page = signed_in(staff), f"{LIST}{row.pk}/change/"
    button = "security_apitoken_revoke_now"
    assert f'name="{button}"' in client.get(page).content.decode()
    client.post(page, {"name": "renamed", button: "1"})
    row.refresh_from_db()
    assert (row.name, row.state()) == ("renamed", "revoked")


def test_a_tokens_scopes_and_user_can_not_be_changed(staff: User, root: User) -> None:
    row, _ = tokens.issue(staff, name="robot", scopes=["flags:evaluate"])
    posted = {"name": "robot", "scopes": "*", "user": root.pk, "digest": "x"}
    signed_in(staff).post(f"{LIST}{row.pk}/change/", posted)
    again = ApiToken.objects.get()
    assert (again.scopes, again.user, again.digest) == (row.scopes, staff, row.digest)


def test_grants_are_not_wider_than_ones_own(staff: User) -> None:
    client, other = signed_in(staff), User.objects.create_user("bob")
    path = "/admin/security/scopegrant/add/"
    client.post(path, {"scope": "registry:write", "user": other.pk, "group": ""})
    client.post(path, {"scope": "*", "user": staff.pk, "group": ""})
    assert not ScopeGrant.objects.filter(scope__in=["registry:write", "*"]).exists()
    client.post(path, {"scope": "flags:evaluate", "user": other.pk, "group": ""})
    assert ScopeGrant.objects.filter(user=other).exists()


def test_a_grant_goes_to_a_user_or_a_group(root: User) -> None:
    client, group = signed_in(root), Group.objects.create(name="operators")
    path = "/admin/security/scopegrant/add/"
    for user, to in (("", ""), (root.pk, group.pk)):
        answer = client.post(path, {"scope": "a", "user": user, "group": to})
        assert "Choose either a user or a group." in answer.content.decode()
    client.post(path, {"scope": "a", "user": "", "group": group.pk})
    assert ScopeGrant.objects.get().group == group


@pytest.mark.parametrize("model", ["auth/user", "auth/group", "security/scopegrant"])
def test_each_list_and_form_opens(root: User, model: str) -> None:
    client = signed_in(root)
    for page in ("", "add/"):
        assert client.get(f"/admin/{model}/{page}").status_code == 200
    assert client.get(f"/admin/auth/user/{root.pk}/change/").status_code == 200
    assert client.get(f"/admin/auth/user/{root.pk}/password/").status_code == 200


def test_only_superusers_make_and_change_superusers(staff: User, root: User) -> None:
    for codename in ("view_user", "change_user", "delete_user"):
        staff.user_permissions.add(Permission.objects.get(codename=codename))
    client = signed_in(staff)
    page = f"/admin/auth/user/{staff.pk}/change/"
    assert 'name="is_superuser"' not in client.get(page).content.decode()
    client.post(page, {"username": "ann", "is_superuser": "on", "is_staff": "on"})
    staff.refresh_from_db()
    assert not staff.is_superuser
    assert client.get(f"/admin/auth/user/{root.pk}/password/").status_code == 403
    assert client.post(f"/admin/auth/user/{root.pk}/delete/", {"post": "yes"}).status_code == 403
