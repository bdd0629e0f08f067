"""System check ``hub.W041``: pages whose template is missing or broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

from hub.loader.checks import finding
from hub.operations.engine import engine
from hub.operations.operation import Operation


def check_pages(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [found for operation in engine().operations for found in findings_of(operation)]


def findings_of(operation: Operation) -> list[CheckMessage]:
    """The page answers 503 as long as this is so; all else of the operation works."""
    found: list[CheckMessage] = []
    for page in operation.pages:
        try:
            get_template(page.template)
        except TemplateDoesNotExist as error:
            missing = str(error) or page.template
            message = f"The page {page.path} of {operation.name} has no template {missing}."
        except (TemplateSyntaxError, UnicodeDecodeError) as error:
            message = f"The page {page.path} of {operation.name} has a broken template: {error}"
        else:
            continue
        hint = f"Put it into the plugin's folder templates/, as {page.template}."
        found.append(finding("041", message, hint=hint))
    return found
