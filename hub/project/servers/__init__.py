"""Serving: listening sockets, the processes that share them, and the web server in each.

``serve`` opens the sockets (listening.py) and prepares the database. One process then serves by
itself (process.py, with_<server>.py); of several, and with ``--reload``, it becomes the supervisor
(supervisor.py), which imports the standard library only, and each of its children serves.
"""
