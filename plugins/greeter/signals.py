from __future__ import annotations

import logging

from hub.sdk import on_signal, signals

logger = logging.getLogger(__name__)


@on_signal(signals.plugin_enabled)
async def welcome(event: signals.PluginEnabled) -> None:
    """Greet each plugin that is switched on."""
    logger.info("Hello %s!", event.label)
