from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.sdk import PluginSettings


class Settings(PluginSettings):
    greeting: str = Field(
        "Hello", min_length=1, max_length=50, description="How a greeting starts."
    )
    mark: Literal["!", ".", "?"] = Field("!", description="How a greeting ends.")
