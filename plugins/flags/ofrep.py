"""The messages of the OpenFeature Remote Evaluation Protocol (OFREP) 0.3.

https://github.com/open-feature/protocol, service/openapi.yaml. Its errors are its own JSON, not
problem+json: ``errorCode`` and ``errorDetails``, with the flag's ``key`` where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from pydantic_core import from_json, to_json

from plugins.flags.compiled import NOTHING, ErrorCode, Evaluation
from plugins.flags.evaluation import TARGETING_KEY


class Refused(Exception):
    """A request that the protocol answers with 400."""

    def __init__(self, code: ErrorCode, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


def read_context(body: bytes) -> Mapping[str, Any]:
    """The ``context`` of a request. No body, or none in it, is an empty context."""
    if not body:
        return NOTHING
    try:
        request = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Refused(ErrorCode.PARSE_ERROR, f"The body is not JSON: {error}.") from None
    if not isinstance(request, dict):
        raise Refused(ErrorCode.PARSE_ERROR, "The body must be a JSON object.")
    context = request.get("context", NOTHING)
    if not isinstance(context, Mapping):
        raise Refused(ErrorCode.INVALID_CONTEXT, "The context must be a JSON object.")
    if not isinstance(context.get(TARGETING_KEY), str | None):
        raise Refused(ErrorCode.INVALID_CONTEXT, "The targetingKey must be a string.")
    return context


def answer(evaluation: Evaluation) -> tuple[int, bytes]:
    """Status and body of a single evaluation."""
    status = 200
    if evaluation.error_code is not None:
        status = 404 if evaluation.error_code is ErrorCode.FLAG_NOT_FOUND else 400
    return status, to_json(_message(evaluation))


def answer_all(evaluations: Sequence[Evaluation]) -> tuple[bytes, str]:
    """Body and entity tag of a bulk evaluation.

    The tag is of the very answer: it changes with the flags and with the context, and stays when
    a change of the flags makes no difference to this caller.
    """
    body = to_json({"flags": [_message(evaluation) for evaluation in evaluations]})
    return body, f'"{sha256(body).hexdigest()[:32]}"'


def refusal(refused: Refused, key: str | None = None) -> bytes:
    """The body of a 400; ``key`` is the flag's in a single evaluation."""
    message = {"errorCode": refused.code, "errorDetails": refused.details}
    return to_json(message if key is None else {"key": key, **message})


def matches(if_none_match: str, tag: str) -> bool:
    """RFC 9110 §13.1.2: a list of tags, weak or not, or ``*``."""
    tags = (entry.strip().removeprefix("W/") for entry in if_none_match.split(","))
    return if_none_match.strip() == "*" or tag in tags


def _message(evaluation: Evaluation) -> dict[str, Any]:
    if evaluation.error_code is not None:
        return {
            "key": evaluation.key,
            "errorCode": evaluation.error_code,
            "errorDetails": evaluation.error_details,
        }
    return {
        "key": evaluation.key,
        "value": evaluation.value,
        "reason": evaluation.reason,
        "variant": evaluation.variant,
        "metadata": evaluation.metadata,
    }
