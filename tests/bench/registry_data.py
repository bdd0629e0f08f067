"""Run by ``manage.py shell``: many instances, as if each had just registered, and a token.

``COUNT`` instances of 100 services are made beside those that are there.
"""

from __future__ import annotations

import json
import os

from django.contrib.auth.models import User

from hub.registry.clock import database_time
from hub.registry.instances.changes import Noted, note
from hub.registry.instances.rows import Address, Change, Instance, InstanceLease, InstanceService
from hub.security import tokens

count, owner = int(os.environ["COUNT"]), "admin"
begun = Instance.objects.count()
ids = [f"bench-{number:06}" for number in range(begun, begun + count)]
now = database_time()
generation = note(Noted("bench", ("bench",), Change.Kind.REMOVED), at=now)


def service_of(number: int) -> str:
    return f"service-{number % 100}"


Instance.objects.bulk_create(
    [
        Instance(
            id=id,
            component=f"component-{number % 100}",
            services=[service_of(number)],
            source="api",
            owner=owner,
            status="UP",
            reported="UP",
            weight=100,
            own_weight=100,
            generation=generation,
            lease=30.0,
            registered_at=now,
            changed_at=now,
        )
        for number, id in enumerate(ids)
    ],
    batch_size=1000,
)
InstanceService.objects.bulk_create(
    [InstanceService(instance_id=id, name=service_of(number)) for number, id in enumerate(ids)],
    batch_size=2000,
)
Address.objects.bulk_create(
    [
        Address(instance_id=id, channel="dispatch-json", url=f"http://10.0.0.1:8000/{id}")
        for id in ids
    ],
    batch_size=2000,
)
now = database_time()
InstanceLease.objects.bulk_create(
    [
        InstanceLease(
            instance_id=id,
            generation=generation,
            owner=owner,
            reported="UP",
            duration=30.0,
            expires_at=now + 30.0,
            renewed_at=now,
        )
        for id in ids
    ],
    batch_size=2000,
)
user = User.objects.get(username=owner)
_, token = tokens.issue(
    user,
    name="bench",
    scopes=frozenset({"registry:read", "registry:write"}),
    expires_at=None,
)
print(json.dumps({"token": token, "generation": generation, "first": begun}))
