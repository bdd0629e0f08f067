"""Registries that instances join and callers follow."""
