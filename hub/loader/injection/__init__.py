"""The graph of what is injected: read from the plugins, checked as a whole at start."""
