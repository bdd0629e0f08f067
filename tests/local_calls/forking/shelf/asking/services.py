from __future__ import annotations

from .doubling import Doubling

__all__ = ["Doubling"]
