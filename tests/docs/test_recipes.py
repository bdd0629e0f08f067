"""The recipes work: their commands on a running hub, and their programs as they stand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.examples import (
    ADDRESS,
    DOCS,
    Block,
    blocks,
    check_shell,
    install_command,
    navigation,
)
from tests.processes import ROOT, HubProcess, clean_environment

PAGES = navigation("recipes")
BLOCKS = [block for page in PAGES for block in blocks(page)]
SHELL = [block for block in BLOCKS if block.language == "sh"]
PROGRAMS = [block for block in BLOCKS if block.file.endswith(".py")]
PASSWORD = {"HUB_ADMIN_PASSWORD": "correct horse"}


def test_every_page_is_in_the_navigation() -> None:
    assert sorted(PAGES) == sorted(f"recipes/{path.name}" for path in (DOCS / "recipes").iterdir())


@pytest.mark.process
@pytest.mark.parametrize("block", SHELL, ids=[block.page for block in SHELL])
def test_the_commands_answer_what_they_promise(
    running_hub: HubProcess, tmp_path: Path, block: Block
) -> None:
    install_command(tmp_path)
    check_shell(
        block.text,
        folder=running_hub.folder,
        programs=tmp_path,
        port=running_hub.port,
        settings=PASSWORD,
    )


@pytest.mark.process
@pytest.mark.parametrize("block", PROGRAMS, ids=[block.file for block in PROGRAMS])
def test_the_programs_print_what_their_comments_say(running_hub: HubProcess, block: Block) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "hub", "token", "create", "--user", "admin", "--scope", "read"],
        cwd=running_hub.folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=True,
    )
    done = subprocess.run(
        [sys.executable, "-c", block.text.replace(ADDRESS, f"127.0.0.1:{running_hub.port}")],
        env=clean_environment(HUB_TOKEN=json.loads(made.stdout)["token"]),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == re.findall(r"^ *print\(.+\)  # (.+)$", block.text, re.M)
