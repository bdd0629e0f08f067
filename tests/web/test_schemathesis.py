"""Schemathesis tries what the OpenAPI document promises against a running hub."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.processes import HubProcess, clean_environment
from tests.web.signed_in import admin_token, call

pytestmark = pytest.mark.process

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,unsupported_method"
)


def test_the_hub_keeps_what_its_document_promises(tmp_path: Path) -> None:
    # A hub of its own: the requests could switch anything.
    with HubProcess(tmp_path, settings={"HUB_ADMIN_PASSWORD": "correct horse"}) as hub:
        file = tmp_path / "openapi.json"
        file.write_text(json.dumps(_strict_document(hub)))
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", str(file)),
            *("--url", hub.url, "--header", f"Authorization: Bearer {admin_token(hub)}"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "10"),
            *("--generation-deterministic", "--continue-on-failure"),
            *("--checks", CHECKS, "--warnings", "off", "--no-color"),
        ]
        run = subprocess.run(
            command,
            cwd=tmp_path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert "No issues found" in run.stdout
        assert hub.failures == []


def _strict_document(hub: HubProcess) -> Any:
    """Without ``default``, which stands for every status: only those that are named are right."""
    _, document = call(hub, "GET", "/api/openapi.json")
    for item in document["paths"].values():
        for operation in item.values():
            del operation["responses"]["default"]
    return document
