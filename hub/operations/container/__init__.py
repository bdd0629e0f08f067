"""Dependency injection at work: plans made once, things made for the process or for one call."""
