"""A mark for tests of how threads keep their connections."""

from __future__ import annotations

import pytest
from django.db import connection

embedded_only = pytest.mark.skipif(
    connection.vendor != "sqlite",
    reason="PostgreSQL's connections come from a pool, which threads share",
)
