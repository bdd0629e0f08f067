"""The app of the dispatch endpoint: its command and its check."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register


class RpcConfig(AppConfig):
    name = "hub.rpc"
    label = "hub_rpc"

    def ready(self) -> None:
        from hub.rpc.checks import check_locks

        register(check_locks)
