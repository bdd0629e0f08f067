"""A package without apps.py."""
