"""The two pages that show the API come from the hub alone."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from hub.testing import HubClient

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/api/docs", "/api/redoc"]


@pytest.mark.parametrize("path", PAGES)
def test_the_page_names_no_other_host(path: str) -> None:
    answer = HubClient().get(path)
    assert answer.status == 200
    text = answer.body.decode()
    assert not re.findall(r"""(?:src|href|url)=?\s*[:(]?\s*["'](?:https?:)?//""", text)
    assert "//cdn" not in text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize("path", PAGES)
def test_all_that_the_page_loads_is_there(path: str) -> None:
    client = HubClient()
    loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get(path).body.decode())
    assert len(loaded) >= 2
    for address in loaded:
        assert client.get(address).status == 200, address


@pytest.mark.parametrize("path", PAGES)
def test_the_page_shows_the_document_of_this_hub(path: str) -> None:
    assert '"/api/openapi.json"' in HubClient().get(path).body.decode()


def test_trying_out_has_a_csrf_token_from_the_start() -> None:
    client = Client()
    client.get("/api/docs")
    assert client.cookies["csrftoken"].value


def test_the_page_says_who_is_calling(admin: object, client: HubClient) -> None:
    anonymous, signed_in = Client(), Client()
    signed_in.force_login(admin)  # type: ignore[arg-type]
    assert "/admin/login/?next=/api/docs" in anonymous.get("/api/docs").content.decode()
    assert "<strong>admin</strong>" in signed_in.get("/api/docs").content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_read_with_get_or_head(path: str) -> None:
    client = Client()
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


def test_browsers_find_an_icon_for_what_is_no_page() -> None:
    client = HubClient()
    found = client.get("/favicon.ico")
    assert found.status == 302
    icon = client.get(found.headers["location"])
    assert (icon.status, icon.headers["content-type"]) == (200, "image/svg+xml")
