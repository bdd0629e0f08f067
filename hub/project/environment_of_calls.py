"""The settings of calls to services in other processes."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings

from hub.client.choosing.named import STRATEGIES, strategy
from hub.client.settings import ClientSettings
from hub.operations.services.call_settings import CallSettings
from hub.project.setting_values import RegistryUrl, Words, named


class CallEnvironment(BaseSettings):
    """A part of :class:`hub.project.environment.Environment`."""

    channels: Words = named(
        "HUB_CHANNELS",
        (),
        "Channels to call services over, the preferred one first, separated by commas, such as "
        "dispatch-json,rest; without it the order in which each component names its own.",
    )
    choose: str = named(
        "HUB_CHOOSE",
        "least_of_two",
        "How one of several instances is chosen: least_of_two, round_robin, weighted, random, "
        "first, or sticky:<argument>.",
    )
    zone: str = named(
        "HUB_ZONE", "", "Where this hub runs: instances of the same zone are called first."
    )
    registry: RegistryUrl = named(
        "HUB_REGISTRY",
        "",
        "The registry that this hub announces itself in and finds services by: another hub, such "
        "as https://hub.example.com, or a Consul, such as consul+http://127.0.0.1:8500; without it "
        "its own.",
    )
    registry_token: SecretStr | None = named(
        "HUB_REGISTRY_TOKEN",
        None,
        "The token for HUB_REGISTRY; a hub's has the scopes registry:read and registry:write.",
    )
    client_token: SecretStr | None = named(
        "HUB_CLIENT_TOKEN",
        None,
        "The token with which this hub calls services of other processes on its own behalf.",
    )
    client_timeout: float = named(
        "HUB_CLIENT_TIMEOUT",
        5.0,
        "Deadline of a call to another process, in seconds, if neither the caller nor the "
        "operation says one.",
        gt=0,
        allow_inf_nan=False,
    )
    client_connect_timeout: float = named(
        "HUB_CLIENT_CONNECT_TIMEOUT",
        2.0,
        "How long making a connection to another process may take, in seconds.",
        gt=0,
        allow_inf_nan=False,
    )
    client_ca: Path | None = named(
        "HUB_CLIENT_CA",
        None,
        "A PEM file of authorities to trust in calls, besides those of the system.",
    )
    client_certificate: Path | None = named(
        "HUB_CLIENT_CERTIFICATE",
        None,
        "A PEM file of this hub's certificate with its key, for services that ask for one (mTLS).",
    )

    @field_validator("choose")
    @classmethod
    def _is_strategy(cls, value: str) -> str:
        try:
            strategy(value)
        except ValueError:
            raise ValueError(
                f"must be one of {', '.join(STRATEGIES)}, or sticky:<argument>"
            ) from None
        return value

    @field_validator("client_ca", "client_certificate")
    @classmethod
    def _is_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("must be a file that is there")
        return value

    @property
    def calls(self) -> CallSettings:
        client = ClientSettings(
            timeout=self.client_timeout,
            connect_timeout=self.client_connect_timeout,
            ca=str(self.client_ca or ""),
            certificate=str(self.client_certificate or ""),
        )
        return CallSettings(
            client=client,
            channels=self.channels,
            choose=self.choose,
            zone=self.zone,
            token=self.client_token,
        )
