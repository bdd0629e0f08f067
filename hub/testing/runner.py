"""``hub test plugins.stock``: Django's test runner, for plugins in a folder without a package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import TestSuite

from django.test.runner import DiscoverRunner

from hub.operations.threads import stop_threads


class HubTestRunner(DiscoverRunner):
    """Finds tests below namespace packages, which ``unittest`` of Python 3.11 can't; ends the hub's
    threads, whose connections would keep a test database from being dropped; and keeps the tests'
    calls out of the statistics, which would be written into the real database at exit."""

    def load_tests_for_label(self, label: str, discover_kwargs: dict[str, Any]) -> TestSuite:
        folder = None if Path(label).exists() else _folder_of(label)
        if folder is None:
            return super().load_tests_for_label(label, discover_kwargs)
        with self.load_with_patterns():
            found = self.test_loader.discover(
                str(folder),
                pattern=self.pattern or "test*.py",
                top_level_dir=str(folder.parents[label.count(".")]),
            )
            # Else it stays for the next label.
            self.test_loader._top_level_dir = None  # type: ignore[attr-defined]
        return found

    def setup_test_environment(self, **kwargs: Any) -> None:
        from hub.registry.statistics import recorder  # its models need Django to be ready

        recorder.period = None
        super().setup_test_environment(**kwargs)

    def teardown_databases(self, *args: Any, **kwargs: Any) -> None:
        stop_threads()
        super().teardown_databases(*args, **kwargs)


def _folder_of(label: str) -> Path | None:
    """Where the package is, if ``label`` is the dotted name of one."""
    try:
        spec = find_spec(label)
    except (ImportError, ValueError):
        return None
    locations = list(spec.submodule_search_locations or ()) if spec else []
    return Path(locations[0]).resolve() if locations else None
