"""Commands in this process: ``command("run", …)`` gives what they wrote, or how they failed."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError


@dataclass(frozen=True)
class Done:
    out: str
    err: str
    failure: str = ""

    def json(self) -> Any:
        return json.loads(self.out)


def command(*words: str) -> Done:
    out, err, failure = io.StringIO(), io.StringIO(), ""
    try:
        call_command(*words, stdout=out, stderr=err)
    except SystemCheckError:
        raise
    except CommandError as error:
        failure = str(error)
    return Done(out.getvalue(), err.getvalue(), failure)
