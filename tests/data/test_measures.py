"""Figures of a split."""

from upshot.data.measures import Repeats, measure, repeats_of, spread, token_table
from upshot.records import Row

ROWS = [
    Row("t_1", "A: one two\nB: three", "x y", number=1),
    Row("t_2", "A: one two\nB: three", "z", number=2),
    Row("u", "A: four", "w", number=3),
    Row("v", "a FOUR!", "w", number=4),
]


def test_a_split_is_measured_by_dialogue() -> None:
    found = measure(ROWS, file="F", rows_in_file=9, tokens=None, limits=(1, 1))
    assert (found.rows, found.dialogues, found.unique_dialogues, found.with_line_breaks) == (4, 3, 2, 1)
    assert found.references_per_dialogue == 4 / 3
    assert found.dialogue_words is not None
    assert found.dialogue_words.max == 5
    assert found.speakers is not None
    assert found.speakers.max == 2
    assert found.tokens is None


def test_numbered_references_are_no_repeats_but_copies_are() -> None:
    assert repeats_of(ROWS) == Repeats(groups=1, rows=2)
    assert repeats_of([Row("a", "x", "s"), Row("b", "x", "t"), Row("c", "y", "u")]) == Repeats(groups=1, rows=2)
    assert repeats_of([]) == Repeats(0, 0)


def test_lengths_in_tokens_and_shares_over_the_limits() -> None:
    tokens = token_table((text for row in ROWS for text in (row.dialogue, row.summary or "")), _words, unknown_id=2)
    found = measure(ROWS, file="F", rows_in_file=4, tokens=tokens, limits=(2, 1)).tokens
    assert found is not None
    assert (found.dialogues_over, found.summaries_over) == (1 / 3, 1 / 4)
    assert found.unknown == 0.0


def test_nothing_has_no_spread() -> None:
    assert spread([]) is None
    hundred = spread(list(range(1, 101)))
    assert hundred is not None
    assert (hundred.p5, hundred.p50, hundred.p95, hundred.p99, hundred.max) == (5, 50, 95, 99, 100)


def _words(texts: object) -> list[list[int]]:
    assert isinstance(texts, list)
    return [[1] * len(text.split()) for text in texts]
