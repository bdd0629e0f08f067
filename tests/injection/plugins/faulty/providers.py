from __future__ import annotations

from hub.sdk import provide


class Wheel: ...


@provide(scope="app")
class Engine:
    def __init__(self, wheel: Wheel) -> None: ...


@provide()
class Car:
    def __init__(self, engine: Engine) -> None: ...
