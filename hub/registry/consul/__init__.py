"""Consul's HTTP API over the hub's registry, so that programs written for Consul join unchanged."""
