"""Tasks that call a service which another process implements."""
