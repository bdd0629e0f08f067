"""The tutorial, followed from its first page to its last: every file, command and answer in it."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.examples import DOCS, Block, blocks, check_shell, install_command, navigation
from tests.processes import ROOT, HubProcess, clean_environment

pytestmark = pytest.mark.process

PAGES = navigation("tutorial")
# What these tests are run with, and the reader has not: a second for each run.
NOT_THE_READERS = ("anyio", "hypothesispytest", "pytest_cov", "schemathesis", "xdist")
SETTINGS = {"HUB_STRICT": "true", "HUB_ADMIN_PASSWORD": "correct horse"}


class Reader:
    """Somebody who does what the pages say."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.work.mkdir()
        self.run("hub", "startplugin", "--package", "hub-books", python=sys.executable)
        self.package = self.work / "hub-books"
        self.python = self.environment(folder / "venv", "--editable", str(self.package))

    def environment(self, folder: Path, *packages: str) -> Path:
        """A new environment with these installed in it; all else is that of the tests."""
        self.run("venv", "--without-pip", str(folder), python=sys.executable)
        python = folder / "bin" / "python"
        told = self.run("sysconfig", python=python)
        own = Path(told.partition('purelib = "')[2].partition('"')[0])
        (own / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
        pip = ("pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps")
        self.run(*pip, "--no-build-isolation", *packages, python=sys.executable)
        return python

    def run(
        self, *words: str, python: Path | str | None = None, fails: bool = False, **settings: str
    ) -> str:
        done = subprocess.run(
            [python or self.python, "-m", *words],
            cwd=self.package if python is None else self.work,
            env=clean_environment(PYTHONPATH=str(ROOT), **settings),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def test(self, *words: str, fails: bool = False, **settings: str) -> str:
        without = ("cacheprovider", "xdist.looponfail", *NOT_THE_READERS)
        options = (word for name in without for word in ("-p", f"no:{name}"))
        return self.run("pytest", "-q", *options, *words, fails=fails, **settings)

    def write(self, block: Block) -> None:
        name, _, continued = block.file.partition(" ")
        path = self.package / name
        if block.language == "diff":
            path.write_text(changed(path.read_text(), block.text))
        else:
            path.write_text((path.read_text() if continued else "") + block.text)

    def follow(self, page: str, *, following: str) -> None:
        """Write the page's files, run the tests, then try its commands on a hub. Tests that the
        page after it leaves as they are, are run with those of that page."""
        for block in blocks(page):
            if block.file:
                self.write(block)
        if "hub makemigrations books" in (DOCS / page).read_text():
            self.run("hub", "makemigrations", "books", "--verbosity", "0")
        if written_tests(page) & written_tests(following):
            self.test()
        self.serve(page, self.python, self.work)

    def serve(self, page: str, python: Path, folder: Path) -> None:
        install_command(folder / "programs", python)
        with HubProcess(folder, python=str(python), settings=SETTINGS) as hub:
            for block in blocks(page):
                if block.language == "sh":
                    check_shell(
                        block.text,
                        folder=folder,
                        programs=folder / "programs",
                        port=hub.port,
                        settings=SETTINGS,
                    )


def written_tests(page: str) -> set[str]:
    """The files of tests that a page writes."""
    return {block.file for block in blocks(page) if block.file.startswith("tests/test_")}


def changed(text: str, difference: str) -> str:
    """``text`` after a difference, whose pieces must all be found in it."""
    before = re.sub(r"^[ -]", "", re.sub(r"^\+.*\n", "", difference, flags=re.M), flags=re.M)
    after = re.sub(r"^[ +]", "", re.sub(r"^-.*\n", "", difference, flags=re.M), flags=re.M)
    assert text.count(before) == 1, before
    return text.replace(before, after)


@pytest.mark.soak
def test_following_it_leads_to_a_released_plugin(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    last = PAGES[-1]
    assert len(PAGES) == 4
    for page, following in pairwise(PAGES):
        reader.follow(page, following=following)

    # The contract is kept, a change of it is told, and meant.
    *files, action, version = (block for block in blocks(last) if block.file)
    for block in files:
        reader.write(block)
    contract = "tests/test_contract.py"
    reader.test(contract, HUB_WRITE_SNAPSHOTS="1")
    reader.write(action)
    told = reader.test(contract, fails=True)
    promised = next(block for block in blocks(last) if block.text.startswith("snapshot: "))
    for line in promised.text.splitlines():
        assert line.removesuffix("…") in told, told
    reader.write(version)
    reader.test(contract, HUB_WRITE_SNAPSHOTS="1")
    reader.test()

    # It is built, installed into a hub elsewhere, and answers there.
    reader.run("build", "--no-isolation")
    assert {path.name for path in (reader.package / "dist").iterdir()} == {
        "hub_books-0.2.0-py3-none-any.whl",
        "hub_books-0.2.0.tar.gz",
    }
    wheel = str(reader.package / "dist" / "hub_books-0.2.0-py3-none-any.whl")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    reader.serve(last, reader.environment(tmp_path / "other", wheel), elsewhere)
