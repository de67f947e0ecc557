"""Laws of the training loop: what a batch weighs, on a real tiny T5 in fp32 without dropout."""

import random
from typing import Any

import pytest
import torch

import tiny
from upshot.model.adapters import trained_parameters
from upshot.records import Encoded
from upshot.train.batches import micro_batches
from upshot.train.loop import summed_loss

TUNINGS = ["full", "lora"]
TWOS, FOURS = 58, 116  # token budgets under which eight rows of 26 to 29 tokens fall into pairs, and into fours


def alike(count: int = 8) -> list[Encoded]:
    """Examples of random tokens whose padded sizes differ a little."""
    draw = random.Random(0)

    def ids(length: int) -> tuple[int, ...]:
        return (*(draw.randrange(3, 600) for _ in range(length - 1)), 1)

    return [Encoded(f"r{n}", ids(draw.randint(20, 22)), ids(draw.randint(6, 7))) for n in range(count)]


def awake(trainee: Any) -> Any:
    """The trainee with its LoRA matrices B away from zero, so that no gradient vanishes."""
    draw = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, parameter in trained_parameters(trainee.model):
            if "lora_B" in name:
                parameter.normal_(std=0.05, generator=draw)
    return trainee


def gradients(tuning: str, budget: int, **train: Any) -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradients of one step over eight examples in micro-batches of `budget` tokens."""
    trainee = awake(tiny.trainee(tuning, micro_batch_tokens=budget, clip=None, **train))
    step = tiny.steps(trainee, alike())[0]
    return step.loss, {name: p.grad for name, p in trained_parameters(trainee.model)}


@pytest.mark.parametrize(("budget", "parts"), [(TWOS, [2, 2, 2, 2]), (FOURS, [4, 4]), (16_384, [8])])
def test_the_budgets_of_these_laws_make_the_parts_that_they_name(budget: int, parts: list[int]) -> None:
    assert [len(part) for part in micro_batches(alike(), budget)] == parts


@pytest.mark.parametrize("tuning", TUNINGS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_batch_of_8_equals_4_times_2_and_2_times_4_in_loss_and_gradients(tuning: str, smoothing: float) -> None:
    loss, whole = gradients(tuning, 16_384, label_smoothing=smoothing)
    assert whole
    for budget in (TWOS, FOURS):
        other_loss, parts = gradients(tuning, budget, label_smoothing=smoothing)
        assert other_loss == pytest.approx(loss, rel=1e-5)
        for name, gradient in whole.items():
            assert torch.linalg.vector_norm(gradient) > 0, name
            error = torch.linalg.vector_norm(parts[name] - gradient) / torch.linalg.vector_norm(gradient)
            assert error <= 1e-5, name


@pytest.mark.parametrize("tuning", TUNINGS)
def test_gradient_checkpointing_brings_every_gradient_and_the_same_one(tuning: str) -> None:
    plain = awake(tiny.trainee(tuning, clip=None))
    saving = awake(tiny.trainee(tuning, clip=None))
    saving.model.enable_input_require_grads()
    saving.model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    for trainee in (plain, saving):
        tiny.steps(trainee, alike())
    expected = dict(trained_parameters(plain.model))
    for name, parameter in trained_parameters(saving.model):
        assert parameter.grad is not None, name
        torch.testing.assert_close(parameter.grad, expected[name].grad, rtol=1e-5, atol=1e-7)


@torch.no_grad()
def test_the_loss_of_a_padded_batch_is_the_cross_entropy_computed_by_hand() -> None:
    trainee = tiny.trainee(base=tiny.flan())
    batch = tiny.encoded(5)
    assert len({len(example.labels) for example in batch}) > 1
    trainee.model.eval()
    total = 0.0
    for example in batch:
        source = torch.tensor([example.input_ids])
        before = torch.tensor([[0, *example.labels[:-1]]])
        logits = trainee.model(input_ids=source, decoder_input_ids=before).logits[0]
        total -= sum(float(row.log_softmax(-1)[label]) for row, label in zip(logits, example.labels, strict=True))
    assert float(summed_loss(trainee, batch)) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("base", ["t5", "flan", "bart"])
@torch.no_grad()
def test_padding_never_changes_a_loss(base: str) -> None:
    trainee = tiny.trainee(base=getattr(tiny, base)())
    trainee.model.eval()
    batch = tiny.encoded(6)
    alone = sum(float(summed_loss(trainee, [example])) for example in batch)
    assert float(summed_loss(trainee, batch)) == pytest.approx(alone, rel=1e-5)
    assert float(summed_loss(trainee, batch[::-1])) == pytest.approx(alone, rel=1e-5)


@torch.no_grad()
def test_label_smoothing_is_the_one_of_torch() -> None:
    trainee = tiny.trainee(label_smoothing=0.1)
    trainee.model.eval()
    example = tiny.encoded(1)[0]
    source, labels = torch.tensor([example.input_ids]), torch.tensor([example.labels])
    before = torch.tensor([[0, *example.labels[:-1]]])
    logits = trainee.model(input_ids=source, decoder_input_ids=before).logits
    by_hand = torch.nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum")(logits[0], labels[0])
    assert float(summed_loss(trainee, [example])) == pytest.approx(float(by_hand), rel=1e-6)
