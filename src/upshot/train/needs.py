"""What a training and a prediction take in memory, disk and work: one rule each, with what it was measured on.

Measured on 2 cores with AVX512-bf16 with random weights at FLAN-T5's shapes and with the starter; memory is the most
that a process of its own ever held (VmHWM). docs/speed.md has the figures, tests/train/test_needs.py holds the rules
against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from upshot.model.adapters import MERGEABLE
from upshot.model.size import Shape
from upshot.recipe import Arm
from upshot.train.budget import LARGE

BYTES: Final = 4  # a number in fp32, as weights, gradients and moments are
PROGRAM: Final = 400_000_000  # Python, torch, transformers and peft before a model: 370 MB
# Freed memory that the C library keeps in gaps which later tensors do not fit, after some dozens of batches of unlike
# lengths: 1.5 GB beside the starter, 2.1 GB at the small shape; the first steps alone have little of it.
GAPS: Final = 1_500_000_000
GAPS_OF_KEPT: Final = 0.45  # more of them where activations are large, up to
MOST_GAPS: Final = 2_100_000_000
# Bytes that a layer keeps of a token for the backward pass: for the width, the feed-forward width, and each weight of
# attention. Fitted to what autograd held at three shapes, within 5 per cent.
KEPT: Final = {"bf16": (20, 12, 3), "fp32": (36, 19, 5)}
# Checkpoints that lie there at once while one is written: the newest, the best where it counts, and the new one.
NEW_AND_NEWEST: Final = 2
# Shares of the rate of a square matrix product: matrices are smaller in narrow models, and decoding makes one token at
# a time, beams in small groups.
TRAINING: Final = 0.5
DECODING: Final = 0.25
BEAMS: Final = 0.4
HALF_WIDTH: Final = 400  # a model of this width reaches half of it
CT2: Final = 2.0  # CTranslate2 against transformers on a CPU, all in all
STARTING: Final = 3.0  # seconds to load a model, and again to prove a trained one in a fresh process


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of prompts and of summaries: means and the longest."""

    source: float
    target: float
    longest_source: int
    longest_target: int


def training_memory(shape: Shape, arm: Arm, lengths: Lengths, precision: str) -> int:
    """Bytes that the process of an arm's training comes to hold: program, weights and optimiser, activations."""
    trained = _trained(shape, arm) * (1 + _moments(arm)) * BYTES
    kept = _kept(shape, arm, lengths, precision)
    gaps = min(MOST_GAPS, GAPS + GAPS_OF_KEPT * kept)
    return int(PROGRAM + shape.parameters * BYTES + trained + kept + gaps)


def predicting_memory(shape: Shape, arm: Arm, lengths: Lengths) -> int:
    """Bytes that the process of an arm's predictions comes to hold; an export holds the model twice."""
    prompt = lengths.longest_source
    rows = max(1, arm.generation.batch_tokens // max(prompt, 1) // arm.generation.beams)
    cache = 2 * shape.decoder_layers * shape.inner * rows * prompt * BYTES
    scores = 2 * shape.heads * rows * prompt**2 * BYTES
    models = 2 if arm.predict.engine == "ct2" else 1
    return PROGRAM + GAPS // 3 + models * shape.parameters * BYTES + cache + scores


def _moments(arm: Arm) -> float:
    """Numbers that the optimiser keeps for a trained one; Adafactor has one for a row and one for a column."""
    return 2.0 if arm.train.optimizer == "adamw" else 0.1


def _trained(shape: Shape, arm: Arm) -> int:
    """Parameters that are trained; of adapters at least as many as they have."""
    if arm.tuning == "full":
        return shape.parameters
    sides = shape.width + max(shape.inner, shape.feedforward)
    layers = shape.encoder_layers + 2 * shape.decoder_layers
    return (arm.adapter.r * len(arm.adapter.targets) + arm.adapter.virtual_tokens) * sides * layers


def recomputes(shape: Shape, arm: Arm) -> bool:
    """Whether the arm's training computes its activations again, as `checkpoint_gradients` decides."""
    asked = arm.train.gradient_checkpointing
    return arm.tuning in MERGEABLE and shape.parameters >= LARGE if asked == "auto" else asked


def _kept(shape: Shape, arm: Arm, lengths: Lengths, precision: str) -> int:
    """Bytes that the forward pass of the largest micro-batch keeps for the backward pass."""
    source, target = lengths.longest_source, lengths.longest_target
    budget = arm.train.micro_batch_tokens
    most = arm.train.batch_size if budget == "auto" else budget // max(source + target, 1)
    rows = max(1, min(arm.train.batch_size, most))
    for_width, for_feedforward, for_weight = KEPT[precision]
    token = for_width * shape.width + for_feedforward * shape.feedforward
    encoder = rows * source * (token + for_weight * shape.heads * source)
    decoder = rows * target * (token + for_weight * shape.heads * (source + target))
    logits = rows * target * shape.vocabulary * BYTES
    if recomputes(shape, arm):
        between = rows * (source * shape.encoder_layers + target * shape.decoder_layers) * shape.width * BYTES
        return between + max(encoder, decoder) + logits
    casts = 2 * (shape.parameters - shape.vocabulary * shape.width) if precision == "bf16" else 0
    return encoder * shape.encoder_layers + decoder * shape.decoder_layers + logits + casts


def disk_while_training(shape: Shape, arm: Arm) -> int:
    """Bytes of the checkpoints that an arm's training has at once; they are gone when it ends."""
    at_once = NEW_AND_NEWEST + (arm.train.best_by != "last" and arm.train.eval_every != "never")
    return int(_trained(shape, arm) * BYTES * (1 + _moments(arm)) * at_once) if arm.trains else 0


def disk_kept(shape: Shape, arm: Arm) -> int:
    """Bytes that stay of an arm: its weights, and its export where it predicts with CTranslate2."""
    weights = _trained(shape, arm) * BYTES if arm.trains else 0
    exported = shape.parameters * (BYTES if arm.predict.quantization == "float32" else 1.1)
    return int(weights + (exported if arm.predict.engine == "ct2" else 0))


def training_seconds(shape: Shape, arm: Arm, lengths: Lengths, *, examples: float, speed: float) -> float:
    """Seconds of the steps of a training over `examples`, on a machine of `speed` multiply-adds a second."""
    source, target = lengths.source, lengths.target
    forward = _read(shape, source) + target * _written(shape, source, target)
    # Backward costs twice the forward; what is frozen needs no gradient of its own.
    passes = 3.0 if arm.tuning == "full" else 2.2
    return examples * forward * (passes + recomputes(shape, arm)) / (speed * TRAINING * _share(shape))


def predicting_seconds(shape: Shape, arm: Arm, lengths: Lengths, *, dialogues: int, speed: float) -> float:
    """Seconds of predictions for `dialogues`; summaries are thought as long as those of the training rows."""
    several = arm.generation.beams > 1
    new = min(arm.generation.max_new_tokens, lengths.target)
    writing = new * arm.generation.beams * _written(shape, lengths.source, new)
    rate = speed * _share(shape) * (CT2 if arm.predict.engine == "ct2" else 1.0)
    slow = DECODING * (BEAMS if several else 1.0)
    return dialogues * (_read(shape, lengths.source) / TRAINING + writing / slow) / rate


def _share(shape: Shape) -> float:
    return shape.width / (shape.width + HALF_WIDTH)


def _read(shape: Shape, source: float) -> float:
    """Multiply-adds to read a prompt: the encoder, and the decoder's keys and values of it."""
    encoder = shape.encoder_layers * (shape.layer + 2 * source * shape.inner)
    return source * (encoder + shape.decoder_layers * 2 * shape.width * shape.inner)


def _written(shape: Shape, source: float, target: float) -> float:
    """Multiply-adds for a token of a summary: the decoder and its head."""
    looked = 2 * shape.width * shape.inner + 2 * (source + target) * shape.inner
    return shape.decoder_layers * (shape.layer + looked) + shape.vocabulary * shape.width
