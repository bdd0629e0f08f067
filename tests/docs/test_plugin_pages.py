"""The pages of docs/plugins build one plugin, which loads and does what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hub.loader.contributions import KINDS, SETTINGS
from tests.docs.examples import (
    ADDRESS,
    DOCS,
    Block,
    blocks,
    check_shell,
    install_command,
    navigation,
    write_files,
)
from tests.processes import ROOT, HubProcess, clean_environment

PAGES = navigation("plugins")
BLOCKS = [block for page in PAGES for block in blocks(page)]
FILES = [block for block in BLOCKS if block.file.startswith("plugins/")]
SHELL = [block for block in BLOCKS if block.language == "sh"]
PROGRAMS = [block for block in BLOCKS if block.file and block not in FILES]

OWN_PAGES = {"admin": "django"}
STRICT = {"HUB_STRICT": "true", "HUB_ADMIN_PASSWORD": "correct horse"}


def test_every_page_is_in_the_navigation() -> None:
    assert sorted(PAGES) == sorted(f"plugins/{path.name}" for path in (DOCS / "plugins").iterdir())


@pytest.mark.parametrize("module", [kind.module for kind in (SETTINGS, *KINDS)])
def test_every_kind_has_a_page_with_an_example_of_its_module(module: str) -> None:
    page = f"plugins/{OWN_PAGES.get(module, module)}.md"
    assert f"plugins/shop/{module}.py" in {block.file for block in blocks(page)}
    assert f"`{module}.py`" in (DOCS / "plugins" / "index.md").read_text()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub with the plugin, which would not start if anything of it failed."""
    folder = tmp_path_factory.mktemp("shop")
    write_files(FILES, folder)
    install_command(folder / "programs")
    subprocess.run(
        [sys.executable, "-m", "hub", "makemigrations", "shop", "--verbosity", "0"],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        check=True,
    )
    with HubProcess(folder, settings=STRICT) as hub:
        yield hub


@pytest.mark.process
@pytest.mark.parametrize("block", SHELL, ids=[block.page for block in SHELL])
def test_the_examples_answer_what_they_promise(shop: HubProcess, block: Block) -> None:
    check_shell(
        block.text,
        folder=shop.folder,
        programs=shop.folder / "programs",
        port=shop.port,
        settings=STRICT,
    )


@pytest.mark.process
@pytest.mark.parametrize("block", PROGRAMS, ids=[block.file for block in PROGRAMS])
def test_programs_print_what_their_comments_say(shop: HubProcess, block: Block) -> None:
    done = subprocess.run(
        [sys.executable, "-c", block.text.replace(ADDRESS, f"127.0.0.1:{shop.port}")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == re.findall(r"^\s*print\(.+\)  # (.+)$", block.text, re.M)


@pytest.mark.process
def test_nothing_is_left_to_warn_of(shop: HubProcess) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub", "check", "--fail-level", "WARNING"],
        cwd=shop.folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not shop.failures, shop.output
