"""A plugin for the tests of web servers."""
