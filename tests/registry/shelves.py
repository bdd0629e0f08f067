"""Plugins with tables, written into a folder, and programs that run in a hub of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.processes import ROOT, clean_environment

STOCK = {
    "apps": """
        from hub.sdk import PluginConfig

        class Stock(PluginConfig):
            version = "1.0"
        """,
    "models": """
        from django.db import models

        class Tag(models.Model):
            name = models.CharField(max_length=20)

        class Item(models.Model):
            sku = models.CharField(max_length=20)
            tags = models.ManyToManyField(Tag)
        """,
    "migrations/__init__": "",
    "migrations/0001_initial": """
        from django.db import migrations, models

        class Migration(migrations.Migration):
            initial = True
            operations = [
                migrations.CreateModel("Tag", [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("name", models.CharField(max_length=20)),
                ]),
                migrations.CreateModel("Item", [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("sku", models.CharField(max_length=20)),
                    ("tags", models.ManyToManyField("stock.tag")),
                ]),
            ]
        """,
    "actions": """
        from hub.sdk import action, allow_all, every, get

        @action(get(), every(hours=1), access=allow_all)
        def count() -> int:
            "How many items there are."
            from .models import Item
            return Item.objects.count()
        """,
    "health": """
        from hub.sdk import health_check

        @health_check(interval=3600)
        def shelves() -> None:
            "The shelves stand."
        """,
}
SHOP = {
    "apps": """
        from hub.sdk import PluginConfig

        class Shop(PluginConfig):
            version = "1.0"
            requires_plugins = ("stock",)
        """,
    "models": """
        from django.db import models

        class Order(models.Model):
            item = models.ForeignKey("stock.Item", on_delete=models.CASCADE)
        """,
    "migrations/__init__": "",
    "migrations/0001_initial": """
        from django.db import migrations, models

        class Migration(migrations.Migration):
            initial = True
            dependencies = [("stock", "0001_initial")]
            operations = [
                migrations.CreateModel("Order", [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("item", models.ForeignKey("stock.item", on_delete=models.CASCADE)),
                ]),
            ]
        """,
}


def write_plugin(folder: Path, label: str, modules: Mapping[str, str]) -> Path:
    package = folder / "plugins" / label
    for name, source in {"__init__": "", **modules}.items():
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source))
    return package


# Each start costs seconds: one process runs many commands. Its last line is all that they wrote.
_PROGRAM = """
import io, json
from django.core.management import CommandError, call_command
from django.db import connection
answers = []
for words in COMMANDS:
    if words[0] == "sql":
        with connection.cursor() as cursor:
            cursor.execute(words[1])
            rows = cursor.fetchall() if cursor.description else []
        answers.append([[list(row) for row in rows], "", ""])
        continue
    out, err, failure = io.StringIO(), io.StringIO(), ""
    try:
        call_command(*words, stdout=out, stderr=err)
    except CommandError as error:
        failure = str(error)
    answers.append([out.getvalue(), err.getvalue(), failure])
print(json.dumps(answers, default=str))
"""


class Answers(list[Any]):
    """``[out, err, failure]`` of each command; of ``sql`` the rows come as ``out``."""

    def json(self, index: int) -> Any:
        return json.loads(self[index][0])


def run(folder: Path, *commands: tuple[str, ...], **settings: str) -> Answers:
    """Run commands one after the other in one process of a hub in ``folder``."""
    program = _PROGRAM.replace("COMMANDS", repr(commands))
    done = subprocess.run(
        [sys.executable, "-m", "hub", "shell", "--no-imports", "-c", program],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT), **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Answers(json.loads(done.stdout.splitlines()[-1]))
