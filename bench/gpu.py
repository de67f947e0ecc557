"""Training and generation on a GPU at FLAN-T5's small, base and large shapes against the origin notebooks' code.

Training: batches of 8 with AdamW; the notebooks pad every example to 512 and 128 tokens and train weights in bf16 or
fp32, upshot trains fp32 weights under bf16 autocast. The share of the matrix rate counts the products of a step against
a square product in bf16. Generation: 50 tokens, greedy; one by one in fp32 against upshot's batches, with and without a
static cache. Without a GPU only the tiny shape runs, on the processor: it shows that the comparison works, no more.

python bench/gpu.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from measure.goals import goal, left_out
from measure.machine import print_machine
from measure.material import SHAPES, Material, material
from measure.rates import matrix_rate, operations_of

from upshot.model.device import accelerator_for
from upshot.model.engine import open_engine
from upshot.model.generate import generation_batches
from upshot.model.load import load_base, load_tokenizer
from upshot.model.noise import quiet
from upshot.model.place import ModelRef
from upshot.model.tokens import encode_pairs
from upshot.prompts import prompt
from upshot.recipe import Arm, GenerationSettings, ModelSettings, PromptSettings, TrainSettings
from upshot.records import Encoded
from upshot.train.batches import Plan
from upshot.train.loop import Trainee, fit
from upshot.train.schedule import optimizer_for

BATCH = 8
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def main() -> None:
    """Print rates, shares and ratios of every shape."""
    quick = "--quick" in sys.argv or DEVICE == "cpu"
    print_machine("torch", "transformers")
    print(f"device: {torch.cuda.get_device_name() if DEVICE == 'cuda' else 'none; the tiny shape on the processor'}")
    ceiling = matrix_rate(
        "bf16" if DEVICE == "cuda" else "fp32", device=DEVICE, width=8192 if DEVICE == "cuda" else 512
    )
    print(f"square matrix product: {ceiling / 1e12:.3g} TFLOP/s")
    shares = {}
    for shape in ("tiny",) if quick else SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            stuff = material(Path(folder), 16 if quick else 256, quick=quick, shape=shape)
            shares[shape] = trained(stuff, shape, ceiling, quick=quick)
            generated(stuff, shape, quick=quick)
    if DEVICE == "cpu":
        left_out("training and generation on a GPU", "there is none here")
        return
    goal("GPU training, base: share of the matrix rate", 100 * shares["base"][0], at_least=40, unit=" %")
    goal("GPU training, base: against the notebooks' way", shares["base"][1], at_least=5)


def trained(stuff: Material, shape: str, ceiling: float, *, quick: bool) -> tuple[float, float]:
    """Share of the matrix rate, and the ratio to the best of the notebooks' ways, printed."""
    widths = (64, 24) if quick else (512, 128)
    examples = encoded(stuff, widths)
    kinds = ("float32",) if DEVICE == "cpu" else ("float32", "bfloat16")
    rates = {kind: notebook_rate(stuff.folder, examples, widths, kind) for kind in kinds}
    ours, operations = upshot_rate(stuff.folder, examples)
    share = ours * operations / ceiling
    said = ", ".join(f"notebooks' way in {kind} {rate:.1f}" for kind, rate in rates.items())
    print(f"{shape}, training: {said}, upshot {ours:.1f} examples/s, {share:.1%} of the matrix rate", flush=True)
    print(f"ratio {ours / rates['float32']:.1f} ({shape}, upshot / notebooks' way in fp32)")
    return share, ours / max(rates.values())


def encoded(stuff: Material, limits: tuple[int, int]) -> list[Encoded]:
    """Training examples of all conversations."""
    prompts = [prompt(row.id, row.dialogue, PromptSettings()) for row in stuff.rows]
    tokenizer = load_tokenizer(ModelRef(str(stuff.folder)))
    return encode_pairs(prompts, [row.summary or "" for row in stuff.rows], tokenizer, limits=limits)


def notebook_rate(folder: Path, examples: Sequence[Encoded], widths: tuple[int, int], precision: str) -> float:
    """Examples a second with every example padded to the limits, after one step."""
    from transformers import AutoModelForSeq2SeqLM

    with quiet():
        model = AutoModelForSeq2SeqLM.from_pretrained(str(folder), dtype=getattr(torch, precision)).to(DEVICE).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def step(batch: Sequence[Encoded]) -> None:
        ids = torch.tensor([[*item.input_ids, *[0] * (widths[0] - len(item.input_ids))] for item in batch])
        labels = torch.tensor([[*item.labels, *[0] * (widths[1] - len(item.labels))] for item in batch])
        optimizer.zero_grad()
        model(input_ids=ids.to(DEVICE), labels=labels.to(DEVICE)).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    step(examples[:BATCH])
    return len(examples) / seconds(lambda: [step(examples[at : at + BATCH]) for at in range(0, len(examples), BATCH)])


def upshot_rate(folder: Path, examples: Sequence[Encoded]) -> tuple[float, float]:
    """Examples a second of one epoch after one to warm up, and the matrix operations of an example."""
    accelerator = accelerator_for(ModelSettings(device="cpu" if DEVICE == "cpu" else "cuda"))
    model, tokenizer = load_base(ModelRef(str(folder)))
    model.to(accelerator.device)
    settings = TrainSettings(batch_size=BATCH)
    optimizer = optimizer_for(model.named_parameters(), settings)
    trainee = Trainee(model, optimizer, accelerator, settings, tokenizer.pad_token_id, settings.micro_batch_tokens)

    def epoch(chosen: Sequence[Encoded]) -> None:
        plan = Plan(lambda _epoch: chosen, len(chosen), BATCH, total_steps=-(-len(chosen) // BATCH), seed=13)
        for _ in fit(trainee, plan, start=0):
            pass

    operations = operations_of(lambda: epoch(examples)) / len(examples)
    return len(examples) / seconds(lambda: epoch(examples)), operations


def generated(stuff: Material, shape: str, *, quick: bool) -> None:
    """Dialogues a second one by one and in upshot's batches, printed."""
    from transformers import AutoModelForSeq2SeqLM

    settings = GenerationSettings(max_new_tokens=6 if quick else 50)
    examples = encoded(stuff, (512, 128))
    with quiet():
        model = AutoModelForSeq2SeqLM.from_pretrained(str(stuff.folder), dtype=torch.float32).to(DEVICE).eval()

    def alone(item: Encoded) -> None:
        ids = torch.tensor([item.input_ids], device=DEVICE)
        model.generate(input_ids=ids, max_new_tokens=settings.max_new_tokens, do_sample=False)

    some = examples[:: max(1, len(examples) // 16)]
    alone(some[0])
    single = len(some) / seconds(lambda: [alone(item) for item in some])
    arm = Arm.model_validate({"generation": settings, "model": {"device": DEVICE}})
    engine = open_engine(arm, ModelRef(str(stuff.folder)), None, exported=stuff.folder / "unused")
    engine.generate(examples[:2], 0)
    batches = generation_batches(examples, settings)
    ours = len(examples) / seconds(lambda: [engine.generate(batch, 0) for batch in batches])
    print(f"{shape}, generation: one by one {single:.1f}, upshot {ours:.1f} dialogues/s", flush=True)
    print(f"ratio {ours / single:.1f} ({shape}, upshot / one by one, generation)")


def seconds(work: Callable[[], Any]) -> float:
    """Wall time of a piece of work, the device's included."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    began = time.perf_counter()
    work()
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
