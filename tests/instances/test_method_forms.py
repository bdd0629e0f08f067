"""The form of a method: members stand there by the names that travel between programs."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hub.client.methods import remote_service
from hub.registry.instances.method_forms import MethodForm
from hub.sdk import service


class Letter(BaseModel):
    from_: str = Field(alias="from")


@service(name="post")
class Post:
    def send(self, letter: Letter) -> str: ...


def test_members_with_aliases_are_read_by_either_name() -> None:
    form = MethodForm("post", "send", (), remote_service(Post).methods["send"])
    for name in ("from_", "from"):
        _, arguments = form.filled({"letter": {name: "Ann"}})
        assert arguments["letter"].from_ == "Ann"
