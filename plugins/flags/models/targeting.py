"""Who gets what: rules, segments, prerequisites."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from plugins.flags.models.flags import (
    KEY_LENGTH,
    Environment,
    Flag,
    Variant,
    check_own_variants,
)
from plugins.flags.models.tracked import Tracked
from plugins.flags.validation import clean_conditions, key_validator


class Segment(Tracked):
    """People described once, used by the rules of any flag. All conditions must hold."""

    key = models.CharField(max_length=KEY_LENGTH, unique=True, validators=[key_validator])
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    conditions = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        self.refuse_change_of("key")
        try:
            self.conditions = clean_conditions(self.conditions, segments=None)
        except ValidationError as error:
            raise ValidationError({"conditions": error.messages}) from None
        if not self.conditions:
            raise ValidationError({"conditions": "A segment needs a condition."})

    def users(self) -> list[Rule]:
        """The rules that ask for this segment."""
        return [
            rule
            for rule in Rule.objects.select_related("flag", "environment")
            if any(
                self.key in condition.get("values", ())
                for condition in rule.conditions
                if "segment" in condition.get("operator", "")
            )
        ]


class Rule(Tracked):
    """In one environment: whoever fulfils all conditions gets a variant, or a share of several.

    The first rule that matches decides, in the order of ``position``.
    """

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="rules")
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveIntegerField(default=0, help_text="The lowest is tried first.")
    name = models.CharField(max_length=200, blank=True)
    conditions = models.JSONField(
        default=list, blank=True, help_text="All must hold. None at all means everybody."
    )
    variant = models.ForeignKey(
        Variant,
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
        help_text="What they get, or else percentages.",
    )
    weights = models.JSONField("percentages", default=list, blank=True)
    bucket_by = models.CharField(
        max_length=200, default="targetingKey", help_text="Who has the same value, gets the same."
    )

    class Meta:
        ordering = ("environment__position", "environment__key", "position", "pk")

    def __str__(self) -> str:
        return self.name or f"rule {self.position}"

    def get_inline_title(self) -> str:
        """What the admin writes above the rule."""
        return f"{self.environment}: {self}"

    def clean(self) -> None:
        check_own_variants(self, "variant")
        if bool(self.variant_id) == bool(self.weights):
            raise ValidationError({"variant": "Choose either one variant or percentages."})
        segments = set(Segment.objects.values_list("key", flat=True))
        try:
            self.conditions = clean_conditions(self.conditions, segments=segments)
        except ValidationError as error:
            raise ValidationError({"conditions": error.messages}) from None


class Prerequisite(Tracked):
    """Another flag that must yield a variant, in the same environment, or this one serves off."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="prerequisites")
    required = models.ForeignKey(
        Flag, on_delete=models.RESTRICT, related_name="dependants", verbose_name="required flag"
    )
    variant = models.ForeignKey(Variant, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("flag", "required"),
                name="flags_prerequisite_once",
                violation_error_message="That flag is required already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.required} must be {self.variant}"

    def clean(self) -> None:
        if not self.required_id or not self.flag_id:
            return
        if self.variant_id and self.variant.flag_id != self.required_id:
            message = f"'{self.variant}' is not a variant of {self.required}."
            raise ValidationError(message)
        if self.required.archived:
            raise ValidationError(f"{self.required} is archived.")
        path = self._path_back()
        if path:
            circle = " → ".join(path)
            raise ValidationError(f"Prerequisites would run in a circle: {circle}.")

    def _path_back(self) -> list[str]:
        """The keys from this flag over the required one back to this flag, or nothing."""
        needs: dict[int, list[tuple[int, str]]] = {}
        rows = Prerequisite.objects.exclude(pk=self.pk).select_related("required")
        for row in rows:
            needs.setdefault(row.flag_id, []).append((row.required_id, row.required.key))
        waiting = [(self.required_id, [self.flag.key, self.required.key])]
        seen: set[int] = set()
        while waiting:
            flag, path = waiting.pop()
            if flag == self.flag_id:
                return path
            if flag not in seen:
                seen.add(flag)
                waiting += [(following, [*path, key]) for following, key in needs.get(flag, ())]
        return []
