"""docker/: linted, and held to what it promises. No engine runs here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hub import __version__
from tests.processes import ROOT, Program, clean_environment, free_port

DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
HADOLINT = Path(sys.executable).with_name("hadolint")
INSTRUCTION = re.compile(r"^([A-Z]+) ", re.MULTILINE)


def has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    done = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint is not made for this machine")
def test_the_dockerfile_passes_its_linter() -> None:
    done = subprocess.run(
        [HADOLINT, str(DOCKER / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not has_compose(), reason="no docker compose on this machine")
def test_compose_accepts_its_file() -> None:
    done = subprocess.run(
        ["docker", "compose", "-f", str(DOCKER / "compose.yaml"), "config", "--quiet"],
        env=clean_environment(
            HUB_SECRET_KEY="k" * 40, HUB_PUBLIC_URL="https://hub.example", POSTGRES_PASSWORD="p"
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_images_are_pinned() -> None:
    (python,) = re.findall(r"^ARG PYTHON=(\S+)$", DOCKERFILE, re.MULTILINE)
    images = [service["image"] for service in COMPOSE["services"].values()]
    for tag in (python, *(image.partition(":")[2] for image in images)):
        assert re.match(r"\d+\.\d+", tag)
    assert images[0] == f"hub:{__version__}"


def test_the_image_is_small_in_rights() -> None:
    final = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    instructions = INSTRUCTION.findall(final)
    (user,) = re.findall(r"^USER (\S+)$", final, re.MULTILINE)
    assert int(user) > 0
    assert instructions.index("USER") < instructions.index("CMD")
    assert {"HEALTHCHECK", "STOPSIGNAL", "LABEL"} <= set(instructions)
    assert "ADD" not in INSTRUCTION.findall(DOCKERFILE)
    assert "--require-hashes" in DOCKERFILE


def test_everything_that_is_copied_exists_and_is_not_ignored() -> None:
    allowed = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for name in " ".join(copies).split():
        assert (ROOT / name).exists()
        assert f"!{name}" in allowed


def test_the_start_is_ordered_by_health() -> None:
    for name, service in COMPOSE["services"].items():
        for other, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}, f"{name} on {other}"
            assert other == "web" or "healthcheck" in COMPOSE["services"][other]
    assert COMPOSE["services"]["worker"]["depends_on"].keys() == {"web"}


def test_no_secret_is_written_down() -> None:
    for name, value in COMPOSE["x-hub"]["environment"].items():
        if name.endswith(("KEY", "PASSWORD")):
            assert value.startswith("${")


@pytest.mark.process
def test_the_health_check_fails_without_a_hub_and_imports_little(tmp_path: Path) -> None:
    assert "import django" not in (DOCKER / "healthcheck.py").read_text()
    environment = clean_environment(HUB_HEALTH_PORT=str(free_port()))
    command = ["python3", "-S", str(DOCKER / "healthcheck.py")]
    with Program(command, folder=tmp_path, environment=environment) as check:
        assert check.process.wait(timeout=30) == 1
    assert "not ready" in check.output


@pytest.mark.process
def test_the_health_check_passes_with_a_hub(tmp_path: Path, running_hub: object) -> None:
    port = running_hub.port  # type: ignore[attr-defined]
    command = ["python3", "-S", str(DOCKER / "healthcheck.py")]
    environment = clean_environment(HUB_HEALTH_PORT=str(port))
    with Program(command, folder=tmp_path, environment=environment) as check:
        assert check.process.wait(timeout=30) == 0, check.output
