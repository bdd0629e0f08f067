from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "hub.web"
    label = "hub_web"

    def ready(self) -> None:
        from django.core.checks import register

        from hub.operations import observers
        from hub.operations.findings import also_find
        from hub.sdk import sockets
        from hub.web.graphql.left_out import find_left_out
        from hub.web.metrics.calls import counts
        from hub.web.pages.checks import check_pages
        from hub.web.sockets.delivery import group_send

        register(check_pages)
        also_find("GraphQL", find_left_out)
        sockets.connect(group_send)
        observers.observe(counts.record)
