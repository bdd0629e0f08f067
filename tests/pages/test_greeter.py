"""The greeter's page and its styles, in the hub itself."""

from __future__ import annotations

import pytest

from hub.project.asgi import application
from hub.web.lane.envelope import Envelope
from hub.web.pages.app import pages_app
from hub.web.pages.checks import check_pages
from tests.lane.driver import Request

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_page_greets() -> None:
    answer = await Request("/pages/greeter/hello/Ada%20%3Cb%3E").to(Envelope(pages_app))
    text = answer.body.decode()
    assert answer.status == 200
    assert "<h1>Hello Ada &lt;b&gt;!</h1>" in text
    assert "You are not signed in." in text


async def test_its_styles_are_served() -> None:
    page = await Request("/pages/greeter/hello/Ada").to(Envelope(pages_app))
    address = "/static/greeter/hello.css"
    assert f'href="{address}"' in page.body.decode()
    styles = await Request(address).to(application)
    assert (styles.status, styles.header("content-type")) == (200, 'text/css; charset="utf-8"')
    assert b"color-scheme: light dark" in styles.body
    tag = (styles.header("etag") or "").encode()
    again = await Request(address, headers=[(b"if-none-match", tag)]).to(application)
    assert (again.status, again.body) == (304, b"")


async def test_the_hub_styles_its_errors() -> None:
    assert (await Request("/static/hub/pages.css").to(application)).status == 200


def test_no_page_of_the_hub_lacks_its_template() -> None:
    assert check_pages(app_configs=None) == []
