"""Subsets, joining, dividing and cleaning of rows."""

import random

import pytest

from upshot.data.splits import dialogue_key, divide, join_rows, take_subset, without_leaks
from upshot.errors import DataError, UsageError
from upshot.recipe import SplitShares, Subset
from upshot.records import Row


def _row(row_id: str, dialogue: str, summary: str | None = "s") -> Row:
    return Row(row_id, dialogue, summary)


ROWS = [_row(f"r{number}", f"A: word{number}") for number in range(50)]


def test_subsets_apply_in_order_and_keep_file_order() -> None:
    subset = Subset.model_validate({"every": 5, "first": 6, "sample": 3})
    kept = take_subset(ROWS, subset, seed=1, split="train")
    assert all(row in ROWS[::5][:6] for row in kept)
    assert [row.id for row in kept] == [row.id for row in ROWS if row in kept]
    assert len(kept) == 3
    assert kept == take_subset(ROWS, subset, seed=1, split="train")
    assert take_subset(ROWS, Subset.model_validate({}), seed=1, split="train") == tuple(ROWS)


def test_a_sample_hangs_on_seed_and_split() -> None:
    subset = Subset.model_validate({"sample": 10})
    drawn = [
        tuple(row.id for row in take_subset(ROWS, subset, seed=seed, split=split))
        for seed in (1, 2)
        for split in ("train", "test")
    ]
    assert len(set(drawn)) == 4


def test_numbered_rows_of_one_text_become_one_dialogue_with_references_in_order() -> None:
    rows = [
        _row("test_12_1", "a", "x"),
        _row("test_13_1", "b", "y"),
        _row("test_12_2", "a", "z"),
        _row("test_13_2", "b", "w"),
    ]
    dialogues = join_rows(rows)
    assert [(one.id, one.references, one.row_ids) for one in dialogues] == [
        ("test_12", ("x", "z"), ("test_12_1", "test_12_2")),
        ("test_13", ("y", "w"), ("test_13_1", "test_13_2")),
    ]


def test_a_stem_that_is_no_name_of_one_dialogue_is_not_used() -> None:
    shared = join_rows([_row("dev_1", "a"), _row("dev_2", "b"), _row("dev_3", "a")])
    assert [one.id for one in shared] == ["dev_1", "dev_2"]
    taken = join_rows([_row("t_1", "a"), _row("t_2", "a"), _row("t", "b")])
    assert [one.id for one in taken] == ["t_1", "t"]
    assert [one.id for one in join_rows([_row("test_66_3", "a")])] == ["test_66_3"]


def test_rows_without_a_summary_give_no_reference() -> None:
    assert join_rows([_row("a", "x", None)])[0].references == ()


def test_a_file_is_divided_by_dialogue_and_stays_so_in_any_order() -> None:
    copies = [_row(f"c{row.id}", row.dialogue.upper() + "!") for row in ROWS]
    rows = [*ROWS, *copies]
    parts = divide(rows, SplitShares.model_validate({}), seed=3, file="F")
    assert {split: len(part) for split, part in parts.items()} == {"train": 80, "validation": 10, "test": 10}
    keys = [{dialogue_key(row.dialogue) for row in part} for part in parts.values()]
    assert len(set.union(*keys)) == sum(len(part) for part in keys)
    shuffled = random.Random(1).sample(rows, len(rows))
    again = divide(shuffled, SplitShares.model_validate({}), seed=3, file="F")
    assert {row.id for row in again["test"]} == {row.id for row in parts["test"]}
    other = divide(rows, SplitShares.model_validate({}), seed=4, file="F")
    assert {row.id for row in other["test"]} != {row.id for row in parts["test"]}


def test_too_few_dialogues_or_too_large_shares_are_refused() -> None:
    with pytest.raises(DataError, match="F: 2 dialogues, at least 3 are needed") as caught:
        divide([*ROWS[:2], ROWS[0]], SplitShares.model_validate({}), seed=1, file="F")
    assert caught.value.code == "D52"
    with pytest.raises(UsageError, match="leave nothing for training"):
        divide(ROWS, SplitShares.model_validate({"validation": 0.5, "test": 0.5}), seed=1, file="F")
    parts = divide(ROWS, SplitShares.model_validate({"validation": 0, "test": 0.1}), seed=1, file="F")
    assert [len(part) for part in parts.values()] == [45, 0, 5]


def test_cleaning_removes_what_stands_in_an_earlier_split_and_nothing_else() -> None:
    rows = {
        "train": [_row("a", "#Person1#: Hello you")],
        "validation": [_row("b", "hello, YOU"), _row("c", "new")],
        "test": [_row("d", "hello you"), _row("e", "New!"), _row("f", "fresh"), _row("g", "fresh")],
    }
    kept = without_leaks(rows)
    assert {split: [row.id for row in part] for split, part in kept.items()} == {
        "train": ["a"],
        "validation": ["c"],
        "test": ["f", "g"],
    }


def test_dialogues_in_other_scripts_are_told_apart() -> None:
    assert dialogue_key("我们3点见") != dialogue_key("他们3点走")
    assert dialogue_key("¡¿") != dialogue_key("…")
    assert dialogue_key("Café ") == dialogue_key("café")
