"""Addresses of the pages that belong to a row."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import NoReverseMatch, reverse

DOCS: Final = "/api/docs"
REDOC: Final = "/api/redoc"
GRAPHQL: Final = "/graphql"
RPC: Final = "/rpc"
REGISTRY: Final = "/api/registry"


def page_of(row: Model) -> str:
    """The admin page of a row."""
    return action_page("change", row)


def action_page(action: str, row: Model) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{action}", args=(quote(row.pk),))


def operation_page(name: str) -> str:
    return reverse("admin:registry_operation_change", args=(quote(name),))


def plugin_page(label: str) -> str:
    return reverse("admin:registry_plugin_change", args=(quote(label),))


def list_of(model: type[Model]) -> str:
    """The admin list of a model, empty where the admin has none."""
    return named(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def named(name: str) -> str:
    """The address of that name, empty where this process serves none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def rpc(service: str) -> str:
    """Where a service is described; with ``.proto`` and ``.curl`` behind it, in other forms."""
    return f"{RPC}/{service}"


def instances_of(service: str) -> str:
    """Where programs read who offers a service."""
    return f"{REGISTRY}/instances?{urlencode({'service': service})}"


def changes_of(service: str) -> str:
    """Where programs follow that."""
    return f"{REGISTRY}/watch?{urlencode({'service': service})}"


def settings_page(label: str) -> str:
    """The page of a plugin's settings."""
    return reverse("admin:registry_plugin_settings", args=(quote(label),))


def roll_back_page(label: str, change: int) -> str:
    """Where a change of a plugin's settings is undone."""
    return reverse("admin:registry_plugin_settings_roll_back", args=(quote(label), change))
