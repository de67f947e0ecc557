"""Summaries of parts, then of summaries, until one is left; memory, progress and stopping."""

from collections.abc import Sequence

import pytest

from upshot.answers.long import AT_ONCE, condense, passes_for
from upshot.answers.parts import Line, split
from upshot.errors import StoppedError
from upshot.events import Event, never, silent
from upshot.records import Prediction


def count(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) + 2 for text in texts]


class Model:
    """Answers every text with its first words, and remembers what it was asked."""

    def __init__(self, words: int) -> None:
        self.words = words
        self.asked: list[int] = []
        self.last: list[bool] = []

    def __call__(self, texts: Sequence[str], last: bool) -> list[Prediction]:
        self.asked.append(len(texts))
        self.last.append(last)
        return [
            Prediction(str(n), " ".join(text.split()[: self.words]), 3, False, -1.0, 9, False)
            for n, text in enumerate(texts)
        ]


LINES = tuple(Line(n, f"Ann: word{n} two three four") for n in range(100))


def test_summaries_are_summarised_until_one_is_left() -> None:
    stretches, model, heard = split(LINES, count, 17), Model(3), list[Event]()
    done = condense(stretches, model, count, room=17, tell=heard.append, stop=never)
    assert len(done.parts) == len(stretches) > 30
    assert done.passes == sum(model.asked)
    assert max(model.asked) <= AT_ONCE
    assert model.last == [False] * (len(model.last) - 1) + [True]
    assert done.final.prediction == "Ann: word0 two"
    counts = [event.facts["done"] for event in heard]
    assert counts == sorted(counts)
    assert heard[-1].facts["done"] == done.passes <= heard[-1].facts["total"]


def test_one_stretch_is_summarised_once() -> None:
    model = Model(2)
    done = condense(split(LINES[:2], count, 99), model, count, room=99, tell=silent, stop=never)
    assert (done.passes, len(done.parts), model.last) == (1, 1, [True])


def test_summaries_that_never_shrink_come_to_an_end() -> None:
    model = Model(99)
    done = condense(split(LINES[:12], count, 8), model, count, room=8, tell=silent, stop=never)
    assert done.final.prediction
    assert len(done.parts) == 12


def test_parts_of_which_nothing_was_said_are_left_out_of_the_next_round() -> None:
    def mute(texts: Sequence[str], last: bool) -> list[Prediction]:
        return [Prediction("0", "", 1, False, -1.0, 9, False) for _ in texts]

    done = condense(split(LINES[:12], count, 17), mute, count, room=17, tell=silent, stop=never)
    assert done.final.prediction == ""


def test_a_stop_ends_it_between_calls() -> None:
    model = Model(3)
    with pytest.raises(StoppedError, match="nothing was kept"):
        condense(split(LINES, count, 17), model, count, room=17, tell=silent, stop=lambda: 15 if model.asked else None)
    assert len(model.asked) == 1


@pytest.mark.parametrize(("parts", "passes"), [(1, 1), (2, 3), (10, 11), (11, 14), (101, 101 + 11 + 2 + 1)])
def test_passes_count_every_level(parts: int, passes: int) -> None:
    assert passes_for(parts, room=500, tokens=50) == passes
    assert passes_for(2, room=10, tokens=50) == 3
