"""Services as the loader reads them: what they provide, and whether their parts fit together."""
