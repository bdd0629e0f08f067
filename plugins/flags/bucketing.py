"""Sticky percentage rollouts.

The bucket of a subject is a number from 0 to 99,999, a thousandth of a percent each::

    bucket = int.from_bytes(sha256(f"{salt}.{subject}".encode()).digest()[:8], "big") % 100_000

``salt`` is the flag's (its key, unless an operator chose another), ``subject`` the text of the
attribute that is bucketed by, by default the targeting key. A rollout lays its variants' shares
on 0 … 99,999 one after the other, in the order they are listed. So a subject always gets the same
variant, in every process and every environment; flags with different salts are independent; and
when one variant's share grows while no other grows, nobody loses that variant.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

BUCKETS: Final = 100_000


def bucket_of(salt: str, subject: str) -> int:
    """0 … 99,999. Lone surrogates in the subject are hashed as they are, not refused."""
    digest = sha256(f"{salt}.{subject}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS
