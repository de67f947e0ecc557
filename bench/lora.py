"""LoRA: upshot against the origin notebooks' way on FLAN-T5-small's shape, and memory and rate on FLAN-T5-base's.

The notebooks' way is PEFT's LoRA (r 32 on q and v) with every example padded to 512 and 128 tokens in fp32. On the base
shape each training runs in a process of its own, whose peak memory is what the kernel says; the share of the matrix
rate counts the products of a whole training, forward and backward, against a square product of the same arithmetic.
Takes three minutes.

python bench/lora.py [--quick]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measure.goals import goal
from measure.machine import peak_bytes, print_machine
from measure.material import Material, material
from measure.rates import matrix_rate, operations_of

from upshot.model.adapters import prepare_tuning
from upshot.model.device import accelerator_for, precision_of
from upshot.model.dropout import set_dropout
from upshot.model.load import load_base, load_tokenizer
from upshot.model.noise import quiet
from upshot.model.place import ModelRef
from upshot.model.tokens import encode_pairs
from upshot.prompts import prompt
from upshot.recipe import AdapterSettings, ModelSettings, PromptSettings, TrainSettings
from upshot.records import Encoded
from upshot.train.batches import Plan
from upshot.train.budget import checkpoint_gradients
from upshot.train.loop import Trainee, fit
from upshot.train.schedule import optimizer_for

BATCH = 8
ADAPTER = AdapterSettings(r=32)
KEPT = "lora-kept"  # LoRA without `gradient_checkpointing`, which is on by itself for large models


def main() -> None:
    """Print examples a second of both ways, and what full fine-tuning and LoRA take on the base shape."""
    quick = "--quick" in sys.argv
    print_machine("torch", "transformers", "peft")
    with tempfile.TemporaryDirectory() as folder:
        stuff = material(Path(folder), 16 if quick else 48, quick=quick)
        print(f"{stuff.words}; batches of {BATCH}, LoRA r={ADAPTER.r} on q and v")
        theirs = notebook_rate(stuff, steps=1 if quick else 2, widths=(64, 24) if quick else (512, 128))
        print(f"notebooks' way, padded, fp32: {theirs:.2f} examples/s", flush=True)
        ours, _, _ = upshot_training(stuff, "lora")
        print(f"upshot: {ours:.2f} examples/s", flush=True)
    print(f"ratio {ours / theirs:.1f} (upshot / notebooks' way in fp32)")
    full, lora, kept = (of_base(tuning, quick=quick) for tuning in ("full", "lora", KEPT))
    for name, found in (("full", full), ("LoRA", lora), ("LoRA, activations kept", kept)):
        print(
            f"base shape, {name}: {found['rate']:.2f} examples/s, {found['share']:.0%} of "
            f"{found['ceiling']:.0f} GFLOP/s in {found['precision']}, peak memory {found['peak'] / 1e9:.2f} GB"
        )
    print(f"ratio {lora['peak'] / full['peak']:.2f} (LoRA / full fine-tuning in peak memory, base shape)")
    if not quick:
        goal("LoRA, small: against the notebooks' padded fp32", ours / theirs, at_least=8)
        goal("LoRA, base: peak memory of full fine-tuning's", 100 * lora["peak"] / full["peak"], at_most=50, unit=" %")
        goal("full fine-tuning, base: share of the matrix rate", 100 * full["share"], at_least=30, unit=" %")


def encoded(stuff: Material, limits: tuple[int, int]) -> list[Encoded]:
    """Training examples of all conversations."""
    settings = PromptSettings(max_source_tokens=limits[0], max_target_tokens=limits[1])
    prompts = [prompt(row.id, row.dialogue, settings) for row in stuff.rows]
    tokenizer = load_tokenizer(ModelRef(str(stuff.folder)))
    return encode_pairs(prompts, [row.summary or "" for row in stuff.rows], tokenizer, limits=limits)


def notebook_rate(stuff: Material, *, steps: int, widths: tuple[int, int]) -> float:
    """Examples a second of a plain loop after one step; every step costs the same, as all are padded alike."""
    import torch
    from peft import LoraConfig, TaskType, get_peft_model
    from transformers import AutoModelForSeq2SeqLM

    with quiet():
        model = AutoModelForSeq2SeqLM.from_pretrained(str(stuff.folder), dtype=torch.float32)
        config = LoraConfig(
            r=32, lora_alpha=32, target_modules=["q", "v"], lora_dropout=0.05, task_type=TaskType.SEQ_2_SEQ_LM
        )
        model = get_peft_model(model, config).train()
    optimizer = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=1e-3)
    examples = encoded(stuff, widths)

    def step(batch: Sequence[Encoded]) -> None:
        source = torch.tensor([[*item.input_ids, *[0] * (widths[0] - len(item.input_ids))] for item in batch])
        target = torch.tensor([[*item.labels, *[0] * (widths[1] - len(item.labels))] for item in batch])
        optimizer.zero_grad()
        model(input_ids=source, labels=target).loss.backward()
        optimizer.step()

    step(examples[:BATCH])
    began = time.perf_counter()
    for number in range(steps):
        at = number * BATCH % (len(examples) - BATCH + 1)
        step(examples[at : at + BATCH])
    return steps * BATCH / (time.perf_counter() - began)


def upshot_training(stuff: Material, tuning: str) -> tuple[float, int, float]:
    """Examples a second of one epoch after one step to warm up, peak memory, and matrix operations of an example."""
    accelerator = accelerator_for(ModelSettings(device="cpu"))
    model, tokenizer = load_base(ModelRef(str(stuff.folder)))
    kept, tuning = tuning == KEPT, "lora" if tuning == KEPT else tuning
    model = prepare_tuning(model, tuning, ADAPTER, seed=13)
    settings = TrainSettings(
        batch_size=BATCH,
        learning_rate=1e-3 if tuning == "lora" else 1e-4,
        gradient_checkpointing=False if kept else "auto",
    )
    set_dropout(model, settings.dropout, settings.attention_dropout)
    checkpoint_gradients(model, tuning, settings)
    optimizer = optimizer_for(model.named_parameters(), settings)
    trainee = Trainee(model, optimizer, accelerator, settings, tokenizer.pad_token_id, settings.micro_batch_tokens)
    examples = encoded(stuff, (512, 128))

    def epoch(chosen: Sequence[Encoded]) -> None:
        plan = Plan(lambda _epoch: chosen, len(chosen), BATCH, total_steps=-(-len(chosen) // BATCH), seed=13)
        for _ in fit(trainee, plan, start=0):
            pass

    epoch(examples[:BATCH])
    began = time.perf_counter()
    epoch(examples)
    seconds = time.perf_counter() - began
    peak = peak_bytes()  # before the counting, which takes memory itself
    return len(examples) / seconds, peak, operations_of(lambda: epoch(examples[:BATCH])) / len(examples[:BATCH])


def of_base(tuning: str, *, quick: bool) -> dict[str, Any]:
    """What a training on the base shape comes to, from a process of its own."""
    command = [sys.executable, __file__, "--base", tuning, *(["--quick"] if quick else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def base_part(tuning: str, *, quick: bool) -> None:
    """Train on the base shape and print rate, share of the matrix rate and peak memory as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        stuff = material(Path(folder), 8 if quick else 16, quick=quick, shape="base")
        before = peak_bytes()
        rate, peak, operations = upshot_training(stuff, tuning)
    precision = precision_of(accelerator_for(ModelSettings(device="cpu")))
    ceiling = matrix_rate(precision, seconds=0.1 if quick else 2.0)
    found = {
        "rate": rate,
        "share": rate * operations / ceiling,
        "ceiling": ceiling / 1e9,
        "precision": precision,
        "peak": peak,
        "making_the_model": before,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    if "--base" in sys.argv:
        base_part(sys.argv[sys.argv.index("--base") + 1], quick="--quick" in sys.argv)
    else:
        main()
