"""upshot's training loop against the origin notebooks' way of training, on FLAN-T5-small's shape with random weights.

upshot: batches of like length padded to their longest, its arithmetic (bf16 autocast where the processor has it), eager
attention, fused GELU, masks from random bytes, freed memory kept. The notebooks: every example padded to 512 and 128
tokens, transformers' defaults, once with weights in fp32 and once in bf16 (as the first of them loads its model).
AdamW and batches of 8 on both sides. Takes about three minutes on two idle cores.

python bench/train.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure.machine import print_machine
from measure.material import Material, material

from upshot.model.device import accelerator_for, precision_of
from upshot.model.dropout import set_dropout
from upshot.model.load import ModelRef, load_base, load_tokenizer
from upshot.model.noise import quiet
from upshot.model.tokens import encode_pairs
from upshot.prompts import prompt
from upshot.recipe import ModelSettings, PromptSettings, TrainSettings
from upshot.records import Encoded
from upshot.train.batches import Plan
from upshot.train.loop import Trainee, fit
from upshot.train.schedule import optimizer_for

BATCH = 8


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: conversations, timed steps of the notebooks' way, and the lengths that they pad to."""

    conversations: int
    steps: int
    source: int
    target: int


def main() -> None:
    """Print examples a second of the three ways, and two ratios."""
    quick = "--quick" in sys.argv
    size = Size(16, 1, 64, 24) if quick else Size(128, 3, 512, 128)
    print_machine("torch", "transformers", "accelerate")
    with tempfile.TemporaryDirectory() as folder:
        stuff = material(Path(folder), size.conversations, quick=quick)
        print(f"{stuff.words}; batches of {BATCH}")
        examples = encoded(stuff, size)
        # upshot comes last: what it tells the allocator holds for the whole process and would help the others.
        fp32 = notebook_rate(stuff.folder, examples, size, precision="float32")
        print(f"notebooks' way, padded to {size.source}/{size.target}, fp32:         {fp32:.2f} examples/s")
        bf16 = notebook_rate(stuff.folder, examples, size, precision="bfloat16")
        print(f"notebooks' way, padded to {size.source}/{size.target}, bf16 weights: {bf16:.2f} examples/s")
        ours, precision = upshot_rate(stuff.folder, examples)
        print(f"upshot, like-length batches, {precision}: {ours:.2f} examples/s")
    print(f"ratio {ours / fp32:.1f} (upshot / notebooks' way in fp32)")
    print(f"ratio {ours / bf16:.1f} (upshot / notebooks' way with bf16 weights)")


def encoded(stuff: Material, size: Size) -> list[Encoded]:
    """Training examples of all conversations, cut to the size's limits."""
    settings = PromptSettings(max_source_tokens=size.source, max_target_tokens=size.target)
    prompts = [prompt(row.id, row.dialogue, settings) for row in stuff.rows]
    tokenizer = load_tokenizer(ModelRef(str(stuff.folder)))
    return encode_pairs(
        prompts, [row.summary or "" for row in stuff.rows], tokenizer, limits=(size.source, size.target)
    )


def notebook_rate(folder: Path, examples: Sequence[Encoded], size: Size, *, precision: str) -> float:
    """Examples a second over a few steps after one to warm up; every step costs the same, as all are padded alike."""
    import torch
    from transformers import AutoModelForSeq2SeqLM

    with quiet():
        model = AutoModelForSeq2SeqLM.from_pretrained(str(folder), dtype=getattr(torch, precision)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    notebook_step(model, optimizer, examples[:BATCH], size)
    began = time.perf_counter()
    for step in range(size.steps):
        at = (step * BATCH) % (len(examples) - BATCH + 1)
        notebook_step(model, optimizer, examples[at : at + BATCH], size)
    return size.steps * BATCH / (time.perf_counter() - began)


def notebook_step(model: Any, optimizer: Any, batch: Sequence[Encoded], size: Size) -> None:
    """One optimiser step with padding="max_length" on both sides, padding counted in the loss as in the notebooks."""
    import torch

    source = torch.tensor([[*item.input_ids, *[0] * (size.source - len(item.input_ids))] for item in batch])
    target = torch.tensor([[*item.labels, *[0] * (size.target - len(item.labels))] for item in batch])
    optimizer.zero_grad()
    model(input_ids=source, labels=target).loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def upshot_rate(folder: Path, examples: Sequence[Encoded]) -> tuple[float, str]:
    """Examples a second over one whole epoch, so that every length has its share, after one step to warm up."""
    accelerator = accelerator_for(ModelSettings(device="cpu"))
    model, tokenizer = load_base(ModelRef(str(folder)))
    settings = TrainSettings(batch_size=BATCH)
    set_dropout(model, settings.dropout, settings.attention_dropout)
    optimizer = optimizer_for(model.named_parameters(), settings)
    budget = settings.micro_batch_tokens
    trainee = Trainee(model, optimizer, accelerator, settings, tokenizer.pad_token_id, budget)
    warm = Plan(lambda _epoch: examples, len(examples), BATCH, total_steps=1, seed=13)
    for _ in fit(trainee, warm, start=0):
        pass
    steps = -(-len(examples) // BATCH)
    plan = Plan(lambda _epoch: examples, len(examples), BATCH, total_steps=steps, seed=13)
    began = time.perf_counter()
    for _ in fit(trainee, plan, start=0):
        pass
    return len(examples) / (time.perf_counter() - began), precision_of(accelerator)


if __name__ == "__main__":
    main()
