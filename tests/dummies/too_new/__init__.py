"""Asks for a hub that is not out yet."""
