from hub.sdk import PluginConfig


class Depot(PluginConfig):
    name = "depots.depot"
    version = "1.0"
    summary = "Serves what clients are tested with."
