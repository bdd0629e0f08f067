"""Forms of the admin's pages of access: nobody gives more than he holds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from hub.sdk.callers import EVERY_SCOPE
from hub.security.models import ApiToken, ScopeGrant
from hub.security.scopes import Scopes, format_scopes, parse_scopes, scopes_of


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new token. ``maker`` is who makes it, set by the admin."""

    maker: User

    class Meta:
        model = ApiToken
        fields = ("user", "name", "scopes", "expires_at")

    def clean_scopes(self) -> str:
        return format_scopes(parse_scopes(self.cleaned_data["scopes"]))

    def clean_expires_at(self) -> Any:
        moment = self.cleaned_data["expires_at"]
        if moment is not None and moment <= timezone.now():
            raise ValidationError("This lies in the past.", code="past")
        return moment

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        owner = data.get("user", self.maker)
        if owner.is_superuser and not self.maker.is_superuser:
            self.add_error("user", "Only superusers can make tokens for superusers.")
        wanted = parse_scopes(data.get("scopes", ""))
        if owner == self.maker:
            wanted -= {EVERY_SCOPE}  # for oneself it means no more than one holds
        refuse_more_than_held(self, "scopes", wanted=wanted, giver=self.maker)
        return data


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who holds a scope. ``maker`` is who grants it, set by the admin."""

    maker: User

    class Meta:
        model = ScopeGrant
        fields = ("scope", "user", "group")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        wanted = frozenset({data["scope"]}) if data.get("scope") else frozenset()
        refuse_more_than_held(self, "scope", wanted=wanted, giver=self.maker)
        return data


def refuse_more_than_held(form: forms.BaseForm, field: str, *, wanted: Scopes, giver: User) -> None:
    held = scopes_of(giver)
    missing = frozenset() if EVERY_SCOPE in held else wanted - held
    if missing:
        form.add_error(field, f"You don't hold: {format_scopes(missing)}")
