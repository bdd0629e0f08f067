"""HTTP/1.1 over kept connections, for threads and for event loops."""
