"""The automatic token budget: what a forward pass keeps is measured, and what is free is divided by it."""

import pytest
import torch

import tiny
from upshot.records import Encoded
from upshot.train import budget as room
from upshot.train.budget import LEAST, MOST, SHARE, STEP, automatic_budget, kept_bytes


def example(length: int) -> Encoded:
    return Encoded("a", (7,) * length, (5,) * 8)


def test_what_a_pass_keeps_grows_with_its_tokens_and_leaves_the_weights_out() -> None:
    trainee = tiny.trainee()
    one, two, four = (kept_bytes(trainee, [example(32)] * count) for count in (1, 2, 4))
    assert one > 32 * 32 * 4  # at least one layer's hidden states
    assert four - two == pytest.approx(2 * (two - one), rel=0.02)
    assert kept_bytes(trainee, [example(128)]) > 4 * one  # attention grows with the square
    assert all(parameter.grad is None for parameter in trainee.model.parameters())


def test_a_budget_is_what_the_free_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    trainee, batch = tiny.trainee(), [example(20), example(64)]
    each = (kept_bytes(trainee, [example(64)] * 2) - kept_bytes(trainee, [example(64)])) / 72
    trained = sum(parameter.numel() for parameter in trainee.model.parameters())
    there = 100_000_000
    monkeypatch.setattr(room, "free_memory_bytes", lambda _: there)
    expected = SHARE * (there - 12 * trained) / each
    assert automatic_budget(trainee, batch) == int(expected) // STEP * STEP
    for free, bound in ((0, LEAST), (10**13, MOST)):
        monkeypatch.setattr(room, "free_memory_bytes", lambda _, free=free: free)
        assert automatic_budget(trainee, batch) == bound


def test_an_adapter_leaves_room_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "free_memory_bytes", lambda _: 30_000_000)
    budgets = [automatic_budget(tiny.trainee(tuning), [example(64)]) for tuning in ("full", "lora")]
    assert budgets[0] < budgets[1]


def test_measuring_changes_no_weight_and_no_draw() -> None:
    plain, measured = tiny.trainee(dropout=0.1), tiny.trainee(dropout=0.1)
    automatic_budget(measured, tiny.encoded())
    tiny.steps(plain, tiny.encoded(), count=2)
    tiny.steps(measured, tiny.encoded(), count=2)
    for a, b in zip(plain.model.parameters(), measured.model.parameters(), strict=True):
        assert torch.equal(a, b)
