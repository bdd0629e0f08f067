"""Taking a plugin's data out of the database: what would go, why it can't, and doing it."""
