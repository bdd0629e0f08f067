"""Compiles what makes Protobuf and MessagePack quick, when the hub is installed or a wheel made.

The module is optional: where it can't be compiled, one line says so and the hub is built without
it. ``HUB_PURE_PYTHON=1`` leaves it out on purpose.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "hub.wire.plain.native"
SOURCE = Path(*MODULE.split(".")).with_suffix(".pyx")


class NotCompiled(Exception):
    """Says why, in a few words."""


class CompiledModule(BuildHookInterface[BuilderConfig]):
    """Into a wheel the module goes with the platform's tag; for an editable install it lies beside
    its source, where Python finds it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hub-native-"))
        compiled = self._compiled()
        if version == "editable":
            self._put_beside_source(compiled)
        elif compiled:
            build_data["force_include"][str(compiled)] = str(SOURCE.with_name(compiled.name))
            build_data |= {"infer_tag": True, "pure_python": False}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _compiled(self) -> Path | None:
        try:
            return compiled(Path(self.root, SOURCE), self._folder)
        except (NotCompiled, OSError) as reason:
            tell(f"{MODULE} is not compiled ({reason}); the hub works without it.")
            return None

    def _put_beside_source(self, compiled: Path | None) -> None:
        """None stays that is older than the source, not even of another Python: it would be
        imported in place of what the source says now."""
        source = Path(self.root, SOURCE)
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        try:
            for old in [*source.parent.glob("native.*.so"), *source.parent.glob("native.*.pyd")]:
                if old.name == f"native{suffix}" or is_older(old, source):
                    old.unlink()
            if compiled:
                # Renamed, for a hub that starts meanwhile must not read half a file.
                made = shutil.copy(compiled, source.with_name(f"{compiled.name}.new"))
                Path(made).replace(source.with_name(compiled.name))
        except OSError as error:  # on Windows no file can go that a running hub has loaded
            tell(f"{MODULE} can't be renewed ({error}): stop the hub and install again.")


def is_older(path: Path, source: Path) -> bool:
    return not source.exists() or path.stat().st_mtime < source.stat().st_mtime


def compiled(source: Path, folder: Path) -> Path:
    """The module compiled from ``source``, below ``folder``. Raises NotCompiled."""
    if not source.exists():
        raise NotCompiled("it has no source")
    if os.environ.get("HUB_PURE_PYTHON", "") not in ("", "0"):
        raise NotCompiled("HUB_PURE_PYTHON is set")
    if sys.implementation.name != "cpython":
        raise NotCompiled(f"{sys.implementation.name} is quicker without")
    # The path that goes into tracebacks is the one given: so it tells nothing of this machine.
    target = folder / SOURCE
    target.parent.mkdir(parents=True)
    shutil.copy(source, target)
    # Another process, for compilers write to the terminal, and setuptools changes what it imports.
    command = [sys.executable, __file__]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise NotCompiled(complaint(done.stderr.decode(errors="replace")))
    (made,) = (folder / "lib").rglob("native.*")
    return made


def complaint(output: str) -> str:
    """The line of a compiler's output that says what is wrong: the first error, or the last."""
    lines = output.strip().splitlines() or ["no reason given"]
    line = next((line for line in lines if " error: " in line), lines[-1])
    return textwrap.shorten(line, 160, placeholder=" ...")


def tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def compile_here() -> None:
    """Compile the source below the working folder into ``lib``."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    # What debuggers want is five times the size of what runs.
    options = ["-O2"] if os.name == "nt" else ["-O2", "-g0"]
    extension = Extension(MODULE, [SOURCE.as_posix()], extra_compile_args=options)
    modules = cythonize([extension], language_level=3, quiet=True)  # type: ignore[no-untyped-call]
    command = build_ext(Distribution({"ext_modules": modules}))
    command.build_lib, command.build_temp = "lib", "temporary"
    command.ensure_finalized()
    command.run()


if __name__ == "__main__":
    compile_here()
