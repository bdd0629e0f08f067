"""The tour: each kind of contribution once, in the fewest lines."""
