"""Its admin.py breaks after registering models; they must not stay registered."""
