"""The hub: declare an action once, reach it everywhere, manage it in the Django admin."""

from __future__ import annotations

__version__ = "0.1.0"
