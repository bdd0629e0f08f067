from __future__ import annotations

import keyword
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.core.management.templates import TemplateCommand

import hub
import hub.web
from hub.loader.boot import catalog
from hub.loader.manifests import RESERVED_MOUNTS

SCAFFOLD = Path(hub.web.__file__).parent / "scaffold"
PACKAGE = Path(hub.web.__file__).parent / "scaffold_package"

_LABEL = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")  # a label that can be the mount as well
_DISTRIBUTION = re.compile(r"[a-z0-9]+(?:[-._][a-z0-9]+)*", re.IGNORECASE)  # as packaging has it


class Command(TemplateCommand):
    """Make the files of a new plugin."""

    help = (
        "Make a new plugin, with an action, a route and passing tests: in plugins/<label>, or with "
        "--package as a distribution of its own."
    )
    rewrite_template_suffixes = ((".py-tpl", ".py"), ("-tpl", ""))

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("label", nargs="?", help="The plugin's label: a lower-case identifier.")
        parser.add_argument(
            "--package",
            nargs="?",
            const="",
            metavar="NAME",
            help="Make a package that pip installs, with pyproject.toml, tests and CI, called NAME "
            "(by default like the label) in a folder of that name.",
        )
        parser.add_argument(
            "--folder", help="Where the new folder goes; by default plugins, or for a package here."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        package: str | None = options["package"]
        label: str | None = options["label"]
        if label is None:
            if not package:
                raise CommandError("Name the plugin: a label, or --package and a name.")
            label = _label_of(package)
        _check_label(label)
        if package is None:
            target = _new_folder(Path(options["folder"] or "plugins") / label)
            self._fill(target, SCAFFOLD, label, options)
            test = f"manage.py test {options['folder'] or 'plugins'}.{label}"
        else:
            name = package or label.replace("_", "-")
            if not _DISTRIBUTION.fullmatch(name):
                raise CommandError(f"'{name}' can't be a package's name: write it like hub-stock.")
            target = _new_folder(Path(options["folder"] or ".") / name)
            self._fill(target, PACKAGE, label, options, distribution=name)
            own = {"exclude": ["tests"]}  # the package has tests beside its code
            self._fill(target / "src" / label, SCAFFOLD, label, options, **own)
            test = f"cd {target} && pip install --editable '.[dev]' && pytest"
        self.stderr.write(f"Made {target}. Its tests: {test}")

    def _fill(
        self, target: Path, template: Path, label: str, options: dict[str, Any], **more: Any
    ) -> None:
        # What Django is given stands in the templates' context as well.
        given = {
            "verbosity": options["verbosity"],
            "extensions": ["py", "toml", "md", "yml"],
            "files": ["LICENSE-tpl"],
            "exclude": None,
            "title": label.replace("_", " ").capitalize(),
            "kebab": label.replace("_", "-"),
            "hub_version": hub.__version__,
        }
        super().handle("app", label, str(target), template=str(template), **{**given, **more})

    def validate_name(self, name: str, name_or_dir: str = "name") -> None:
        """Django refuses names of importable modules; here the folder is a namespace."""


def _label_of(package: str) -> str:
    """``hub-stock-levels`` holds the plugin ``stock_levels``."""
    return re.sub(r"[-.]", "_", package.lower().removeprefix("hub-"))


def _check_label(label: str) -> None:
    """Raises :class:`CommandError` for what is no label, or is taken."""
    if not _LABEL.fullmatch(label) or keyword.iskeyword(label):
        raise CommandError(f"'{label}' can't be a label: write it like stock_levels.")
    names = {name for plugin in catalog() for name in (plugin.label, plugin.mount)}
    if label in names | set(apps.app_configs) | RESERVED_MOUNTS:
        raise CommandError(f"The label '{label}' is taken.")


def _new_folder(path: Path) -> Path:
    if path.exists() and any(path.iterdir()):
        raise CommandError(f"{path} is there already and not empty.")
    path.mkdir(parents=True, exist_ok=True)
    return path
