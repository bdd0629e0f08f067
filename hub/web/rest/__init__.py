"""REST: actions, the plugins' ninja routers and the registry's resources under ``/api``."""
