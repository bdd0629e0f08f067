"""The engine: operations compiled from declarations, and the one pipeline that calls them."""
