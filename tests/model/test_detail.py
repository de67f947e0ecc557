"""The detail of a search: words with their certainty, and the other beams' texts; the same with either engine."""

from dataclasses import replace

import pytest

import tiny
import used_arms
from upshot.model.detail import detail_of
from upshot.model.found import find
from upshot.model.opened import Opened, open_found
from upshot.model.tokens import encode_prompts, token_ids
from upshot.prompts import prompt
from upshot.recipe import GenerationSettings
from upshot.records import Encoded

SETTINGS = GenerationSettings(max_new_tokens=9, beams=3)


@pytest.fixture(scope="module")
def both() -> tuple[Opened, Opened]:
    """The same weights through CTranslate2 and through transformers."""
    found = find(str(used_arms.exported()))
    return open_found(found), open_found(replace(found, export=None), threads=1)


def asked(opened: Opened, count: int = 4) -> list[Encoded]:
    prompts = [prompt(str(n), f"Ann: talk {n} " + "and more " * n, used_arms.PROMPT) for n in range(count)]
    return encode_prompts(prompts, opened.tokenizer, max_source_tokens=40)


def test_every_word_of_a_text_has_the_certainty_of_its_tokens() -> None:
    text = "Maya sees the car, Ben pays 80 euros."
    (ids,) = token_ids([text], tiny.tokenizer())
    found = detail_of([ids, ids], [-1.0] * len(ids), tiny.tokenizer())
    assert [word for word, _ in found.words] == ["Maya", "sees", "the", "car", "Ben", "pays", "80", "euros"]
    assert -len(ids) < sum(logprob for _, logprob in found.words) <= -8
    assert found.others == (text,)


@pytest.mark.parametrize(
    "settings", [SETTINGS, GenerationSettings(max_new_tokens=9), SETTINGS.model_copy(update={"no_repeat_ngram": 2})]
)
def test_details_change_nothing_of_what_is_written(both: tuple[Opened, Opened], settings: GenerationSettings) -> None:
    for opened in both:
        plain = opened.generate(asked(opened), settings, 2)
        made = opened.detailed(asked(opened), settings, 2)
        assert [replace(item, logprob=0) for item, _ in made] == [replace(item, logprob=0) for item in plain]
        assert [item.logprob for item, _ in made] == pytest.approx([item.logprob for item in plain], abs=1e-4)
        for item, detail in made:
            assert len(detail.others) == settings.beams - 1
            assert sum(logprob for _, logprob in detail.words) >= item.logprob * item.tokens - 1e-3
            assert all(logprob < 0 for _, logprob in detail.words)
        assert opened.detailed([], settings, 1) == []


def test_both_engines_are_as_sure_of_the_same_words(both: tuple[Opened, Opened]) -> None:
    for (_, ours), (_, theirs) in zip(*(opened.detailed(asked(opened), SETTINGS, 1) for opened in both), strict=True):
        assert [word for word, _ in ours.words] == [word for word, _ in theirs.words]
        assert [value for _, value in ours.words] == pytest.approx([value for _, value in theirs.words], abs=0.05)
        assert ours.others[0] == theirs.others[0]
