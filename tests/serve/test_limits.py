"""Limits are one definition."""

import pytest
from pydantic import ValidationError

from upshot.serve.limits import Limits


def test_waiting_tokens_are_four_characters_each() -> None:
    assert Limits().waiting_characters == 32_768


@pytest.mark.parametrize("change", [{"waiting": 0}, {"request_s": -1}, {"nonsense": 1}])
def test_a_limit_out_of_bounds_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Limits.model_validate(change)


def test_every_limit_says_what_it_is() -> None:
    assert all(field.description for field in Limits.model_fields.values())
