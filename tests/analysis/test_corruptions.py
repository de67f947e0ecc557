"""Summaries made wrong on purpose."""

import random

import pytest

from upshot.analysis.corruptions import CORRUPTIONS
from upshot.analysis.numbers import values_of

TEXT = "Ann: It cost 40 euros, and I paid on the 17th.\nBob: Then I owe you twenty."
SUMMARY = "Ann tells Bob that it cost 40 euros."


def corrupt(name: str, summary: str = SUMMARY, seed: int = 1) -> str | None:
    return CORRUPTIONS[name](TEXT, summary, random.Random(seed))


def test_there_are_four():
    assert list(CORRUPTIONS) == ["speaker-swap", "number", "negation", "name"]


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_changes_the_summary_and_is_drawn_from_the_seed(name):
    assert corrupt(name) == corrupt(name)
    assert corrupt(name) not in (None, SUMMARY)


def test_speakers_change_places():
    assert corrupt("speaker-swap") == "Bob tells Ann that it cost 40 euros."


def test_the_new_number_is_none_of_the_dialogue():
    for seed in range(10):
        new = next(word for word in (corrupt("number", seed=seed) or "").split() if word[0].isdigit())
        assert not values_of(new) & values_of(TEXT)


def test_a_negation_comes_and_goes():
    denied = corrupt("negation")
    assert "not" in denied
    assert "not" not in (corrupt("negation", denied) or "not")


def test_the_new_name_is_not_in_the_dialogue():
    before, after = SUMMARY.split(), corrupt("name").split()
    (new,) = (new for old, new in zip(before, after, strict=True) if old != new)
    assert new[0].isupper()
    assert new not in TEXT


@pytest.mark.parametrize("name", ["speaker-swap", "number", "name"])
def test_a_summary_that_offers_no_place_is_not_corrupted(name):
    assert corrupt(name, "It is fine.") is None
