"""Learning rates, numbers of steps, and what is decayed."""

import math

import pytest
import torch

import tiny
from upshot.model.adapters import trained_parameters
from upshot.recipe import TrainSettings
from upshot.train.schedule import optimizer_for, rate_at, total_steps


def rates(steps: int, **settings: object) -> list[float]:
    made = TrainSettings.model_validate({"learning_rate": 1.0, **settings})
    return [round(rate_at(step, steps, made), 4) for step in range(steps)]


def test_linear_falls_from_the_peak_to_almost_nothing() -> None:
    assert rates(5) == [1.0, 0.8, 0.6, 0.4, 0.2]


def test_a_warm_up_rises_evenly_by_steps_or_by_a_share() -> None:
    assert rates(8, warmup=3) == [0.25, 0.5, 0.75, 1.0, 0.8, 0.6, 0.4, 0.2]
    assert rates(8, warmup=0.375) == rates(8, warmup=3)


def test_a_hold_keeps_the_peak_and_then_the_decay_begins() -> None:
    assert rates(8, hold=0.5) == [1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    assert rates(6, warmup=2, hold=0.5) == [0.3333, 0.6667, 1.0, 1.0, 1.0, 0.5]


def test_constant_stays_after_the_warm_up() -> None:
    assert rates(5, schedule="constant", warmup=1) == [0.5, 1.0, 1.0, 1.0, 1.0]
    assert rates(4, schedule="constant", hold=1.0) == rates(4, hold=1.0) == [1.0] * 4


def test_cosine_is_half_way_in_the_middle() -> None:
    assert rates(4, schedule="cosine") == [1.0, round((1 + math.cos(math.pi / 4)) / 2, 4), 0.5, 0.1464]


def test_the_linear_schedule_is_the_one_of_transformers() -> None:
    from transformers import get_linear_schedule_with_warmup

    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    theirs = get_linear_schedule_with_warmup(optimizer, 0, 10)
    found = []
    for _ in range(10):
        found.append(round(optimizer.param_groups[0]["lr"], 4))
        optimizer.step()
        theirs.step()
    assert rates(10) == found


@pytest.mark.parametrize(
    ("settings", "rows", "steps"),
    [
        ({"epochs": 3}, 16, 6),
        ({"epochs": 3}, 17, 9),
        ({"epochs": 0.5}, 16, 1),
        ({"epochs": 0.01}, 16, 1),
        ({"epochs": 30, "max_steps": 4}, 16, 4),
        ({"epochs": 1}, 125, 16),
    ],
)
def test_steps_count_whole_batches(settings: dict[str, float], rows: int, steps: int) -> None:
    assert total_steps(TrainSettings.model_validate({"batch_size": 8, **settings}), rows) == steps


@pytest.mark.parametrize("optimizer", ["adamw", "adafactor"])
def test_weight_decay_spares_vectors_and_every_parameter_is_there_once(optimizer: str) -> None:
    trainee = tiny.trainee(optimizer=optimizer, weight_decay=0.1)
    made = optimizer_for(trained_parameters(trainee.model), trainee.settings)
    decayed, spared = made.param_groups
    assert (decayed["weight_decay"], spared["weight_decay"]) == (0.1, 0.0)
    assert {p.ndim for p in decayed["params"]} == {2}
    assert {p.ndim for p in spared["params"]} == {1}
    assert len(decayed["params"]) + len(spared["params"]) == len(trained_parameters(trainee.model))
