"""A plugin for real processes that puts secrets wherever a careless author would."""

from __future__ import annotations

from pathlib import Path

OWN = {
    "HUB_SECRET_KEY": "s3cret-key-of-the-hub-with-more-than-32-characters",
    "HUB_ADMIN_PASSWORD": "pa55 of the admin",
    "HUB_JWT_KEYS": '[{"kid": "other", "algorithm": "HS256", "key": '
    '"jwt-k3y-of-another-program-32-characters", "issuer": "them", "audience": "us"}]',
    "VAULT_API_TOKEN": "t0ken-of-some-service",
}
OWN_SECRETS = (
    OWN["HUB_SECRET_KEY"],
    OWN["HUB_ADMIN_PASSWORD"],
    "jwt-k3y-of-another-program-32-characters",
    OWN["VAULT_API_TOKEN"],
)
API_TOKEN = "hub_0123abcd_" + "5e" * 32
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLW9mLWFubg"
URL_PASSWORD = "passw0rd-in-an-address"
TASK_ARGUMENT = "passw0rd-for-the-task"
IN_SETTING = "passw0rd-in-a-schedule"

MODULES = {
    "__init__": "",
    "apps": """\
from hub.sdk import PluginConfig


class Vault(PluginConfig):
    version = "1.0"
    summary = "Made for tests."
""",
    "actions": f'''\
import logging
import os

import structlog

from hub.sdk import allow_all, action, get, post, trace_headers

logger = logging.getLogger(__name__)
structured = structlog.get_logger("vault.structured")


def careless(password):
    everything = dict(os.environ)
    logger.warning("environment %s", everything)
    logger.info("the password is password=%s, the call %r", password, {{"api_key": password}})
    structured.warning("looked up", password=password, nested={{"headers": [("cookie", password)]}})
    try:
        raise ValueError(f"authorization: Bearer {API_TOKEN}")
    except ValueError as error:
        raise RuntimeError(
            f"postgres://hub:{URL_PASSWORD}@db/hub password={{password!r}} {JWT}"
            f" {{os.environ['HUB_SECRET_KEY']}} {{os.environ['VAULT_API_TOKEN']}}"
        ) from error


@action(get(), access=allow_all)
def look(password: str) -> str:
    careless(password)


@action(post(), access=allow_all)
async def open_it(password: str, tries: int = 1) -> str:
    careless(password)


@action(post(), access=allow_all)
def send() -> dict:
    from vaults.vault.tasks import use

    use.delay("{TASK_ARGUMENT}-by-position", password="{TASK_ARGUMENT}")
    return trace_headers()


@action(get(), access=allow_all)
def whisper() -> str:
    logging.getLogger("vaults.vault.whispers").debug("a whisper")
    logger.info("talks of it")
    return "done"
''',
    "health": f"""\
from hub.sdk import health_check


@health_check()
def reaches_the_bank():
    raise RuntimeError("postgres://hub:{URL_PASSWORD}@bank/money")
""",
    "consumers": f"""\
raise RuntimeError("token={API_TOKEN} postgres://hub:{URL_PASSWORD}@db/hub")
""",
    "api": """\
from ninja import Router

from hub.sdk import RouteAccess, allow_all

router = Router(auth=RouteAccess(allow_all))


@router.get("/headers")
def headers(request):
    raise RuntimeError(f"{request.headers} {request.headers['X-Vault-Key']} {request.COOKIES}")
""",
    "tasks": f"""\
import logging

from celery import shared_task

from hub.sdk import every

logger = logging.getLogger(__name__)


@shared_task
def use(position, password):
    logger.warning("uses password=%s", password)
    raise RuntimeError(f"password={{password}}")


@shared_task
def clean(password):
    raise RuntimeError(f"postgres://hub:{URL_PASSWORD}@db/hub {{dict(password=password)}}")


schedules = {{"clean": every(seconds=1, arguments={{"password": "{IN_SETTING}"}})}}
""",
}


def write_plugin(folder: Path) -> dict[str, str]:
    """Write it below ``folder``; the settings with which a hub in that folder has it."""
    package = folder / "vaults" / "vault"
    package.mkdir(parents=True)
    for name, source in MODULES.items():
        (package / f"{name}.py").write_text(source)
    return {"HUB_PLUGIN_DIRS": str(package.parent), **OWN}
