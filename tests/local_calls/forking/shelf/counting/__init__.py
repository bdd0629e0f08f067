"""What the tasks call; left out where they run."""
