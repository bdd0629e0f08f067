"""How this hub calls services of other processes: its settings, typed."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import SecretStr

from hub.client.settings import ClientSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings:
    """``channels`` in order of preference; none: that of each component. ``token`` is the hub's
    own, for calls on its own behalf. Django's setting ``HUB_CALLS``."""

    client: ClientSettings = field(default_factory=ClientSettings)
    channels: tuple[str, ...] = ()
    choose: str = ""
    zone: str = ""
    token: SecretStr | None = None
