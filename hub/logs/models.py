"""The levels that operators set for loggers, above what the settings say."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

ROOT: Final = "root"


class LogLevel(models.Model):
    """While the row is there, and ``until`` has not passed, the logger and those below it write
    from ``level`` on."""

    class Level(models.TextChoices):
        DEBUG = "DEBUG"
        INFO = "INFO"
        WARNING = "WARNING"
        ERROR = "ERROR"
        CRITICAL = "CRITICAL"

    logger = models.CharField(
        max_length=200,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[A-Za-z_][\w-]*(\.[\w-]+)*\Z",
                "A logger's name is words joined by dots, such as hub.web or plugins.flags.",
            )
        ],
        help_text="Such as hub.web or plugins.flags; it holds for all loggers below it, too. "
        "root is all of them.",
    )
    level = models.CharField(
        max_length=8, choices=Level.choices, help_text="What is less severe is not written."
    )
    until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="From then on the configured level holds again. Empty: until it is removed.",
    )
    changed_by = models.CharField(max_length=150, blank=True, editable=False)
    changed_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ("logger",)
        verbose_name = "log level"

    def __str__(self) -> str:
        return f"{self.logger}: {self.level}"

    def holds(self, *, now: datetime | None = None) -> bool:
        return self.until is None or self.until > (now or timezone.now())

    @property
    def number(self) -> int:
        """As the logging module counts."""
        return logging.getLevelNamesMapping()[self.level]
