"""What becomes of a call whose connection fails, and the sentences for it."""

from __future__ import annotations

import os
import ssl

from hub.client.calls import ConnectionLost, NotSent, TimedOut
from hub.client.transport.places import Origin


def unreachable(origin: Origin, error: BaseException) -> NotSent:
    return NotSent(f"{origin} can't be reached: {_reason(error)}.")


def too_slow_to_connect(origin: Origin, seconds: float) -> NotSent:
    return NotSent(f"{origin} can't be reached: no connection within {seconds:g} s.")


def late(origin: Origin) -> TimedOut:
    return TimedOut(f"{origin} gave no answer before the call's deadline.")


def broken(origin: Origin, error: BaseException | None, *, begun: bool) -> ConnectionLost:
    how = "in the middle of its answer" if begun else "before its answer"
    why = "" if error is None else f": {_reason(error)}"
    return ConnectionLost(f"The connection to {origin} broke {how}{why}.")


def refused_by_tls(error: BaseException | None, *, begun: bool) -> bool:
    """In TLS 1.3 a client's certificate is refused after the handshake; the server has then read
    nothing of the request."""
    return not begun and isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or "")


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    text = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.errno is not None:
        # Look-ups have numbers of their own, below 0.
        text = os.strerror(error.errno) if error.errno > 0 else error.strerror or text
    return text[:1].lower() + text[1:]
