"""``python -m tests.bench.calls``: calls of services, beside aspyx-service."""
