"""Flags, their variants, environments, and the state of each flag in each environment."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from plugins.flags.models.tracked import Tracked
from plugins.flags.validation import check_value, clean_weights, key_validator

KEY_LENGTH = 100


class FlagType(models.TextChoices):
    BOOLEAN = "boolean", "Boolean"
    STRING = "string", "String"
    INTEGER = "integer", "Integer"
    FLOAT = "float", "Float"
    OBJECT = "object", "Object"


class Environment(Tracked):
    """Where programs run: production, staging … Each has its own state of every flag."""

    key = models.CharField(max_length=KEY_LENGTH, unique=True, validators=[key_validator])
    name = models.CharField(max_length=200)
    is_default = models.BooleanField(
        "default",
        default=False,
        help_text="Programs that name no environment get this one.",
    )
    position = models.PositiveIntegerField(default=0, help_text="The order in lists.")

    class Meta:
        ordering = ("position", "key")
        constraints = [
            models.UniqueConstraint(
                fields=("is_default",),
                condition=models.Q(is_default=True),
                name="flags_one_default_environment",
            )
        ]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        self.refuse_change_of("key")
        stored = self.stored()
        if stored is not None and stored.is_default and not self.is_default:
            raise ValidationError({"is_default": "Make another environment the default instead."})

    def validate_constraints(self, exclude: Any = None) -> None:
        """``save`` takes the mark from the former default, so that one can't be in the way."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.full_clean()
        with transaction.atomic():
            adding = self._state.adding
            if self.is_default:
                for other in Environment.objects.filter(is_default=True).exclude(pk=self.pk):
                    other.is_default = False
                    # Past the row's own check, which wants another default to exist first.
                    models.Model.save(other)
            super().save(*args, **kwargs)
            if adding:
                for flag in Flag.objects.all():
                    flag.ensure_states()


class Flag(Tracked):
    """A question a program asks; the answer is one of the variants."""

    key = models.CharField(
        max_length=KEY_LENGTH,
        unique=True,
        validators=[key_validator],
        help_text="What programs ask for, such as new-checkout. It can't be changed later.",
    )
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    type = models.CharField(
        max_length=10,
        choices=FlagType,
        default=FlagType.BOOLEAN,
        help_text="What kind of values the variants hold. It can't be changed later.",
    )
    owner = models.CharField(max_length=200, blank=True, help_text="The team or person to ask.")
    tags = models.CharField(max_length=500, blank=True, help_text="Words separated by commas.")
    archived = models.BooleanField(
        default=False, help_text="An archived flag is gone for programs and kept here."
    )
    expires_at = models.DateTimeField(
        "expires",
        null=True,
        blank=True,
        help_text="From then on the flag serves its off variant everywhere.",
    )
    salt = models.CharField(
        max_length=KEY_LENGTH,
        blank=True,
        help_text="Percentage rollouts depend on it: a new salt deals everybody anew. "
        "Flags with the same salt pick the same people. By default the key.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def tag_list(self) -> list[str]:
        return [tag.strip() for tag in self.tags.split(",") if tag.strip()]

    def clean(self) -> None:
        self.refuse_change_of("key", "type")
        self.salt = self.salt or self.key
        self.tags = ", ".join(self.tag_list)
        if self.archived and self.pk:
            needing = list(self.dependants.values_list("flag__key", flat=True))
            if needing:
                names = ", ".join(needing)
                raise ValidationError({"archived": f"It is a prerequisite of {names}."})

    def ensure_states(self) -> None:
        """A state, off, for each environment that has none; like the default one's variants."""
        variants = list(self.variants.all())
        if not variants:
            return
        states = {state.environment_id: state for state in self.states.all()}
        pattern = next(iter(states.values()), None)
        for environment in Environment.objects.exclude(pk__in=states):
            FlagState.objects.create(
                flag=self,
                environment=environment,
                off_variant=pattern.off_variant if pattern else variants[-1],
                default_variant=pattern.default_variant if pattern else variants[0],
            )


class Variant(Tracked):
    """One of a flag's answers, with a name of its own."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="variants")
    key = models.CharField(max_length=KEY_LENGTH, validators=[key_validator])
    value = models.JSONField(help_text="JSON of the flag's type.", blank=True)
    description = models.CharField(max_length=300, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("flag", "key"),
                name="flags_variant_key_once",
                violation_error_message="The flag has a variant of that key already.",
            )
        ]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        if not self.flag_id:
            return
        try:
            check_value(self.flag.type, self.value)
        except ValidationError as error:
            raise ValidationError({"value": error.messages}) from None
        stored = self.stored()
        if stored is not None and stored.key != self.key and (uses := stored.shares()):
            raise ValidationError({"key": f"'{stored.key}' has a share in {', '.join(uses)}."})

    def shares(self) -> list[str]:
        """The rollouts that this variant has a share in, in words."""
        uses = [
            f"the default of {state.environment}"
            for state in self.flag.states.select_related("environment")
            if any(entry.get("variant") == self.key for entry in state.weights)
        ]
        uses += [
            f"the rule '{rule}' in {rule.environment}"
            for rule in self.flag.rules.select_related("environment")
            if any(entry.get("variant") == self.key for entry in rule.weights)
        ]
        uses += [
            f"a change of {step.environment} scheduled for {step.at:%Y-%m-%d %H:%M}"
            for step in self.flag.scheduled.filter(status="pending").select_related("environment")
            if any(entry.get("variant") == self.key for entry in step.weights)
        ]
        return uses


class FlagState(Tracked):
    """A flag in one environment: on or off, and what it serves when no rule matches."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="states")
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="states")
    enabled = models.BooleanField("on", default=False)
    off_variant = models.ForeignKey(
        Variant, on_delete=models.RESTRICT, related_name="+", help_text="Served while off."
    )
    default_variant = models.ForeignKey(
        Variant,
        on_delete=models.RESTRICT,
        related_name="+",
        help_text="Served when no rule matches, unless percentages are given.",
    )
    weights = models.JSONField(
        "percentages",
        default=list,
        blank=True,
        help_text="A rollout for everybody whom no rule matches. 100 in sum, or none.",
    )
    bucket_by = models.CharField(
        max_length=200, default="targetingKey", help_text="Who has the same value, gets the same."
    )

    class Meta:
        verbose_name = "state"
        ordering = ("environment__position", "environment__key")
        constraints = [
            models.UniqueConstraint(fields=("flag", "environment"), name="flags_one_state")
        ]

    def __str__(self) -> str:
        return f"{self.flag} in {self.environment}"

    def clean(self) -> None:
        check_own_variants(self, "off_variant", "default_variant")


def check_own_variants(row: FlagState | Any, *names: str) -> None:
    """The row's variants and shares must be its flag's."""
    if row.flag_id is None:
        return
    known = dict(row.flag.variants.values_list("pk", "key")) if row.flag.pk else {}
    for name in names:
        chosen = getattr(row, f"{name}_id")
        if chosen is not None and chosen not in known:
            raise ValidationError({name: "This is not a variant of the flag."})
    try:
        row.weights = clean_weights(row.weights, variants=known.values())
    except ValidationError as error:
        raise ValidationError({"weights": error.messages}) from None
