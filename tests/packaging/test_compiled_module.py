"""The hook that compiles Protobuf's quick path, on a project of three lines with the hub's own
pyproject.toml: wheels, source distributions and editable installs, with a compiler and without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from hatch_build import MODULE, SOURCE, complaint
from tests.processes import ROOT, clean_environment

COMPILED = SOURCE.with_name(f"native{sysconfig.get_config_var('EXT_SUFFIX')}")
NO_COMPILER = {"CC": "/bin/false"}
PURE = "-py3-none-any.whl"

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="compiled for CPython only"),
]
needs_compiler = pytest.mark.skipif(
    shutil.which(os.environ.get("CC", "cc")) is None, reason="no C compiler on this machine"
)


@dataclass(frozen=True)
class Made:
    wheel: Path
    told: str

    @property
    def names(self) -> list[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return archive.namelist()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As the hub's checkout, but quick to build."""
    folder = tmp_path / "project"
    for name in ("plugins", "templates", "static", SOURCE.parent):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").touch()
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    (folder / SOURCE).write_text("def answer():\n    return 42\n")
    return folder


def build(project: Path, *options: str, **variables: str) -> Made:
    dist = project.with_name("dist")
    command = [sys.executable, "-m", "build", *options, "--no-isolation", "--outdir", dist]
    told = run([*command, project], **variables)
    (wheel,) = dist.glob("*.whl")
    return Made(wheel, told)


def install(project: Path, **variables: str) -> None:
    """As `make setup` does, but into a folder that is thrown away."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    target = project.with_name("installed")
    run([*pip, "--upgrade", "--target", target, "--editable", project], **variables)


def run(command: list[str | Path], **variables: str) -> str:
    done = subprocess.run(
        command,
        env=clean_environment(**variables),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def imported(path: Path) -> str:
    """What the module answers when it is imported from ``path``."""
    code = f"import {MODULE} as native; print(native.__name__, native.answer())"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def files(project: Path) -> set[Path]:
    paths = (path for path in project.rglob("*") if path.is_file())
    return {path.relative_to(project) for path in paths if path.parent.name != "__pycache__"}


@needs_compiler
def test_a_wheel_has_the_module_and_the_platforms_tag(project: Path, tmp_path: Path) -> None:
    before = files(project)
    made = build(project, "--wheel")
    assert str(COMPILED) in made.names
    assert str(SOURCE) not in made.names
    tag = made.wheel.name.removesuffix(".whl").partition("-0.1.0-")[2]
    assert tag.startswith(f"cp{sys.version_info.major}{sys.version_info.minor}-")
    assert not tag.endswith("-any")
    assert "not compiled" not in made.told
    assert files(project) == before, "building left something in the checkout"
    with zipfile.ZipFile(made.wheel) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert imported(tmp_path / "unpacked") == f"{MODULE} 42"


@needs_compiler
def test_the_source_distribution_brings_what_compiles(project: Path) -> None:
    assert str(COMPILED) in build(project).names


@pytest.mark.parametrize(
    ("variables", "reason"),
    [({"HUB_PURE_PYTHON": "1"}, "HUB_PURE_PYTHON is set"), (NO_COMPILER, "/bin/false")],
    ids=["unwanted", "no compiler"],
)
def test_without_a_compiler_the_wheel_is_pure_and_one_line_says_so(
    project: Path, variables: dict[str, str], reason: str
) -> None:
    made = build(project, "--wheel", **variables)
    assert made.wheel.name.endswith(PURE)
    assert not [name for name in made.names if "native" in name]
    (line,) = [line for line in made.told.splitlines() if not line.startswith("* ")]
    assert f"{MODULE} is not compiled" in line
    assert reason in line


def test_a_source_with_a_mistake_fails_no_build(project: Path) -> None:
    (project / SOURCE).write_text("def answer(:\n")
    made = build(project, "--wheel")
    assert made.wheel.name.endswith(PURE)
    assert f"{MODULE} is not compiled" in made.told


def test_a_compiler_that_complains_in_no_known_script_fails_no_build(project: Path) -> None:
    compiler = project.with_name("compiler")
    compiler.write_text("#!/bin/sh\nprintf 'native.c: error: \\377\\n' >&2\nexit 1\n")
    compiler.chmod(0o755)
    made = build(project, "--wheel", CC=str(compiler))
    assert made.wheel.name.endswith(PURE)
    assert "(native.c: error: " in made.told


def test_what_an_editable_install_compiled_is_in_no_wheel(project: Path) -> None:
    (project / ".gitignore").unlink()  # as in docker/, where there is none
    for name in (COMPILED.name, "native.pyd"):
        (project / SOURCE).with_name(name).write_text("of another Python")
    made = build(project, "--wheel", HUB_PURE_PYTHON="1")
    assert not [name for name in made.names if "native" in name]


@needs_compiler
def test_an_editable_install_puts_the_module_beside_its_source(project: Path) -> None:
    before = files(project)
    install(project)
    assert files(project) == before | {COMPILED}
    assert imported(project) == f"{MODULE} 42"
    (project / SOURCE).write_text("def answer():\n    return 43\n")
    install(project)
    assert imported(project) == f"{MODULE} 43"


def test_a_module_that_is_not_compiled_again_is_removed(project: Path) -> None:
    """That of another Python stays while it is newer than the source."""
    source = project / SOURCE
    stale = source.with_name("native.cpython-37-stale.so")
    fresh = source.with_name("native.cpython-38-fresh.so")
    for path in (project / COMPILED, stale, fresh):
        path.write_text("compiled before")
    os.utime(stale, (1, 1))
    install(project, **NO_COMPILER)
    assert {path.name for path in source.parent.glob("native.*")} == {source.name, fresh.name}


@needs_compiler
def test_a_module_whose_source_is_gone_is_removed(project: Path) -> None:
    (project / COMPILED).write_text("compiled before")
    (project / SOURCE).unlink()
    install(project)
    assert not (project / COMPILED).exists()


def test_of_a_long_complaint_the_error_is_told() -> None:
    output = "Compiling\nnative.c:1:10: fatal error: Python.h: No such file\ncompilation ended\n"
    assert complaint(output) == "native.c:1:10: fatal error: Python.h: No such file"
    assert complaint("one\nCompileError: two\n") == "CompileError: two"
    assert complaint("") == "no reason given"
    assert len(complaint("word " * 1000)) <= 160
