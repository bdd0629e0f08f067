"""Calls that outlive the failure of an address: retries, their budget, and who is left out."""
