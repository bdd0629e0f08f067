"""What programs send to join and to stay, and what they are answered, as the API describes it."""

from typing import Any, Literal

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from hub.client.instances import LARGEST_WEIGHT, InstanceStatus, Registration
from hub.registry.instances.acts import LONGEST_REASON
from hub.registry.instances.judging import LONGEST_LEASE, SHORTEST_LEASE
from hub.registry.instances.rows import LONGEST_ID
from hub.wire.problem import MEDIA_TYPE

Said = Literal["UP", "STARTING", "DRAINING", "OUT_OF_SERVICE", "DOWN"]

_JOINING: dict[str, JsonValue] = {
    "id": "shop-7f3a:8000:warehouse",
    "component": "warehouse",
    "services": ["inventory"],
    "addresses": {"dispatch-json": "http://10.0.0.7:8000/rpc"},
    "version": "1.4.0",
    "zone": "north",
}


class RegistrationBody(Schema):
    """``id`` is the program's own choice and the same after a restart. ``addresses`` are base URLs
    by channel, ``contracts`` hashes of interfaces by service, ``lease`` is in seconds."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _JOINING})

    id: str = Field(min_length=1, max_length=LONGEST_ID)
    component: str = Field(min_length=1)
    services: list[str] = Field(default_factory=list)
    addresses: dict[str, str] = Field(default_factory=dict)
    version: str = ""
    weight: int = Field(100, strict=True, ge=0, le=LARGEST_WEIGHT)
    zone: str = ""
    metadata: dict[str, str] = Field(default_factory=dict)
    contracts: dict[str, str] = Field(default_factory=dict)
    lease: float | None = Field(
        None, ge=SHORTEST_LEASE, le=LONGEST_LEASE, description="By default the hub's."
    )
    status: Said = "UP"

    def registration(self, *, lease: float) -> Registration:
        """``lease`` is for those who name none."""
        return Registration(
            id=self.id,
            component=self.component,
            services=tuple(self.services),
            addresses=self.addresses,
            version=self.version,
            weight=self.weight,
            zone=self.zone,
            metadata=self.metadata,
            contracts=self.contracts,
            lease=self.lease or lease,
            status=InstanceStatus(self.status),
        )


class RenewalBody(BaseModel):
    """``generation`` is what the registration was answered; ``status`` is sent where it changes,
    or always."""

    # Of Pydantic itself: reading it must not pass through ninja's view of Django objects.
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"generation": 4711, "status": "UP"}}
    )

    generation: int = Field(strict=True, ge=0, le=2**63 - 1)
    status: Said | None = None


class SteeringBody(Schema):
    """``reason`` is kept in the history; ``weight`` is for ``weigh``, null is the instance's own
    word."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "new disk"}})

    reason: str = Field(min_length=1, max_length=LONGEST_REASON)
    weight: int | None = Field(None, strict=True, ge=0, le=LARGEST_WEIGHT)


class LeaseAnswer(Schema):
    """``lease`` and ``renew_in`` are in seconds."""

    id: str
    generation: int
    lease: float
    renew_in: float


class JoinedAnswer(LeaseAnswer):
    """``index`` is from where a watch hears of all that comes after."""

    index: int


def errors(**by_status: str) -> dict[str, Any]:
    """For ``openapi_extra``: descriptions of problem answers, as ``_404="…"``."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "responses": {
            int(status.strip("_")): {
                "description": description,
                "content": {MEDIA_TYPE: {"schema": schema}},
            }
            for status, description in by_status.items()
        }
    }


def answers(description: str, schema: dict[str, Any], **by_status: str) -> dict[str, Any]:
    """The same with a document for 200."""
    told = errors(**by_status)
    told["responses"][200] = {
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }
    return told
