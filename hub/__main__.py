"""The command ``hub``, equal to ``manage.py``."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from pathlib import Path

from hub import __version__
from hub.operations.configuration.command_line import taken_out
from hub.operations.configuration.wrong import WrongSettings


def main() -> int:
    """Run a management command. Wrong settings end in one sentence, not in a traceback, with
    exit code 2; a plugin that can't even be imported by Django in a sentence that names it."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"{__version__}\n")
        return 0
    try:
        sys.argv[1:] = taken_out(sys.argv[1:], os.environ)
    except WrongSettings as error:
        sys.stderr.write(f"hub: {error}\n")
        return 2
    if sys.argv[1:2] == ["serve"]:
        gc.disable()  # a quarter of a start's time; asgi.py turns it on when all is warm
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.project.settings")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)  # a folder "plugins" in the working directory is found

    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError, InterfaceError

    try:
        if "runserver" not in sys.argv[1:2]:  # its reloader waits for broken code to be mended
            try:
                django.setup()
            except ImproperlyConfigured:
                raise
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                return _explain(error)
        _begin()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"hub: {error}\n")
        return 2
    except (DatabaseError, InterfaceError) as error:
        return _explain_database(error)
    except KeyboardInterrupt:
        return 130
    return 0


def _begin() -> None:
    """What Python would print by itself goes through the log, and all that a command logs bears
    the mark of one trace; what a server logs has those of its requests."""
    from hub.logs import hooks
    from hub.sdk.trail import Trail, running_trail

    hooks.install()
    if sys.argv[1:2] not in ([], ["runserver"]):  # Django is not set up for runserver
        from hub.project.following_commands import follow_in

        follow_in(sys.argv[1])
    if sys.argv[1:2] not in (["serve"], ["runserver"]):
        running_trail.set(Trail())


def _explain_database(error: Exception) -> int:
    """Say what a person can do about the database, where he can."""
    from hub.project.database_faults import sentence_of

    sentence = sentence_of(error)
    if sentence is None:
        raise error
    sys.stderr.write(f"hub: {sentence}\n")
    return 1


def _explain(error: Exception) -> int:
    """Say which plugin's models (or other code Django imports by itself) broke the start."""
    from django.conf import settings

    from hub.project.culprits import culprit

    found = culprit(error, settings.HUB_DISCOVERY.accepted) if settings.configured else None
    if found is None:
        raise error
    sys.stderr.write(
        f"hub: the plugin '{found.label}' ({found.package}) can't be loaded: "
        f"{type(error).__name__}: {error}\n"
        f"Mend it, or start without it: HUB_EXCLUDE_PLUGINS={found.label}\n\n"
    )
    sys.stderr.write("".join(traceback.format_exception(error)))
    return 1


if __name__ == "__main__":
    sys.exit(main())
