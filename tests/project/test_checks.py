"""Checks of the hub's own settings."""

from __future__ import annotations

import pytest
from django.test import override_settings

from hub.project.checks import check_any_host, check_public_url
from hub.project.environment import Environment


@pytest.mark.parametrize(("url", "ids"), [("", ["hub.W102"]), ("http://hub.example", ["hub.W102"])])
def test_without_https_a_deployment_is_warned(url: str, ids: list[str]) -> None:
    with override_settings(ENVIRONMENT=Environment(HUB_PUBLIC_URL=url)):
        assert [found.id for found in check_public_url(app_configs=None)] == ids


def test_with_https_it_is_not() -> None:
    with override_settings(ENVIRONMENT=Environment(HUB_PUBLIC_URL="https://hub.example")):
        assert check_public_url(app_configs=None) == []


@pytest.mark.parametrize(("hosts", "ids"), [(["*"], ["hub.W103"]), (["hub.example"], [])])
def test_answering_for_any_host_is_warned(hosts: list[str], ids: list[str]) -> None:
    with override_settings(ALLOWED_HOSTS=hosts):
        assert [found.id for found in check_any_host(app_configs=None)] == ids
