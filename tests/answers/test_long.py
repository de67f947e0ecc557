"""Summaries of parts, chosen and put together as one; memory, progress and stopping."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.analysis.sentences import sentences_of
from upshot.answers.long import (
    AT_ONCE,
    DIGEST_WORDS,
    likely_chosen,
    notes_on_parts,
    put_together,
    refuse_to_go_on,
    summaries_of,
)
from upshot.answers.parts import Line, Stretch, split
from upshot.errors import StoppedError
from upshot.events import Event, never, silent
from upshot.records import Prediction


def count(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) + 2 for text in texts]


def said(
    text: str, *, tokens: int = 4, logprob: float = -1.0, hit_cap: bool = False, truncated: bool = False
) -> Prediction:
    return Prediction("0", text, tokens, hit_cap, logprob, 9, truncated)


class Model:
    """Answers every text with its first words, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, texts: Sequence[str]) -> list[Prediction]:
        self.asked.append(len(texts))
        return [said(" ".join(text.split()[:3])) for text in texts]


LINES = tuple(Line(n, f"Ann: word{n} two three four") for n in range(100))
TEN = tuple(Stretch((Line(2 * n, "a"), Line(2 * n + 1, "b")), 9) for n in range(10))
SENTENCES = st.lists(
    st.lists(st.sampled_from("Ann Ben pays rides red bikes soon often".split()), min_size=1, max_size=6).map(  # noqa: SIM905
        lambda words: " ".join(words) + "."
    ),
    max_size=3,
).map(" ".join)


def test_each_part_is_summarised_once_a_few_at_a_time() -> None:
    stretches, model, heard = split(LINES, count, 17), Model(), list[Event]()
    made = summaries_of(stretches, model, tell=heard.append, stop=never)
    assert len(made) == len(stretches) == sum(model.asked) > 30
    assert max(model.asked) <= AT_ONCE
    assert [item.prediction for item in made] == [" ".join(part.text.split()[:3]) for part in stretches]
    counts = [event.facts["done"] for event in heard]
    assert counts == sorted(counts)
    assert counts[:3] == [0, AT_ONCE, 2 * AT_ONCE]
    assert heard[-1].facts == {"done": len(stretches), "total": len(stretches)}


def test_a_stop_ends_it_between_calls() -> None:
    model = Model()
    with pytest.raises(StoppedError, match="nothing was kept"):
        summaries_of(split(LINES, count, 17), model, tell=silent, stop=lambda: 15 if model.asked else None)
    assert len(model.asked) == 1
    refuse_to_go_on(never)


def test_fewer_at_once_are_heard_of_sooner() -> None:
    heard: list[Event] = []
    made = summaries_of(TEN, Model(), tell=heard.append, stop=never, at_once=4)
    assert [event.facts["done"] for event in heard] == [0, 4, 8, 10]
    assert len(made) == 10


@given(st.lists(SENTENCES, min_size=1, max_size=9), st.none() | st.integers(3, 40))
def test_every_sentence_stands_in_a_chosen_part_in_order(texts: list[str], words: int | None) -> None:
    made = put_together([said(text) for text in texts], words)
    assert list(made.chosen) == sorted(set(made.chosen))
    there = [sentence for number in made.chosen for sentence in sentences_of(texts[number])]
    assert list(sentences_of(made.whole.prediction)) == there
    assert bool(there) == any(texts)
    assert len(made.chosen) < 2 or len(made.whole.prediction.split()) <= (words or DIGEST_WORDS)


def test_few_parts_are_all_told_where_there_is_room() -> None:
    made = put_together([said("Ann rides a bike."), said("Ben bakes bread."), said("Ann rides.")], None)
    assert (made.whole.prediction, made.chosen) == ("Ann rides a bike. Ben bakes bread.", (0, 1))


def test_confidence_is_that_of_the_tokens_which_were_chosen() -> None:
    parts = [
        said("Cats chase balls.", tokens=2, logprob=-1.0),
        said("Penguins swim in the cold sea.", tokens=50, logprob=-9.0, hit_cap=True),
        said("Dogs chase cats.", tokens=6, logprob=-3.0),
    ]
    made = put_together(parts, 6)
    assert made.chosen == (0, 2)
    assert made.whole.logprob == pytest.approx(-2.5)
    assert (made.whole.tokens, made.whole.prompt_tokens, made.whole.hit_cap) == (8, 27, False)
    assert put_together(parts, 20).whole.hit_cap


def test_what_breaks_off_is_kept_apart_from_the_next_and_told() -> None:
    made = put_together([said("Ann rides to", hit_cap=True), said("Ben bakes bread"), said('Cleo says "no."')], None)
    assert made.whole.prediction == 'Ann rides to... Ben bakes bread. Cleo says "no."'
    assert made.whole.hit_cap
    assert put_together([said("Ann rides to", hit_cap=True)], None).whole.prediction == "Ann rides to"


def test_words_that_were_cut_from_any_part_are_told() -> None:
    parts = [said("Ann rides."), said("", truncated=True)]
    made = put_together(parts, None)
    assert made.whole.truncated
    notes = notes_on_parts(TEN[:2], parts, made.chosen, 20)
    assert notes[1:] == (
        "the model wrote nothing of turns 3 to 4",
        "too long even in pieces, so words were cut from turns 3 to 4",
    )


def test_parts_of_which_nothing_was_said_come_to_nothing() -> None:
    parts = [said(" ", logprob=-2.0)] * 10
    made = put_together(parts, None)
    assert (made.whole.prediction, made.chosen, made.whole.logprob) == ("", (), -2.0)
    told, empty = notes_on_parts(TEN, parts, made.chosen, 20)
    assert told.endswith("from the summaries of 0 of 10 parts, of no turn")
    assert empty == "the model wrote nothing of turns 1 to 20"


def test_notes_name_the_turns_that_are_told_and_those_that_are_not() -> None:
    parts = [said("Ann rides.")] * 10
    (told,) = notes_on_parts(TEN, parts, (0, 3, 4), 20)
    assert told == (
        "longer than the 20 tokens that the model reads at once, so 10 parts were summarised; the summary "
        "is put together from the summaries of 3 of 10 parts, of turns 1 to 2, 7 to 10; those of turns 3 to 6, 11 to "
        "20 stand in source.parts alone"
    )
    (every,) = notes_on_parts(TEN, parts, range(10), 20)
    assert every.endswith("from the summaries of 10 of 10 parts")
    torn = tuple(Stretch((Line(4, "a"),), 9) for _ in range(2))
    assert notes_on_parts(torn, parts[:2], (0,), 20)[0].endswith(
        "of turn 5; those of turn 5 stand in source.parts alone"
    )
    assert notes_on_parts(torn, parts[:2], (0,), 20)[1].endswith("read in pieces: turn 5")


def test_how_many_are_chosen_is_guessed_from_their_usual_length() -> None:
    assert likely_chosen(40, None, 25) == DIGEST_WORDS // 25
    assert (likely_chosen(1, None, 25), likely_chosen(40, 3, 25)) == (1, 1)
