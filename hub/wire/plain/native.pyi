from collections.abc import Callable
from typing import Any, Final

DATACLASS: Final[int]
ARGUMENTS: Final[int]
WRAPPER: Final[int]
INT64: Final[int]
DOUBLE: Final[int]
STRING: Final[int]
BOOL: Final[int]
MESSAGE: Final[int]

class Unfit(Exception): ...

class Message:
    def __init__(self, form: int, made_of: type | None = None) -> None: ...
    def add(
        self,
        name: str,
        number: int,
        kind: int,
        within: Message | None = None,
        *,
        many: bool,
        null: bool,
        required: bool,
        default: Callable[[], Any] | None = None,
    ) -> None: ...
    def read(self, body: bytes, depth: int) -> Any: ...
    def write(self, value: Any) -> bytes: ...
    def unpack(self, body: bytes, depth: int) -> Any: ...
    def pack(self, value: Any) -> bytes: ...
