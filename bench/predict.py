"""The origins' evaluation job, one arm over a test split of 1,500 rows: upshot against one `generate` a row.

FLAN-T5-small's shape with random weights on DialogSum's conversations, greedy, 50 tokens (a random model never ends by
itself, so every output has them). The rows name each dialogue three times, so the notebooks generate each summary three
times; upshot generates it once. Rates are timed on conversations spread evenly over the lengths, and scaled:

- one by one in fp32, the notebooks' way;
- transformers' `generate` with its best settings: batches of like length, bf16 autocast where the processor has it;
- upshot with transformers, which also rates every output (its log-probability);
- upshot with CTranslate2, float32 and int8, which rates them too.

Takes three minutes.

python bench/predict.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from measure.goals import goal
from measure.machine import print_machine
from measure.material import material

from upshot.model.device import accelerator_for, precision_of
from upshot.model.engine import open_engine
from upshot.model.generate import collate_sources, generation_batches
from upshot.model.load import load_tokenizer
from upshot.model.noise import quiet
from upshot.model.place import ModelRef
from upshot.model.tokens import encode_prompts
from upshot.prompts import prompt
from upshot.recipe import Arm, GenerationSettings, ModelSettings, PromptSettings
from upshot.records import Encoded

ROWS, DIALOGUES = 1500, 500  # of DialogSum's test split


def main() -> None:
    """Print dialogues a second of every way, and how many times as fast the whole job is."""
    quick = "--quick" in sys.argv
    settings = GenerationSettings(max_new_tokens=6 if quick else 50)
    print_machine("torch", "transformers", "ctranslate2")
    with tempfile.TemporaryDirectory() as folder:
        stuff = material(Path(folder), 6 if quick else 96, quick=quick)
        print(f"{stuff.words}; {settings.max_new_tokens} new tokens")
        tokenizer = load_tokenizer(ModelRef(folder))
        prompts = [prompt(row.id, row.dialogue, PromptSettings()) for row in stuff.rows]
        encoded = encode_prompts(prompts, tokenizer, max_source_tokens=512)
        by_length = sorted(encoded, key=lambda item: len(item.input_ids))
        some = by_length[1::3]  # 32 of 96, spread evenly over the lengths
        # upshot comes last: what it tells the allocator holds for the whole process and would help the others.
        single = ROWS / shown("one by one, fp32, no log-probabilities", one_by_one(stuff.folder, some, settings), some)
        batched = ROWS / shown("generate, its best settings", best_generate(stuff.folder, encoded, settings), encoded)
        ours = {
            name: DIALOGUES / shown(f"upshot, {name}", by_engine(stuff.folder, encoded, settings, name), encoded)
            for name in ("transformers", "ct2 float32", "ct2 int8")
        }
    print(
        f"1,500 rows: one by one {single:.0f} s, generate's best {batched:.0f} s, upshot "
        + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in ours.items())
    )
    for name, seconds in ours.items():
        print(f"ratio {single / seconds:.1f} (one by one / upshot with {name}, in seconds of the job)")
    print(f"ratio {batched / min(ours.values()):.1f} (generate's best / upshot's best, in seconds of the job)")
    if not quick:
        goal("evaluation of 1,500 rows: CTranslate2 int8 against one by one", single / ours["ct2 int8"], at_least=30)
        goal("evaluation of 1,500 rows: transformers against one by one", single / ours["transformers"], at_least=12)
        goal(
            "evaluation of 1,500 rows: upshot with transformers against generate's best",
            batched / ours["transformers"],
            at_least=1,
        )


def shown(what: str, seconds: float, encoded: Sequence[Encoded]) -> float:
    """Dialogues a second, printed."""
    rate = len(encoded) / seconds
    print(f"{what}: {rate:.2f} dialogues/s, from {len(encoded)}", flush=True)
    return rate


def one_by_one(folder: Path, encoded: Sequence[Encoded], settings: GenerationSettings) -> float:
    """Seconds of one `model.generate` a dialogue, after one to warm up."""
    import torch
    from transformers import AutoModelForSeq2SeqLM

    with quiet():
        model = AutoModelForSeq2SeqLM.from_pretrained(str(folder), dtype=torch.float32).eval()

    def summarize(example: Encoded) -> None:
        ids = torch.tensor([example.input_ids])
        model.generate(input_ids=ids, max_new_tokens=settings.max_new_tokens, do_sample=False)

    summarize(encoded[0])
    began = time.perf_counter()
    for example in encoded:
        summarize(example)
    return time.perf_counter() - began


def best_generate(folder: Path, encoded: Sequence[Encoded], settings: GenerationSettings) -> float:
    """Seconds of `generate` in batches of 32 of like length, in bf16 autocast where the processor has it."""
    import torch
    from transformers import AutoModelForSeq2SeqLM

    tokenizer = load_tokenizer(ModelRef(str(folder)))
    with quiet():
        model = AutoModelForSeq2SeqLM.from_pretrained(str(folder), dtype=torch.float32).eval()
    order = sorted(encoded, key=lambda item: -len(item.input_ids))
    fast = precision_of(accelerator_for(ModelSettings(device="cpu"))) == "bf16"

    def summarize(batch: Sequence[Encoded]) -> None:
        inputs = collate_sources(batch, tokenizer, "cpu")
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
            model.generate(**inputs, max_new_tokens=settings.max_new_tokens, do_sample=False)

    summarize(order[-2:])
    began = time.perf_counter()
    for at in range(0, len(order), 32):
        summarize(order[at : at + 32])
    return time.perf_counter() - began


def by_engine(folder: Path, encoded: Sequence[Encoded], settings: GenerationSettings, name: str) -> float:
    """Seconds of an engine of upshot's over its own batches, after one dialogue to warm up; loading is not counted."""
    predict = {"engine": "transformers"}
    if name.startswith("ct2"):
        predict = {"engine": "ct2", "quantization": name.split()[1]}
    arm = Arm.model_validate({"generation": settings, "predict": predict, "model": {"device": "cpu"}})
    engine = open_engine(arm, ModelRef(str(folder)), None, exported=folder / name.replace(" ", "-"))
    engine.generate(encoded[:1], 0)
    batches = generation_batches(encoded, settings)
    began = time.perf_counter()
    for batch in batches:
        engine.generate(batch, 0)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
