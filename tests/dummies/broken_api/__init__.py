"""Its api.py can't be imported; its action works."""
