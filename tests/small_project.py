"""A small project on disk: conversations, a recipe on the tiny model, and settings that make any recipe tiny."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import tiny
from upshot.data.conversations import BUILTIN

# What makes the demo's embedded recipe small enough for a test; the model is added by `tiny_demo`.
SMALL: Final = (
    "model.precision=fp32",
    "model.device=cpu",
    "data.subset.train.first=8",
    "data.subset.validation.first=2",
    "data.subset.test.first=6",
    "prompt.max_source_tokens=96",
    "prompt.max_target_tokens=24",
    "generation.max_new_tokens=6",
    "generation.beams=1",
    "train.max_steps=2",
    "train.batch_size=4",
    "train.eval_rows=1",
    "compare.resamples=200",
)


def settings(*values: str) -> list[str]:
    """Options --set of the command line."""
    return [part for value in values for part in ("--set", value)]


def tiny_demo() -> list[str]:
    """Options that run the demo on the tiny model in seconds."""
    return settings(f"model.name={tiny.t5()}", *SMALL)


def conversations(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Built-in conversations, cut to their first three turns."""
    lines = BUILTIN.read_text(encoding="utf-8").splitlines()[start : start + count]
    found = [json.loads(line) for line in lines]
    return [item | {"dialogue": "\n".join(item["dialogue"].split("\n")[:3])} for item in found]


def write_table(
    path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = ("id", "dialogue", "summary")
) -> Path:
    """A CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def write_splits(folder: Path, *, train: int = 8, validation: int = 2, test: int = 3) -> Path:
    """A folder of splits as DialogSum has them: the test split has three rows with a reference each a dialogue."""
    talks = conversations(train + validation + test)
    for split, part in (("train", talks[:train]), ("validation", talks[train : train + validation])):
        rows = [(f"{split}_{n}", item["dialogue"], item["summaries"][0]) for n, item in enumerate(part)]
        write_table(folder / f"{split}.csv", rows)
    tested = talks[train + validation :]
    variants = ("{}", "{} That is all.", "In short: {}")
    rows = [
        (f"test_{n}_{k}", item["dialogue"], variants[k - 1].format(item["summaries"][0]))
        for n, item in enumerate(tested)
        for k in (1, 2, 3)
    ]
    write_table(folder / "test.csv", rows)
    return folder


def write_recipe(path: Path, source: Path, arms: str, *, name: str = "small", more: str = "") -> Path:
    """A recipe on the tiny model; `arms` is the value of its key in YAML flow style, `more` are further lines."""
    text = f"""name: {name}
data: {{source: {source}}}
model: {{name: {tiny.t5()}, precision: fp32, device: cpu}}
prompt: {{max_source_tokens: 96, max_target_tokens: 24}}
generation: {{max_new_tokens: 6}}
train: {{max_steps: 3, batch_size: 4, learning_rate: 1.0e-2, eval_every: never, best_by: last}}
compare: {{resamples: 200}}
arms: {arms}
{more}
"""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
