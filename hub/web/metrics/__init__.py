"""``/metrics``: what monitors that read numbers are told of this process and of the registry."""
