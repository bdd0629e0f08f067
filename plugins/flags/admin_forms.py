"""The admin's forms for flags."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from plugins.flags.models import Environment, Flag, Prerequisite, Variant
from plugins.flags.validation import check_value, key_validator

_EXAMPLE = "small = 10\nlarge = 100"


class AddFlagForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new flag with its variants, so that the next page can offer them everywhere."""

    initial_variants = forms.CharField(
        label="Variants",
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 4, "placeholder": _EXAMPLE}),
        help_text="One a line: key = value. Texts may stand without quotation marks. The first is "
        "served by default, the last while the flag is off. A boolean flag has on and off "
        "without being told.",
    )

    class Meta:
        model = Flag
        fields = ("key", "name", "type", "description", "owner", "tags", "expires_at")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind = cleaned.get("type", "")
        try:
            variants = read_variants(cleaned.get("initial_variants", ""), kind)
            if not variants and kind != "boolean":
                raise ValidationError("A flag needs at least one variant.")
        except ValidationError as error:
            self.add_error("initial_variants", error)
        else:
            cleaned["initial_variants"] = variants or {"on": True, "off": False}
        return cleaned


def read_variants(text: str, kind: str) -> dict[str, Any]:
    """Values by key from lines such as ``large = 100``. Raises ValidationError."""
    variants: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, sign, value = (part.strip() for part in line.partition("="))
        if not sign:
            raise ValidationError(f"'{line}' is not of the form key = value.")
        key_validator(key)
        if key in variants:
            raise ValidationError(f"The variant '{key}' is given twice.")
        variants[key] = _read_value(value, kind)
        check_value(kind, variants[key])
    return variants


def _read_value(text: str, kind: str) -> Any:
    if kind == "string" and not text.startswith('"'):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise ValidationError(f"'{text}' is not JSON.") from None


class PrerequisiteForm(forms.ModelForm):  # type: ignore[type-arg]
    """One choice instead of two: the variant says the flag."""

    class Meta:
        model = Prerequisite
        fields = ("variant",)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        variant = cleaned.get("variant")
        if variant is not None:
            self.instance.required = variant.flag
            others = Prerequisite.objects.filter(
                flag=self.instance.flag_id, required=variant.flag
            ).exclude(pk=self.instance.pk)
            if others.exists():
                self.add_error("variant", "That flag is required already.")
        return cleaned


class VariantFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Refuses, as an error in the form, to delete a variant that has a share in a rollout."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            variant = form.instance
            if isinstance(variant, Variant) and variant.pk and (uses := variant.shares()):
                raise ValidationError(f"'{variant}' has a share in {', '.join(uses)}.")


class VariantChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A variant named with its flag."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.flag.key} yields {obj.key}"


class TryForm(forms.Form):
    """An environment and a context to evaluate a flag for."""

    environment = forms.ModelChoiceField(
        Environment.objects.all(),
        to_field_name="key",
        empty_label=None,
        widget=UnfoldAdminSelectWidget(),
    )
    context = forms.JSONField(
        required=False,
        initial={"targetingKey": "user-1"},
        widget=UnfoldAdminTextareaWidget({"rows": 10, "spellcheck": "false"}),
        help_text="JSON, as a program sends it. targetingKey is the user's key.",
    )

    def clean_context(self) -> dict[str, Any]:
        context = self.cleaned_data["context"]
        if context is None:
            return {}
        if not isinstance(context, dict):
            raise ValidationError('The context is a JSON object, such as {"targetingKey": "u"}.')
        return context
