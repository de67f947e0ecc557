"""A loss that soars is told once, and one that wavers is not."""

import random

from upshot.train.divergence import WINDOW, Watch, watching


def said(losses: list[float]) -> list[tuple[int, str]]:
    watch = Watch()
    return [(step, text) for step, loss in enumerate(losses, start=1) if (text := watch.rise(loss))]


def test_a_loss_that_soars_is_told_once_with_what_it_was() -> None:
    falling, soaring = [5 - 0.05 * step for step in range(60)], [12.0] * 100
    ((step, text),) = said(falling + soaring)
    assert 60 < step <= 60 + WINDOW
    assert "over the last 20 steps" in text
    assert text.endswith("up to step 60, 5.000 at first")


def test_steps_that_throw_a_training_off_at_once_are_told_at_the_first_full_window() -> None:
    ((step, text),) = said([5.0] + [40.0] * 50)
    assert step == WINDOW
    assert text == "38.250 over the last 20 steps, 5.000 up to step 1, 5.000 at first"


def test_a_loss_that_wavers_falls_or_rises_from_nearly_nothing_is_left_alone() -> None:
    draw = random.Random(3)
    assert said([4 * draw.uniform(0.6, 1.4) for _ in range(500)]) == []
    assert said([5 * 0.98**step for step in range(300)]) == []
    assert said([5 * 0.9**step for step in range(60)] + [1.0] * 40) == []  # under the first
    assert said([9.0] * 3) == []


def test_what_an_earlier_start_has_told_is_not_told_again() -> None:
    losses = [3.0] * 30 + [30.0] * 30
    assert watching(losses).rise(30.0) is None
    assert watching(losses).told
    early = watching(losses[:31])
    assert [bool(early.rise(loss)) for loss in losses[31:]].count(True) == 1
