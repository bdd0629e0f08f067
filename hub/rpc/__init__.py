"""Serving calls: the dispatch endpoint, streams, the wire of aspyx-service."""
