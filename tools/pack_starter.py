"""Pack a trained starter into the package, and write its card.

python tools/pack_starter.py weights runs/starter            16-bit weights, tokenizer, prompt, decoding
python tools/pack_starter.py card runs/dialogsum-starter     the card, its figures those of this run's zero-shot arm
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from upshot.prompts import dump_prompt
from upshot.recipe_file import expand_arms, read_recipe

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "upshot" / "starter"
COPIED = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")
METRICS = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L", "rougeLsum": "ROUGE-Lsum"}


def main() -> None:
    """Do what the command line says."""
    what, run = sys.argv[1], Path(sys.argv[2])
    PACKAGE.mkdir(exist_ok=True)
    if what == "weights":
        pack(run)
    else:
        (PACKAGE / "README.md").write_text(card(run, ROOT / "runs" / "starter"))
    size = sum(path.stat().st_size for path in PACKAGE.iterdir())
    sys.stdout.write(f"{PACKAGE}: {size / 1e6:.1f} MB\n")


def pack(run: Path) -> None:
    """Fill the package's folder from a finished training, with prompt and decoding of the recipe's `shipped` arm."""
    shipped = expand_arms(read_recipe(run / "recipe.yaml"))["shipped"]
    weights = run / "arms" / str(shipped.start) / "weights"
    for name in COPIED:
        shutil.copyfile(weights / name, PACKAGE / name)
    pack_weights(weights / "model.safetensors", PACKAGE / "model.safetensors")
    (PACKAGE / "generation.json").write_text(json.dumps(shipped.generation.model_dump(), indent=2) + "\n")
    (PACKAGE / "prompt.json").write_text(dump_prompt(shipped.prompt))
    hashes = json.loads((run / "data.json").read_text())["hashes"]
    dataset = "DialogSum (knkarthick/dialogsum), training split"
    trained_on = {"dataset": dataset, "sha256": {"train.csv": hashes["train.csv"]}}
    (PACKAGE / "trained_on.json").write_text(json.dumps(trained_on, indent=2) + "\n")


def pack_weights(source: Path, target: Path) -> None:
    """Write the weights in fp16, which keeps three bits more of each than bf16; all must stay finite."""
    half = {name: tensor.to(torch.float16) for name, tensor in load_file(str(source)).items()}
    if not all(bool(torch.isfinite(tensor).all()) for tensor in half.values()):
        raise SystemExit("a weight does not fit 16 bits")
    save_file(half, str(target), metadata={"format": "pt"})


def card(run: Path, training: Path) -> str:
    """The starter's model card, its figures from the run's comparison."""
    comparison = json.loads((run / "comparison.json").read_text())
    summaries = [json.loads(path.read_text()) for path in sorted(training.glob("arms/*/train/summary.json"))]
    cells = comparison["arms"]["zero-shot"]
    rows = "\n".join(table_row(label, cells[metric]) for metric, label in METRICS.items())
    others = "\n".join(
        table_row(label, comparison["reference_rows"][name]["rouge1"])
        for name, label in (("human", "human, ROUGE-1"), ("bm25_copy", "nearest training summary, ROUGE-1"))
        if "rouge1" in comparison["reference_rows"].get(name, {})
    )
    hashes = json.loads((PACKAGE / "trained_on.json").read_text())["sha256"]
    return CARD.format(
        parameters=f"{summaries[0]['parameters']['all']:,}",
        rows=rows,
        others=others,
        protocol=comparison["protocol"],
        words=f"{cells['words']['mean']:.0f}",
        minutes=f"{sum(summary['training_seconds'] for summary in summaries) / 60:.0f}",
        hashes="\n".join(f"- `{name}` sha256 `{value}`" for name, value in hashes.items()),
    )


def table_row(label: str, cell: dict[str, Any]) -> str:
    """One line of the card's table: F1 x 100 with its interval."""
    low, high = cell["ci95"]
    return f"| {label} | {100 * cell['mean']:.1f} | {100 * low:.1f} to {100 * high:.1f} |"


CARD = """---
license: cc-by-nc-sa-4.0
language: en
pipeline_tag: summarization
library_name: transformers
datasets: [knkarthick/dialogsum]
tags: [dialogue-summarization, t5]
---

# The starter

A T5 v1.1-style model of {parameters} parameters (4 + 4 layers, width 256, head tied, its own Unigram tokenizer of 8,064
pieces with speaker tags whole), trained from nothing on the DialogSum training split. It exists so that upshot can show
the whole job on any laptop without a download. It is not a good summariser.

## How good it is

DialogSum test, F1 x 100 with a 95 % interval; {protocol}. Mean length {words} words.

| | mean | 95 % interval |
|---|---|---|
{rows}
{others}

The figures are the zero-shot row of `upshot run recipes/dialogsum-starter.yaml --set data.source=FOLDER`. The weights
were made by `make starter DIALOGSUM=FOLDER` ({minutes} minutes of training steps on 2 busy cores).

## What it cannot do

Its sentences are fluent and usually about the right topic. They are often false: who did what is mixed up, numbers and
reasons are invented, a refusal becomes an agreement. Do not use a summary of it without reading the conversation. It
knows English only, and dialogues of the kind that language courses use. Faithfulness was not measured; ROUGE does not
measure it.

## What it was trained on

The DialogSum training split alone (Chen, Liu, Chen and Zhang 2021, "DialogSum: A Real-Life Scenario Dialogue
Summarization Dataset", Findings of ACL), with span filling mixed in at first, varied prompts, and speaker tags replaced
by names in half of the examples. No other text, and none of the conversations that ship with upshot.

{hashes}

## Licence

DialogSum is CC BY-NC-SA 4.0, and so are these weights: share alike, name the source, no commercial use.
upshot's code is Apache-2.0.
"""

if __name__ == "__main__":
    main()
