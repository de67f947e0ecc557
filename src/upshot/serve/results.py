"""What a worker's result comes to: an answer that holds what it promises, or a refusal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from upshot.answers.answer import Answer
from upshot.serve.desk import Refused


def answer_of(result: Mapping[str, Any]) -> Answer:
    """The answer in a result.

    Raises:
        Refused: 422 for what the options or the conversation do not allow, 500 for what the model did wrong.
    """
    value = value_of(result)
    try:
        answer = Answer.model_validate(value)
    except ValidationError:
        raise _invalid() from None
    blank = not answer.summary.strip() and not (answer.abstained or answer.privacy.withheld)
    if blank or not math.isfinite(answer.confidence.logprob):
        raise _invalid()
    return answer


def value_of(result: Mapping[str, Any]) -> Any:
    """The value in a result.

    Raises:
        Refused: it is an error.
    """
    if "value" in result:
        return result["value"]
    kind = result["error"]
    if kind == "UsageError":
        raise Refused(422, "options", result["message"])
    if kind == "DataError":
        raise Refused(422, "unusable", "the arm cannot summarise this conversation")
    raise Refused(500, "model_failed", f"the model failed ({kind}); the conversation is kept nowhere")


def _invalid() -> Refused:
    return Refused(500, "invalid_output", "the model gave no usable summary")
