"""What people see where Django itself answers with an error: the hub's page, nothing internal."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from django.views import defaults


def test_an_address_that_is_nowhere() -> None:
    answer = Client().get("/nothing-here")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "There is nothing here" in page
    assert "/api/docs" in page


@pytest.mark.django_db
def test_a_form_from_elsewhere_is_told_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "load the page anew" in page


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (defaults.bad_request, 400),
        (defaults.permission_denied, 403),
        (defaults.page_not_found, 404),
    ],
)
def test_the_words_of_an_error_stay_inside(view: object, status: int) -> None:
    assert callable(view)
    answer = view(RequestFactory().get("/"), Http404("s3cret"))
    page = answer.content.decode()
    assert (answer.status_code, str(status) in page) == (status, True)
    assert "hub/pages.css" in page
    assert "s3cret" not in page


def test_an_error_inside() -> None:
    answer = defaults.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()
