"""A plugin, as the texts of its modules, with a service that nobody here offers."""

from __future__ import annotations

from typing import Final

BELLS: Final = {
    "__init__": "",
    "apps": """
from hub.sdk import PluginConfig

class Ringing(PluginConfig):
    version = "1.0"
    summary = "Rings bells elsewhere."
""",
    "services": """
from hub.sdk import allow_all, method, service

@service(name="bells", access=allow_all)
class Bells:
    @method(idempotent=False)
    def ring(self) -> None:
        '''Implemented by nobody who answers.'''
        raise NotImplementedError
""",
}
