from __future__ import annotations

from hub.sdk import StaticMount, allow_all

mounts = [StaticMount("/card", "card", html=True, access=allow_all)]
