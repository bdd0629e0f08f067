"""A hub that is part of another one's registry knows the services that it finds and calls there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bells import BELLS
from tests.faults.landscape import wait_for
from tests.processes import HubProcess, answer
from tests.web.signed_in import admin_token, call

pytestmark = pytest.mark.process

PASSWORD = {"HUB_ADMIN_PASSWORD": "correct horse"}
MODULES = {
    "__init__": "",
    "apps": BELLS["apps"],
    "bells": BELLS["services"],  # a module that contributes nothing: the plugin declares no service
    "actions": """
from hub.sdk import action, allow_all, get, get_service
from .bells import Bells

@action(get(), access=allow_all)
def ring() -> None:
    get_service(Bells).ring()
""",
}


def test_a_service_of_another_registry_is_known_by_the_calls_to_it(tmp_path: Path) -> None:
    package = tmp_path / "towers" / "ringing"
    package.mkdir(parents=True)
    for name, text in MODULES.items():
        (package / f"{name}.py").write_text(text)
    for name in ("far", "near"):
        (tmp_path / name).mkdir()
    with HubProcess(tmp_path / "far", settings=PASSWORD) as far:
        token = far.token("registry:read", "registry:write")
        addresses = {"dispatch-json": "http://127.0.0.1:9/rpc"}
        tower = {"id": "tower-1", "component": "tower", "services": ["bells"]}
        body = {**tower, "addresses": addresses}
        status, told = call(far, "POST", "/api/registry/instances", body, token=token)
        assert status == 201, told
        settings = PASSWORD | {
            "HUB_PLUGIN_DIRS": str(package.parent),
            "HUB_REGISTRY": far.url,
            "HUB_REGISTRY_TOKEN": token,
        }
        with HubProcess(tmp_path / "near", settings=settings) as near:
            own = admin_token(near)

            def called() -> list[str]:
                _, found = call(near, "GET", "/api/registry/services?known=called", token=own)
                return [each["name"] for each in found["results"]]

            assert called() == []
            assert answer(f"{near.url}/api/ringing/ring")[0] == 503
            wait_for(lambda: called() == ["bells"])
            _, told = call(near, "GET", "/api/registry/circuits?service=bells", token=own)
            assert [each["instance"] for each in told["circuits"]] == ["tower-1"]
