from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register


class OperationsConfig(AppConfig):
    name = "hub.operations"
    label = "hub_operations"

    def ready(self) -> None:
        from hub.loader.boot import judge_settings_with
        from hub.operations import signals
        from hub.operations.checks import check_findings, check_operations
        from hub.operations.configuration.current import refusal_of
        from hub.operations.engine import engine
        from hub.operations.services.getting import get_service
        from hub.operations.threads import run_in_thread
        from hub.sdk import containers, services
        from hub.sdk import signals as sdk_signals
        from hub.sdk.followed import use_threads

        register(check_operations)
        register(check_findings)
        containers.connect(lambda: engine().container)
        services.connect(get_service)
        sdk_signals.connect(sdk_signals.Courier(send=signals.send, asend=signals.asend))
        judge_settings_with(refusal_of)
        use_threads(run_in_thread)
