"""Channels: how a call becomes bytes, and bytes become a result or an exception."""
