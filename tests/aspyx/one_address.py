"""For programs on aspyx-service 0.11.6: services that are all found at one address.

Such a program runs in an environment of its own, and puts this folder on its path. aspyx resolves
no annotations that are texts, so this module has none.
"""

import logging

from aspyx.di import Environment, create, module
from aspyx_service import (
    ChannelInstances,
    ComponentRegistry,
    ServiceManager,
    ServiceModule,
    SessionManager,
)


class OneAddress(ComponentRegistry):
    def __init__(self, url, channels):
        self.url = url
        self.channels = channels

    def register(self, descriptor, addresses):
        pass

    def deregister(self, descriptor):
        pass

    def watch(self, channel):
        pass

    def get_addresses(self, descriptor):
        return [ChannelInstances(descriptor.name, name, [self.url]) for name in self.channels]


def manager_at(url, channels):
    """What gives services; it is quiet."""

    @module(imports=[ServiceModule])
    class Calling:
        @create()
        def storage(self) -> SessionManager.Storage:  # nothing starts without one
            return SessionManager.InMemoryStorage()

        @create()
        def registry(self) -> ComponentRegistry:
            return OneAddress(url, channels)

    logging.disable(logging.WARNING)
    return Environment(Calling).get(ServiceManager)
