"""Changes to training examples."""

import itertools
import random

import pytest

from upshot.records import Row
from upshot.train.augment import NAMES, draw_for, mask_spans, rename_speakers

TAGGED = Row(
    "t1", "#Person1#: Hi Anna.\n#Person2#: Hi, #Person1#!\n#Person10#: Yo.", "#Person10# greets #Person1#.", "x"
)


def test_a_row_draws_the_same_in_every_process_and_another_thing_each_epoch() -> None:
    draws = {draw_for(seed, epoch, row).random() for seed in (1, 2) for epoch in (0, 1) for row in ("a", "b")}
    assert len(draws) == 8
    assert draw_for(13, 2, "t1").random() == draw_for(13, 2, "t1").random()


def test_tags_become_the_same_names_in_dialogue_and_summary() -> None:
    for seed in range(20):
        row = rename_speakers(TAGGED, random.Random(seed))
        first, second, tenth = (line.split(":")[0] for line in row.dialogue.split("\n"))
        assert len({first, second, tenth}) == 3
        assert row.summary == f"{tenth} greets {first}."
        assert f"Hi, {first}!" in row.dialogue
        assert "#Person" not in row.dialogue
        assert "Anna" not in (first, second, tenth)  # she is in the dialogue already
        assert (row.id, row.topic) == ("t1", "x")


def test_a_dialogue_without_tags_and_a_row_without_summary_stay() -> None:
    row = Row("t", "Ann: hi", None)
    assert rename_speakers(row, random.Random(0)) == row


def test_there_are_many_names_and_no_name_twice() -> None:
    assert len(NAMES) == len(set(NAMES)) > 200


@pytest.mark.parametrize("length", [2, 3, 7, 20, 100, 511])
def test_spans_cover_15_per_cent_never_touch_and_can_be_put_back(length: int) -> None:
    sentinels, ids = list(range(1000, 1020)), list(range(length))
    for seed in range(10):
        source, target = mask_spans(ids, sentinels, random.Random(seed))
        used = [token for token in source if token >= 1000]
        assert used == [token for token in target if token >= 1000] == sentinels[: len(used)]
        assert not any(a >= 1000 and b >= 1000 for a, b in itertools.pairwise(source))
        masked = [token for token in target if token < 1000]
        assert len(masked) == max(1, round(0.15 * length))
        assert _filled(source, target) == ids


def _filled(source: list[int], target: list[int]) -> list[int]:
    """The source with each sentinel replaced by what the target says that it stands for."""
    spans: dict[int, list[int]] = {}
    for token in target:
        if token >= 1000:
            current = spans.setdefault(token, [])
        else:
            current.append(token)
    return [token for item in source for token in (spans[item] if item >= 1000 else [item])]
