#!/usr/bin/env python
"""The hub's command line, from a checkout. An installed hub has it as the command ``hub``."""

from __future__ import annotations

import sys

from hub.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
