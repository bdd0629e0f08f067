"""WebSockets: origin, authentication, access and limits around the consumers of plugins."""
