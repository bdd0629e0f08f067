"""What a caller gives a method, as arguments by their names."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Final

_BY_PLACE: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Binding:
    """Does what :meth:`inspect.Signature.bind` does, in a tenth of its time: what fits is put
    together here, and what does not is left to the original and its errors."""

    __slots__ = ("_by_name", "_in_order", "_of", "_required", "_signature")

    def __init__(self, signature: inspect.Signature, *, of: str) -> None:
        parameters = signature.parameters.values()
        self._of = of
        self._signature = signature
        self._in_order = tuple(each.name for each in parameters if each.kind in _BY_PLACE)
        self._by_name = frozenset(each.name for each in parameters if each.kind in _BY_NAME)
        self._required = frozenset(each.name for each in parameters if each.default is each.empty)

    def __call__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that are given. Raises :class:`TypeError`, which says ``of`` what."""
        found = dict(zip(self._in_order, args, strict=False))
        if kwargs and kwargs.keys() <= self._by_name:
            found.update(kwargs)
        if len(found) == len(args) + len(kwargs) and self._required <= found.keys():
            return found
        try:
            return dict(self._signature.bind(*args, **kwargs).arguments)
        except TypeError as error:
            raise TypeError(f"{self._of}(): {error}") from None
