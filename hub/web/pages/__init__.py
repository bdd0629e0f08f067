"""Pages: operations whose result a plugin's template shows to people."""
