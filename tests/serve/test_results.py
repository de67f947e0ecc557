"""What a worker gives is an answer that holds what it promises, or a refusal."""

from typing import Any

import pytest

from serve.fake_worker import answer_to
from upshot.data.conversation import Conversation, Said
from upshot.serve.desk import Refused
from upshot.serve.results import answer_of, value_of

TALK = Conversation("c", (Said("Ann", "The secret is out."),))


def value(**changes: Any) -> dict[str, Any]:
    return {"value": answer_to(TALK).model_dump(mode="json") | changes}


def test_an_answer_comes_back_whole() -> None:
    assert answer_of(value()) == answer_to(TALK)


@pytest.mark.parametrize(
    "changes",
    [
        {"summary": " "},
        {"summary": None},
        {"extra": 1},
        {"confidence": {"logprob": float("nan"), "percentile": None, "band": None, "agreement": None}},
    ],
)
def test_an_empty_summary_and_numbers_that_are_none_are_no_answers(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        answer_of(value(**changes))
    assert (caught.value.status, caught.value.code) == (500, "invalid_output")


def test_an_empty_summary_that_is_kept_back_is_an_answer() -> None:
    assert answer_of(value(summary="", abstained=True)).abstained


@pytest.mark.parametrize(
    ("error", "status"), [("UsageError", 422), ("DataError", 422), ("RuntimeError", 500), ("MemoryError", 500)]
)
def test_an_error_is_a_refusal_by_its_kind(error: str, status: int) -> None:
    with pytest.raises(Refused) as caught:
        value_of({"error": error, "message": "no bullets"})
    assert caught.value.status == status
