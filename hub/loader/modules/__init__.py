"""Readers of the convention modules, one each."""
