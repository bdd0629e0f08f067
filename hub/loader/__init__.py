"""Plugins on disk become one frozen catalog in memory. No tables."""
