"""Documents: parsed, measured and validated once, then kept by their text."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Source,
    parse,
    validate,
)

from hub.web.graphql import limits
from hub.wire.errors import BadRequest

KEPT: Final = 256


class InvalidDocument(Exception):
    """Why a document can't be executed."""

    def __init__(self, errors: list[GraphQLError], *, code: str) -> None:
        super().__init__(code)
        self.errors = errors
        self.code = code


@dataclass(frozen=True, slots=True)
class Document:
    """``kinds`` maps the name of each operation (empty if it has none) to ``query``,
    ``mutation`` or ``subscription``."""

    ast: DocumentNode
    kinds: dict[str, str]
    introspects: bool

    def kind(self, operation_name: str | None) -> str:
        """What the request would execute; empty if the name names nothing."""
        if operation_name is None and len(self.kinds) == 1:
            return next(iter(self.kinds.values()))
        return self.kinds.get(operation_name or "", "")


class Documents:
    """The documents that were executed last. Belongs to one schema; used on the event loop only."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str, *, suggest: bool) -> Document:
        """Raises :class:`InvalidDocument`, and :class:`BadRequest` where a limit is passed.
        ``suggest``: may errors tell names of the schema?"""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
            return found
        try:
            found = self._read(text, suggest)
        except RecursionError:
            message = "The query is nested too deep."
            raise BadRequest(message, code="too_much_depth") from None
        self._kept[text] = found
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def _read(self, text: str, suggest: bool) -> Document:
        ast = _parsed(text)
        measure = limits.measured(ast)
        errors = validate(
            self._schema,
            ast,
            max_errors=limits.MAX_VALIDATION_ERRORS,
            hide_suggestions=not suggest,
        )
        if errors:
            raise InvalidDocument(errors, code="invalid_query")
        kinds = {
            definition.name.value if definition.name else "": definition.operation.value
            for definition in ast.definitions
            if isinstance(definition, OperationDefinitionNode)
        }
        return Document(ast, kinds, measure.introspections > 0)


def _parsed(text: str) -> DocumentNode:
    if len(text) > limits.MAX_CHARACTERS:
        raise BadRequest(
            f"The query is longer than {limits.MAX_CHARACTERS} characters.",
            code="too_many_characters",
            detail={"limit": limits.MAX_CHARACTERS},
        )
    try:
        return parse(
            Source(text, "query"),
            max_lexical_tokens=limits.MAX_TOKENS,
            max_comments=limits.MAX_COMMENTS,
        )
    except GraphQLError as error:
        if "contains more than" in error.message:
            raise BadRequest(
                f"The query has more than {limits.MAX_TOKENS} tokens, or too many comments.",
                code="too_many_tokens",
                detail={"limit": limits.MAX_TOKENS},
            ) from None
        raise InvalidDocument([error], code="invalid_syntax") from None
