"""What a training step costs as rows and lengths grow: flat in the number of rows, near-linear in tokens.

upshot's own epochs and loop on a small T5 (256 wide, 2 + 2 layers): a table from 1,000 to 100,000 rows, repeated from
real conversations, and one of dialogues cut to more and more tokens. Takes three minutes.

python bench/growth.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from measure.goals import goal
from measure.machine import print_machine
from measure.material import conversations

from upshot.model.device import accelerator_for
from upshot.model.load import load_base
from upshot.model.noise import quiet
from upshot.model.place import ModelRef
from upshot.model.scratch import new_t5, train_tokenizer
from upshot.recipe import ModelSettings, ScratchSettings, TrainSettings
from upshot.records import Encoded
from upshot.train.batches import Plan
from upshot.train.loop import Trainee, fit
from upshot.train.schedule import optimizer_for

BATCH = 8


def main() -> None:
    """Print seconds a step for every number of rows and every length."""
    quick = "--quick" in sys.argv
    print_machine("torch", "transformers")
    steps = 2 if quick else 40
    rows, words = conversations(12 if quick else 200)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = train_tokenizer((f"{row.dialogue}\n{row.summary}" for row in rows), 640 if quick else 4096)
        shape = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_heads": 2} if quick else {}
        model = new_t5(ScratchSettings(num_layers=2, num_decoder_layers=2, **shape), len(tokenizer), seed=13)
        with quiet():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
        ids = tokenizer([row.dialogue for row in rows], verbose=False)["input_ids"]
        examples = [Encoded(str(n), tuple(item[:256]), tuple(item[:32])) for n, item in enumerate(ids)]
        print(f"{words}; {steps} steps of {BATCH} examples")
        trainee = trainee_of(Path(folder))
        seconds_a_step(trainee, examples, steps)
        sizes = (100, 1000) if quick else (1_000, 10_000, 100_000)
        costs = [of_rows(trainee, examples, size, steps) for size in sizes]
        print("| rows | ms a step | seconds before the first |\n| --- | --- | --- |")
        for size, (first, each) in zip(sizes, costs, strict=True):
            print(f"| {size:,} | {1000 * each:.1f} | {first:.2f} |")
        print(f"ratio {costs[-1][1] / costs[0][1]:.2f} (a step with {sizes[-1]:,} rows / with {sizes[0]:,})")
        lengths = (16, 32) if quick else (64, 128, 256, 512)
        longest = [token for item in ids for token in item]
        print("| source tokens | ms a step | us a token |\n| --- | --- | --- |")
        per_token = []
        for length in lengths:
            cut = [
                Encoded(str(n), tuple(longest[n * length : (n + 1) * length]), (5, 6, 7, 1)) for n in range(4 * BATCH)
            ]
            each = seconds_a_step(trainee, cut, max(2, steps // 2))[1]
            per_token.append(each / (BATCH * length))
            print(f"| {length} | {1000 * each:.1f} | {1e6 * per_token[-1]:.1f} |")
        print(f"ratio {per_token[-1] / per_token[1]:.2f} (time a token at {lengths[-1]} tokens / at {lengths[1]})")
    if not quick:
        goal("training: a step with 100,000 rows against 1,000", costs[-1][1] / costs[0][1], at_most=1.1)
        goal("training: time a token at 512 tokens against 128", per_token[-1] / per_token[1], at_most=1.5)


def trainee_of(folder: Path) -> Trainee:
    """A fresh model with its optimiser."""
    model, tokenizer = load_base(ModelRef(str(folder)))
    settings = TrainSettings(batch_size=BATCH)
    optimizer = optimizer_for(model.named_parameters(), settings)
    accelerator = accelerator_for(ModelSettings(device="cpu"))
    return Trainee(model, optimizer, accelerator, settings, tokenizer.pad_token_id, settings.micro_batch_tokens)


def of_rows(trainee: Trainee, examples: Sequence[Encoded], size: int, steps: int) -> tuple[float, float]:
    """Seconds before the first step and seconds a step, with so many rows."""
    many = [replace(examples[number % len(examples)], id=str(number)) for number in range(size)]
    return seconds_a_step(trainee, many, steps)


def seconds_a_step(trainee: Trainee, examples: Sequence[Encoded], steps: int) -> tuple[float, float]:
    """Seconds until the first step is done, and of a later step on average."""
    plan: Any = Plan(lambda _epoch: examples, len(examples), BATCH, total_steps=steps, seed=13)
    began = time.perf_counter()
    first = 0.0
    for _ in fit(trainee, plan, start=0):
        first = first or time.perf_counter() - began
    return first, (time.perf_counter() - began - first) / max(1, steps - 1)


if __name__ == "__main__":
    main()
