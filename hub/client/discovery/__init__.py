"""Where services are: followed in the background, read without I/O."""
