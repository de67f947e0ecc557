"""The training loop: token-exact accumulation, labels masked once, randomness out of (seed, step, micro-batch)."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from upshot.errors import NumbersError, ResourceError
from upshot.model.tokens import IGNORED
from upshot.recipe import TrainSettings
from upshot.records import Encoded
from upshot.train.batches import Plan, micro_batches, padded_tokens
from upshot.train.schedule import rate_at


@dataclass(frozen=True, slots=True)
class Step:
    """Facts of one optimiser step. `loss` is the mean per label token, with label smoothing where it is on."""

    step: int
    epoch: float
    loss: float
    lr: float
    tokens: int
    grad_norm: float
    seconds: float
    micro_batch_tokens: int


@dataclass(slots=True)
class Trainee:
    """What is trained, and by what: a model in train mode on its device, its optimiser, and the Accelerator."""

    model: Any
    optimizer: Any
    accelerator: Any
    settings: TrainSettings
    pad_id: int
    micro_batch_tokens: int


def fit(trainee: Trainee, plan: Plan, *, start: int) -> Iterator[Step]:
    """Facts of each step from `start` to the plan's end. Between two steps the caller may log, evaluate, save, stop.

    Raises:
        NumbersError: a loss or gradient that is not finite; the step's rows are named and the weights not touched.
        ResourceError: out of memory, with the batch and what to change.
    """
    for step in range(start, plan.total_steps):
        began = time.perf_counter()
        batch = plan.batch(step)
        rate = rate_at(step, plan.total_steps, trainee.settings)
        loss_sum, tokens = _gradients_in_memory(trainee, batch, seed=plan.seed, step=step)
        norm = _apply(trainee, rate, where=_where(step, batch))
        yield Step(
            step=step + 1,
            epoch=round((step + 1) / plan.steps_per_epoch, 4),
            loss=loss_sum / tokens,
            lr=rate,
            tokens=tokens,
            grad_norm=norm,
            seconds=time.perf_counter() - began,
            micro_batch_tokens=trainee.micro_batch_tokens,
        )


def _gradients_in_memory(trainee: Trainee, batch: Sequence[Encoded], *, seed: int, step: int) -> tuple[float, int]:
    """As `_gradients`; where the recipe allows it, with a budget halved until the parts fit, kept from then on."""
    while True:
        try:
            return _gradients(trainee, batch, seed=seed, step=step)
        except ResourceError:
            alone = len(micro_batches(batch, trainee.micro_batch_tokens)) == len(batch)
            if alone or not trainee.settings.allow_smaller_batch:
                raise
        trainee.micro_batch_tokens //= 2


def _gradients(trainee: Trainee, batch: Sequence[Encoded], *, seed: int, step: int) -> tuple[float, int]:
    """Loss sum and token count of the batch; gradients of their quotient are left on the parameters."""
    trainee.model.train()
    tokens = sum(len(example.labels) for example in batch)
    loss_sum = 0.0
    trainee.optimizer.zero_grad(set_to_none=True)
    for number, part in enumerate(micro_batches(batch, trainee.micro_batch_tokens)):
        torch.manual_seed((seed * 1_000_003 + step) * 4_099 + number)
        try:
            loss = summed_loss(trainee, part)
            if not math.isfinite(float(loss.detach())):
                raise _not_finite("loss", _where(step, part), trainee.settings)
            trainee.accelerator.backward(loss / tokens)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise _memory_error(part, error) from None
        except RuntimeError as error:
            if "not enough memory" not in str(error) and "out of memory" not in str(error):
                raise
            raise _memory_error(part, error) from None
        loss_sum += float(loss.detach())
    return loss_sum, tokens


def summed_loss(trainee: Trainee, batch: Sequence[Encoded]) -> torch.Tensor:
    """Cross-entropy summed over the label tokens of a micro-batch, in fp32. Padding never counts."""
    inputs = collate(batch, trainee.pad_id, trainee.accelerator.device)
    labels = inputs.pop("labels")  # (batch, target)
    inputs["decoder_input_ids"] = shift_right(trainee.model, labels)
    kept = labels != IGNORED  # (batch, target)
    with trainee.accelerator.autocast(), head_only_at(kept, trainee.model):
        logits = trainee.model(**inputs, use_cache=False).logits  # (label tokens, vocabulary)
    return torch.nn.functional.cross_entropy(
        logits.float(),
        labels[kept],
        reduction="sum",
        label_smoothing=trainee.settings.label_smoothing,
    )


@contextmanager
def head_only_at(kept: torch.Tensor, model: Any) -> Iterator[None]:
    """Within, the output head answers for the kept places (batch, target) alone: (label tokens, vocabulary).

    A third of a batch's targets is padding, and nothing in a small model costs as much a place as 32,128 pieces.
    """
    head = model.get_output_embeddings()
    hook = head.register_forward_pre_hook(lambda _head, inputs: (inputs[0][kept],))
    try:
        yield
    finally:
        hook.remove()


def shift_right(model: Any, labels: torch.Tensor) -> torch.Tensor:
    """Decoder inputs: the labels moved one to the right behind the start token, ignored places as padding."""
    config = model.config
    start = config.decoder_start_token_id
    shifted = torch.cat([torch.full_like(labels[:, :1], start), labels[:, :-1]], dim=1)  # (batch, target)
    return shifted.masked_fill(shifted == IGNORED, config.pad_token_id)


def collate(batch: Sequence[Encoded], pad_id: int, device: Any) -> dict[str, torch.Tensor]:
    """input_ids, attention_mask (batch, source) and labels (batch, target), padded on the right with -100."""
    source = max(len(example.input_ids) for example in batch)
    target = max(len(example.labels) for example in batch)
    ids = torch.full((len(batch), source), pad_id, dtype=torch.long)  # (batch, source)
    mask = torch.zeros((len(batch), source), dtype=torch.long)  # (batch, source)
    labels = torch.full((len(batch), target), IGNORED, dtype=torch.long)  # (batch, target)
    for row, example in enumerate(batch):
        ids[row, : len(example.input_ids)] = torch.tensor(example.input_ids)
        mask[row, : len(example.input_ids)] = 1
        labels[row, : len(example.labels)] = torch.tensor(example.labels)
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device), "labels": labels.to(device)}


def _apply(trainee: Trainee, rate: float, *, where: str) -> float:
    """Clip, step, and return the gradient norm before clipping."""
    parameters = [p for group in trainee.optimizer.param_groups for p in group["params"]]
    limit = trainee.settings.clip if trainee.settings.clip is not None else math.inf
    norm = float(trainee.accelerator.clip_grad_norm_(parameters, limit))
    if not math.isfinite(norm):
        raise _not_finite("gradient", where, trainee.settings)
    for group in trainee.optimizer.param_groups:
        group["lr"] = rate
    trainee.optimizer.step()
    return norm


def _not_finite(what: str, where: str, settings: TrainSettings) -> NumbersError:
    return NumbersError(
        f"the {what} is not finite at {where}; nothing of this step was kept; "
        f"lower train.learning_rate (now {settings.learning_rate:g}), keep train.clip, or set model.precision to fp32, "
        "each under another name (--set name=...), and look at these rows"
    )


def _where(step: int, batch: Sequence[Encoded]) -> str:
    ids = ", ".join(example.id for example in batch[:8])
    more = f" and {len(batch) - 8} more" if len(batch) > 8 else ""
    return f"step {step + 1} (rows {ids}{more})"


def _memory_error(batch: Sequence[Encoded], error: Exception) -> ResourceError:
    longest = max(batch, key=lambda example: len(example.input_ids))
    reason = str(error).splitlines()[0][:80] if str(error) else "MemoryError"
    return ResourceError(
        f"out of memory in a forward pass of {len(batch)} examples ({padded_tokens(batch):,} padded tokens; longest "
        f"row {longest.id} with {len(longest.input_ids)} tokens): lower train.micro_batch_tokens or "
        f"prompt.max_source_tokens, or set train.gradient_checkpointing: true ({reason})"
    )


def validation_loss(trainee: Trainee, examples: Sequence[Encoded]) -> float:
    """Mean cross-entropy per label token over examples in eval mode, without label smoothing."""
    trainee.model.eval()
    plain = trainee.settings.model_copy(update={"label_smoothing": 0.0})
    judge = Trainee(trainee.model, None, trainee.accelerator, plain, trainee.pad_id, trainee.micro_batch_tokens)
    total, tokens = 0.0, 0
    with torch.no_grad():
        for part in micro_batches(examples, trainee.micro_batch_tokens):
            total += float(summed_loss(judge, part))
            tokens += sum(len(example.labels) for example in part)
    return total / max(tokens, 1)
