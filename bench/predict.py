"""Summaries in batches of like length against one dialogue after another, the origin notebooks' way; greedy, 50 tokens.

FLAN-T5-small's shape with random weights on the same dialogues. upshot's side also computes each output's
log-probability, which costs it a second forward pass. Takes about two minutes on two idle cores.

python bench/predict.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from measure.machine import print_machine
from measure.material import material

from upshot.model.device import accelerator_for, precision_of
from upshot.model.generate import generate, generation_batches
from upshot.model.load import ModelRef, load_base, load_tokenizer
from upshot.model.noise import quiet
from upshot.model.tokens import encode_prompts
from upshot.prompts import prompt
from upshot.recipe import GenerationSettings, ModelSettings, PromptSettings
from upshot.records import Encoded


def main() -> None:
    """Print dialogues a second of both ways, and their ratio."""
    quick = "--quick" in sys.argv
    settings = GenerationSettings(max_new_tokens=6 if quick else 50)
    print_machine("torch", "transformers", "accelerate")
    with tempfile.TemporaryDirectory() as folder:
        stuff = material(Path(folder), 6 if quick else 64, quick=quick)
        print(f"{stuff.words}; {settings.max_new_tokens} new tokens")
        tokenizer = load_tokenizer(ModelRef(folder))
        prompts = [prompt(row.id, row.dialogue, PromptSettings()) for row in stuff.rows]
        encoded = encode_prompts(prompts, tokenizer, max_source_tokens=512)
        # upshot comes last: what it tells the allocator holds for the whole process and would help the other.
        single = one_by_one(stuff.folder, encoded, settings.max_new_tokens)
        print(f"one by one, fp32, no log-probabilities: {single:.2f} dialogues/s")
        batched, how = in_batches(stuff.folder, encoded, settings)
        print(f"upshot, {how}: {batched:.2f} dialogues/s")
    print(f"ratio {batched / single:.1f} (upshot / one by one)")


def one_by_one(folder: Path, encoded: Sequence[Encoded], new_tokens: int) -> float:
    """Dialogues a second with one `model.generate` a dialogue, after one to warm up."""
    import torch
    from transformers import AutoModelForSeq2SeqLM

    with quiet():
        model = AutoModelForSeq2SeqLM.from_pretrained(str(folder), dtype=torch.float32).eval()

    def summarize(example: Encoded) -> None:
        model.generate(input_ids=torch.tensor([example.input_ids]), max_new_tokens=new_tokens, do_sample=False)

    summarize(encoded[0])
    began = time.perf_counter()
    for example in encoded:
        summarize(example)
    return len(encoded) / (time.perf_counter() - began)


def in_batches(folder: Path, encoded: Sequence[Encoded], settings: GenerationSettings) -> tuple[float, str]:
    """Dialogues a second with upshot's batches and arithmetic, after one dialogue to warm up; and how, in words."""
    accelerator = accelerator_for(ModelSettings(device="cpu"))
    model, tokenizer = load_base(ModelRef(str(folder)))
    with accelerator.autocast():
        list(generate(model, tokenizer, encoded[:1], settings=settings, seed=13))
        began = time.perf_counter()
        made = sum(len(batch) for batch in generate(model, tokenizer, encoded, settings=settings, seed=13))
        seconds = time.perf_counter() - began
    count = len(generation_batches(encoded, settings))
    return made / seconds, f"like lengths in {count} batches, {precision_of(accelerator)}, with log-probabilities"


if __name__ == "__main__":
    main()
