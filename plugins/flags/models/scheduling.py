"""What shall happen to a flag, and when."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from plugins.flags.models.flags import Environment, Flag
from plugins.flags.models.tracked import Tracked
from plugins.flags.validation import clean_weights


class ScheduledChange(Tracked):
    """One step of a rollout, taken at its time: a rollout that starts and ends has two.

    From ``at`` on every process evaluates the flag as if it had been changed; within seconds the
    flag's state is changed indeed, and the step is *done*.
    """

    class What(models.TextChoices):
        ON = "on", "switch on"
        OFF = "off", "switch off"
        PERCENTAGES = "percentages", "set the percentages"

    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="scheduled")
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="scheduled")
    at = models.DateTimeField("when")
    what = models.CharField(max_length=20, choices=What, default=What.ON)
    weights = models.JSONField(
        "percentages",
        default=list,
        blank=True,
        help_text="The rollout for everybody whom no rule matches. 100 in sum.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    settled_at = models.DateTimeField("settled", null=True, blank=True, editable=False)
    error = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        verbose_name = "scheduled change"
        ordering = ("at", "pk")
        indexes = [models.Index(fields=("status", "at"), name="flags_scheduled_due")]

    def __str__(self) -> str:
        return f"{self.get_what_display()} at {self.at:%Y-%m-%d %H:%M:%S %Z}"

    def clean(self) -> None:
        stored = self.stored()
        if stored is not None and stored.status != self.Status.PENDING:
            raise ValidationError(f"This change is {stored.status} and can't be changed any more.")
        moved = stored is None or stored.at != self.at
        if moved and self.at is not None and self.at <= timezone.now():
            raise ValidationError({"at": "This time has passed."})
        if self.what != self.What.PERCENTAGES:
            self.weights = []
        elif self.flag_id and self.status == self.Status.PENDING:
            self._clean_weights()

    def _clean_weights(self) -> None:
        known = self.flag.variants.values_list("key", flat=True) if self.flag.pk else ()
        try:
            self.weights = clean_weights(self.weights, variants=list(known))
        except ValidationError as error:
            raise ValidationError({"weights": error.messages}) from None
        if not self.weights:
            raise ValidationError({"weights": "Say who gets what, 100 percent in sum."})
