"""What preparing the database tells, and what it leaves in the process that serves afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, clean_environment

pytestmark = pytest.mark.process

PREPARE = """
import gc
import json

gc.disable()  # as serve does

import django

django.setup()

from django.db.migrations.recorder import MigrationRecorder
from django.db import connection
from django.db.migrations.state import StateApps
from hub.project.preparation import prepare

prepare(say=print, patience=30)
states = sum(isinstance(each, StateApps) for each in gc.get_objects())
migrations = len(MigrationRecorder(connection).applied_migrations())
print(json.dumps({"states": states, "on": gc.isenabled(), "migrations": migrations}))
"""


def test_the_garbage_of_migrations_is_gone_and_the_collector_off_again(tmp_path: Path) -> None:
    settings = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "hub.project.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PREPARE],
        cwd=tmp_path,
        env=clean_environment(**settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["migrations"] > 50  # it was a first start
    assert found["states"] <= 1  # of one for each step; the last one Django may still hold
    assert not found["on"]


def test_who_prepares_only_is_told_the_first_password_once(tmp_path: Path) -> None:
    told = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "hub", "serve", "--prepare-only"],
            cwd=tmp_path,
            env=clean_environment(PYTHONPATH=str(ROOT)),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "")
        told.append(done.stderr)
    assert "First start: sign in as admin" in told[0] and "password: " in told[0]
    assert told[1] == ""
