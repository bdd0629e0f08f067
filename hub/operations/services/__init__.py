"""Services at work: their methods as operations, calls by interface, what components do here."""
