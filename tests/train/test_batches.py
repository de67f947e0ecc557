"""The order of training."""

import random
from collections.abc import Sequence

import pytest

from upshot.records import Encoded
from upshot.train.batches import Plan, epoch_batches, micro_batches, padded_tokens, size


def examples(count: int) -> list[Encoded]:
    draw = random.Random(1)
    return [Encoded(f"r{n}", (5,) * draw.randint(3, 40), (6,) * draw.randint(2, 9)) for n in range(count)]


def ids(batches: Sequence[Sequence[Encoded]]) -> list[list[str]]:
    return [[example.id for example in batch] for batch in batches]


def test_an_epoch_holds_every_example_once_in_full_batches_but_the_last() -> None:
    rows = examples(903)
    batches = epoch_batches(rows, 8, seed=1, epoch=3)
    assert sorted(example.id for batch in batches for example in batch) == sorted(row.id for row in rows)
    assert sorted(len(batch) for batch in batches) == [7, *[8] * 112]


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    rows = examples(100)
    one = ids(epoch_batches(rows, 8, seed=1, epoch=1))
    assert one == ids(epoch_batches(rows, 8, seed=1, epoch=1))
    assert one != ids(epoch_batches(rows, 8, seed=1, epoch=2))
    assert one != ids(epoch_batches(rows, 8, seed=2, epoch=1))


def test_the_longest_batch_of_the_first_epoch_comes_first() -> None:
    batches = epoch_batches(examples(200), 8, seed=3, epoch=0)
    assert padded_tokens(batches[0]) == max(padded_tokens(batch) for batch in batches)


def test_like_lengths_stand_together_which_saves_padding() -> None:
    rows = examples(400)
    padded = sum(padded_tokens(batch) for batch in epoch_batches(rows, 8, seed=1, epoch=1))
    draw = random.Random(0)
    shuffled = draw.sample(rows, len(rows))
    unsorted = sum(padded_tokens(shuffled[at : at + 8]) for at in range(0, 400, 8))
    assert padded < 0.75 * unsorted
    assert padded >= sum(size(row) for row in rows)


@pytest.mark.parametrize("budget", [1, 40, 100, 10_000])
def test_micro_batches_keep_to_the_budget_and_lose_nobody(budget: int) -> None:
    batch = examples(8)
    parts = micro_batches(batch, budget)
    assert sorted(example.id for part in parts for example in part) == sorted(example.id for example in batch)
    assert all(padded_tokens(part) <= budget or len(part) == 1 for part in parts)


def test_a_plan_counts_steps_over_epochs_and_asks_each_epoch_for_its_examples_once() -> None:
    asked: list[int] = []

    def seen(epoch: int) -> list[Encoded]:
        asked.append(epoch)
        return examples(10)

    plan = Plan(seen, rows=10, batch_size=4, total_steps=7, seed=1)
    assert plan.steps_per_epoch == 3
    steps = [plan.batch(step) for step in range(7)]
    assert asked == [0, 1, 2]
    assert sorted(len(batch) for batch in steps[:3]) == [2, 4, 4]
    fresh = Plan(seen, rows=10, batch_size=4, total_steps=7, seed=1)
    assert ids([fresh.batch(5)]) == ids([steps[5]])  # entered in the middle, as a resumed run does
