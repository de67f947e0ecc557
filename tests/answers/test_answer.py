"""An answer is one definition: what Python holds is what the schema says and what JSON gives back."""

import json

import pytest
from pydantic import ValidationError

from upshot.answers.answer import (
    Answer,
    Confidence,
    Flag,
    GeneratedBy,
    LeftOut,
    Mark,
    Options,
    Part,
    Privacy,
    Sentence,
    Source,
)

ANSWER = Answer(
    id="visit",
    summary="Ann takes 5 mg.",
    sentences=(
        Sentence(
            text="Ann takes 5 mg.", support=0.8, turns=(1, 0), unsupported=(Mark(start=10, end=11, kind="number"),)
        ),
    ),
    confidence=Confidence(logprob=-1.5, percentile=40.0, band="medium", agreement=None),
    flags=(Flag(kind="unsupported-number", tier="review", text="a number", sentence=0, words="5", turns=(1,)),),
    left_out=(LeftOut(kind="deadline", text="by Friday", turn=2),),
    turns_not_covered=(2,),
    source=Source(
        sha256="0" * 64,
        turns=3,
        speakers=("Ann", "Ben"),
        prompt_tokens=40,
        truncated=False,
        parts=(Part(first=0, last=2, tokens=40, summary="Ann takes 5 mg."),),
        consent="",
    ),
    privacy=Privacy(masked={}, sensitive=("health",), withheld=False),
    abstained=False,
    notes=(),
    generated_by=GeneratedBy(
        tool="upshot 0", arm="full", weights_sha256="1" * 64, prompt="{dialogue}", decoding={}, engine="x"
    ),
    milliseconds=12.5,
)


def test_an_answer_comes_back_from_its_json_as_it_was() -> None:
    assert Answer.model_validate_json(ANSWER.model_dump_json()) == ANSWER
    assert json.loads(ANSWER.model_dump_json())["generated_by"]["ai"] is True


def test_every_answer_is_labelled_and_says_what_its_confidence_is_not() -> None:
    assert ANSWER.label == "AI-generated summary"
    assert "not a probability of being right" in ANSWER.confidence.meaning


def test_the_schema_describes_every_value() -> None:
    schema = Answer.model_json_schema()
    assert set(schema["required"]) >= {"summary", "sentences", "confidence", "flags", "left_out", "generated_by"}
    for part in schema["$defs"].values():
        assert part["description"]
    assert all(len(value) > 1 for value in schema["$defs"]["Confidence"]["properties"].values())


def test_a_value_does_not_change_and_takes_nothing_unknown() -> None:
    with pytest.raises(ValidationError):
        ANSWER.summary = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Options.model_validate({"wrods": 20})


@pytest.mark.parametrize("asked", [{"words": 2}, {"words": 501}, {"samples": 9}, {"abstain_below": 101}, {"long": "x"}])
def test_options_have_bounds(asked: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(asked)
