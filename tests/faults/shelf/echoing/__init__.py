"""The service that is called while things go wrong."""
