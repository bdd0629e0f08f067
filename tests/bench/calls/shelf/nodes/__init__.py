"""The plugin that is called."""
