"""Run by ``manage.py shell``: a flag with two rules, and a token that may evaluate it."""

from __future__ import annotations

import json

from django.contrib.auth.models import User

from hub.security import tokens
from plugins.flags.models import Environment, Flag, FlagState, Rule, Variant

environment = Environment.objects.get(is_default=True)
flag = Flag.objects.create(key="bench", type="boolean")
on, _ = Variant.objects.get_or_create(flag=flag, key="on", defaults={"value": True})
off, _ = Variant.objects.get_or_create(flag=flag, key="off", defaults={"value": False})
FlagState.objects.update_or_create(
    flag=flag,
    environment=environment,
    defaults={"enabled": True, "off_variant": off, "default_variant": off},
)
for position, attribute, operator, value, variant in (
    (1, "email", "ends_with", "@example.org", on),
    (2, "country", "in", "DE", on),
):
    condition = {"attribute": attribute, "operator": operator, "values": [value]}
    Rule.objects.create(
        flag=flag,
        environment=environment,
        position=position,
        conditions=[condition],
        variant=variant,
    )
user = User.objects.get(username="admin")
_, token = tokens.issue(user, name="bench", scopes=frozenset({"flags:evaluate"}), expires_at=None)
print(json.dumps({"token": token}))
