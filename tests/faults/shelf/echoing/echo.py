"""The interface: imported by the calling side, without Django."""

from __future__ import annotations

from hub.sdk import allow_all, get, service


@service(access=allow_all)
class Echo:
    @get("/who")
    async def who(self) -> str:
        """The name of the instance that answers."""
        raise NotImplementedError
