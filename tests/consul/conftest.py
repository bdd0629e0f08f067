"""A hub asked as a Consul, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from hub.operations import switches
from hub.security.lookups import known
from hub.security.models import ScopeGrant
from hub.testing.client import HubClient
from hub.testing.tokens import issue_token
from tests.consul.served import ServedConsul, served_in


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Each test's database is new: nothing this process knows of the last one may count."""
    known.forget()
    switches.forget()
    yield
    known.forget()
    switches.forget()


def token_of(name: str, *scopes: str) -> str:
    user, _ = User.objects.get_or_create(username=name)
    for scope in scopes:
        ScopeGrant.objects.get_or_create(user=user, scope=scope)
    return issue_token(user, scopes=scopes)


class Consul:
    """Asks for what lies below ``/v1/``."""

    def __init__(self, token: str) -> None:
        self.hub = HubClient(headers={"x-consul-token": token})

    def get(self, path: str) -> Any:
        """The document."""
        answer = self.hub.get(f"/v1/{path}")
        assert answer.status == 200, answer.text
        return answer.json()

    def put(self, path: str, data: Any = b"", *, status: int = 200) -> str:
        """What is answered, as text."""
        answer = self.hub.put(f"/v1/{path}", data)
        assert answer.status == status, answer.text
        return answer.text

    def refused(self, path: str, *, status: int) -> str:
        answer = self.hub.get(f"/v1/{path}")
        assert answer.status == status, answer.text
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.text

    def register(self, name: str = "web", **values: Any) -> None:
        self.put("agent/service/register", {"Name": name, "Address": "10.0.0.5", **values})

    def register_ttl(self, name: str = "web", *, ttl: str = "10s", **values: Any) -> None:
        self.register(name, Port=80, Check={"TTL": ttl, "Status": "passing"}, **values)

    def health(self, name: str = "web") -> str:
        """The status of the only instance: of its checks the worst."""
        [entry] = self.get(f"health/service/{name}")
        found = {check["Status"] for check in entry["Checks"]}
        return next(each for each in ("critical", "warning", "passing") if each in found)


@pytest.fixture
def consul(transactional_db: None) -> Consul:
    return Consul(token_of("ann", "registry:read", "registry:write"))


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedConsul]:
    with served_in(tmp_path_factory.mktemp("consul")) as found:
        yield found
