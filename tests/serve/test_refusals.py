"""Errors name fields and bounds, and repeat nothing."""

import json

import pytest
from pydantic import ValidationError

from upshot.answers.answer import Options
from upshot.serve.desk import Refused
from upshot.serve.refusals import ErrorAnswer, body_of, headers_of, of_problems


def test_a_body_has_code_words_and_the_id_of_its_request() -> None:
    body = json.loads(body_of(Refused(404, "not_found", "no such page"), "abc"))
    assert body == {"error": {"code": "not_found", "message": "no such page", "id": "abc"}}
    ErrorAnswer.model_validate(body)


def test_headers_say_when_to_come_again_and_how_to_name_oneself() -> None:
    assert headers_of(Refused(429, "full", "", 2)) == {"retry-after": "2"}
    assert "www-authenticate" in headers_of(Refused(401, "token", ""))
    assert headers_of(Refused(503, "draining", "")) == {"connection": "close"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"words": 1}, "words: Input should be greater than or equal to 3"),
        ({"num_beams": 5}, "num_beams: no such field"),
        ({"Ann said secret things": 5}, "(unknown): no such field"),
        ({"speakers": "secret"}, "speakers: Input should be 'auto', 'keep' or 'tags'"),
    ],
)
def test_a_problem_is_told_by_field_and_bound_without_the_value(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Options.model_validate(given)
    refused = of_problems(caught.value.errors())
    assert refused.status == 422
    assert refused.message == words


def test_words_of_ours_come_without_pydantics_own() -> None:
    problem = {"type": "value_error", "loc": ("body",), "msg": "Value error, messages: no user message with text"}
    assert of_problems([problem]).message == "body: messages: no user message with text"
