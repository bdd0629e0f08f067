"""Settings in layers: where each value comes from, how they merge, and what is wrong with them.

Lowest first: the declared default, ``hub.toml``, ``<plugin>.toml``, the file given by ``--config``,
the admin, the environment, ``--set``. Nothing here imports Django's apps before they are ready, so
the settings file itself is made with it.
"""
