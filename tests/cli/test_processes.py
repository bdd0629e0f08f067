"""The commands as a shell sees them: exit codes, JSON alone on stdout, messages on stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, clean_environment, free_port

pytestmark = pytest.mark.process

COMMANDS = (
    "serve",
    "plugins",
    "run",
    "operations",
    "openapi",
    "sync_hub",
    "token",
    "startplugin",
)

# Each start of the hub costs seconds: one process asks for all help texts.
# The words of one command are one argument.
MANY = """
import contextlib, io, json, sys
from hub.__main__ import main
answers = {}
for name in sys.argv[1:]:
    out, err, sys.argv = io.StringIO(), io.StringIO(), ["hub", *name.split()]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main()
        except SystemExit as end:
            code = end.code or 0
    answers[name] = [code, out.getvalue(), err.getvalue()]
print(json.dumps(answers))
"""


# Commands that need tables, before there are any.
BEFORE_MIGRATE = (
    "plugins list",
    "plugins show greeter",
    "plugins enable greeter",
    "plugins disable greeter",
    "plugins remove greeter",
    "run greeter.say_hello --name you",
    "config show",
    "token list",
    "sync_hub",
)


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def hub(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return python(folder, "-m", "hub", *words)


def test_every_command_explains_itself(tmp_path: Path) -> None:
    done = python(tmp_path, "-c", MANY, *(f"{name} --help" for name in COMMANDS))
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    for name in COMMANDS:
        code, out, err = answers[f"{name} --help"]
        assert (code, err) == (0, ""), name
        assert f"usage: hub {name}" in out


def test_run_prints_json_alone_and_fails_with_a_code(tmp_path: Path) -> None:
    assert hub(tmp_path, "migrate", "-v0").returncode == 0
    good = hub(tmp_path, "run", "greeter.say_hello", "--name", "World")
    assert (good.returncode, good.stdout) == (0, '"Hello World!"\n')
    bad = hub(tmp_path, "run", "greeter.number_stats", "--value", "many")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "[invalid_input]" in bad.stderr
    assert "Traceback" not in bad.stderr


def test_before_migrate_each_command_works_or_says_what_to_do(tmp_path: Path) -> None:
    done = python(tmp_path, "-c", MANY, *BEFORE_MIGRATE)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    for name in BEFORE_MIGRATE:
        code, out, err = answers[name]
        assert "Traceback" not in out + err + done.stderr, name
        if code:
            assert (code, out) == (1, ""), name
            assert "hub: The database is not ready: " in err, name
            assert "hub migrate" in err, name
    works = {name for name in BEFORE_MIGRATE if answers[name][0] == 0}
    assert works == {"plugins list", "run greeter.say_hello --name you", "config show"}


def test_a_database_that_does_not_answer_is_a_sentence_without_its_password(
    tmp_path: Path,
) -> None:
    port = free_port()
    address = f"postgres://ann:planted-word@127.0.0.1:{port}/hub"
    environment = clean_environment(
        PYTHONPATH=str(ROOT), DATABASE_URL=address, HUB_SECRET_KEY="s" * 60
    )
    done = subprocess.run(
        [sys.executable, "-m", "hub", "token", "list"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "hub: The database can't be used: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "planted-word" not in done.stderr
