"""The first recipe for somebody's own conversations: a commented YAML text, filled in from the file itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from upshot.data.findings import Findings, findings
from upshot.data.measures import SplitFigures, Spread
from upshot.data.notices import counted, shown
from upshot.data.sources import load_splits
from upshot.model.load import check_folder
from upshot.model.place import ModelRef, model_folder
from upshot.recipe import (
    AdapterSettings,
    DataSettings,
    GenerationSettings,
    ModelSettings,
    PromptSettings,
    Recipe,
    Settings,
    TrainSettings,
)
from upshot.recipe_docs import schema
from upshot.records import SPLITS

SCHEMA_NAME: Final = "upshot.schema.json"

_DATA: Final = DataSettings.model_validate({})
_SEED: Final[int] = Recipe.model_fields["seed"].default

# The starter's tokenizer on DialogSum: 1.5 in the middle, 1.7 at the 95th percentile; `upshot check` counts exactly.
_TOKENS_PER_WORD: Final = 1.6
# A turn costs more than its words: separator, colon, pieces of a name. Measured on the built-in conversations.
_TOKENS_PER_TURN: Final = 4
_INSTRUCTION_TOKENS: Final = 24
_MANY_ROWS: Final = 5_000
_EVAL_DIALOGUES: Final = 100

# Epochs by training rows: (fewer rows than, epochs). The demo's 160 rows get 4, DialogSum's 12,460 get 1.
_EPOCHS: Final = ((100, 8), (1_000, 4), (_MANY_ROWS, 2))

# Names of the attention's query and value layers in families that are not T5's, for adapters.
_T5_TARGETS: Final = ("q", "v")
_BART_TARGETS: Final = ("q_proj", "v_proj")
_LIKE_BART: Final = ("bart", "pegasus", "marian", "opus-mt", "blenderbot", "m2m", "nllb")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is chosen for this file: lengths in tokens, the size of the training, learning rates."""

    source_tokens: int
    target_tokens: int
    new_tokens: int
    epochs: int
    batch_size: int
    full_rate: float
    lora_rate: float


def recipe_text(file: Path, *, model: str = "starter", reading: DataSettings | None = None) -> str:
    """YAML text of a recipe for a data file or a folder of splits; its first line names `SCHEMA_NAME` beside it.

    `reading` maps columns and says how the file is read, where that is not seen from the file itself.

    Raises:
        DataError: the file cannot be used; the message is that of `upshot check`.
        ModelError: there is no such model folder, or not one that can be loaded.
        UsageError: unknown encoding or delimiter.
    """
    folder = model_folder(ModelRef(model))
    settings = (reading or _DATA).model_copy(update={"source": str(file)})
    family = str(check_folder(folder).get("model_type", model)) if folder and model != "starter" else model
    found = findings(load_splits(settings, _SEED))
    plan = _plan(found, starter=model == "starter")
    sections = (
        _head(file, found),
        _section("data", DataSettings, _given(settings, found)),
        _section("model", ModelSettings, {"name": model}),
        _section("prompt", PromptSettings, _prompt(plan, speakers_for(model))),
        _section("generation", GenerationSettings, _generation(plan, starter=model == "starter")),
        _section("train", TrainSettings, _train(plan, found)),
        _section("adapter", AdapterSettings, {"r": 16, "alpha": 32, "targets": list(_targets(family))}),
        _arms(plan),
    )
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def speakers_for(model: str) -> Literal["keep", "tags"]:
    """How a base model should read speakers' names: the starter learned tags, and takes names for what they are not.

    Also where labels say what somebody is: on DialogSum with "Agent" and "Customer" for the tags and 400 rows to learn
    from, the starter with tags is 10 points of ROUGE-1 ahead untrained and equal when trained, and confuses the two no
    more often. A model that has learned what an agent is may well lose by tags.
    """
    return "tags" if model == "starter" else "keep"


def schema_text() -> str:
    """The JSON schema of a recipe as text, for editors; a door writes it beside the recipe as `SCHEMA_NAME`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _head(file: Path, found: Findings) -> Iterator[str]:
    yield f"# yaml-language-server: $schema=./{SCHEMA_NAME}"
    yield f"# Four ways of summarising the conversations of {shown(str(file))}, compared under one protocol."
    yield "#   upshot check RECIPE   looks at the data as this recipe reads it"
    yield "#   upshot run RECIPE     trains, predicts, compares; started again, it goes on where it stopped"
    yield "# What was found:"
    for split, part in found.splits.items():
        yield f"#   {split}: {counted(part.rows, 'row')}, {counted(part.dialogues, 'dialogue')}, {_lengths(part)}"
    for split in SPLITS:
        if split not in found.splits:
            yield f"#   no {split} split: a run needs all three; one file without splits is divided by dialogue"
    for notice in (*found.notes, *found.warnings):
        yield f"#   {notice}"
    yield "# Every key, with its default: docs/recipe.md"
    yield ""
    yield f"name: {_yaml(_name(file))} # {_about(Recipe, 'name')}"
    yield f"seed: {_SEED} # {_about(Recipe, 'seed')}"


def _lengths(part: SplitFigures) -> str:
    references = f"{part.references_per_dialogue:.3g}"
    said = f"{references} {'reference' if references == '1' else 'references'} a dialogue"
    for noun, words in (("dialogues", part.dialogue_words), ("summaries", part.summary_words)):
        said += f"; {noun} of {words.p50:,} words, longest {words.max:,}" if words else ""
    return said


def _name(file: Path) -> str:
    """A run's name from the file's."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem if file.suffix else file.name).strip("-._")
    return stem[:80] or "mine"


def _section(name: str, kind: type[Settings], values: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name}:"
    for key, value in values.items():
        yield f"  {key}: {_yaml(value)} # {_about(kind, key)}"


def _about(kind: type[Settings], key: str) -> str:
    return kind.model_fields[key].description or key


def _yaml(value: Any) -> str:
    """One value on one line."""
    listed = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9)
    return listed.strip()[1:-1]


def _given(settings: DataSettings, found: Findings) -> dict[str, Any]:
    """What differs from the defaults, and the shares where one file is divided, which people want to see."""
    values = {"source": settings.source, **settings.model_dump(exclude_defaults=True, exclude_none=True)}
    divided = len({part.file for part in found.splits.values()}) == 1
    return values | ({"split": settings.split.model_dump()} if divided else {})


def _plan(found: Findings, *, starter: bool) -> _Plan:
    parts = list(found.splits.values())
    rows = found.splits["train"].rows if "train" in found.splits else 0
    dialogue = max((_longest(part.dialogue_words) for part in parts), default=0)
    turns = max((_longest(part.turns) for part in parts), default=0)
    summary = max((_longest(part.summary_words) for part in parts), default=0)
    around = _INSTRUCTION_TOKENS + _TOKENS_PER_TURN * turns
    many = rows >= _MANY_ROWS
    rates = ((3e-4, 2e-3) if many else (5e-4, 3e-3)) if starter else (1e-4, 1e-3)
    return _Plan(
        source_tokens=_tokens(dialogue, extra=around, step=64, least=128, most=512),
        target_tokens=_tokens(summary, extra=0, step=32, least=64, most=256),
        new_tokens=_tokens(summary, extra=0, step=16, least=32, most=200),
        epochs=next((epochs for fewer_than, epochs in _EPOCHS if rows < fewer_than), 1),
        batch_size=16 if many else 8,
        full_rate=rates[0],
        lora_rate=rates[1],
    )


def _longest(counts: Spread | None) -> int:
    """Words or turns that 99 of 100 texts do not pass: a single giant must not set the length for all."""
    return counts.p99 if counts else 0


def _tokens(words: int, *, extra: int, step: int, least: int, most: int) -> int:
    """Tokens for so many words, rounded up to a step and kept within bounds."""
    wanted = words * _TOKENS_PER_WORD + extra
    return min(most, max(least, -int(-wanted // step) * step))


def _prompt(plan: _Plan, speakers: str) -> dict[str, Any]:
    """Defaults and lengths; speakers only where they are not read as they stand."""
    return {
        "template": PromptSettings.model_fields["template"].default,
        "turn_separator": PromptSettings.model_fields["turn_separator"].default,
        "max_source_tokens": plan.source_tokens,
        "max_target_tokens": plan.target_tokens,
        **({"speakers": speakers} if speakers != PromptSettings.model_fields["speakers"].default else {}),
    }


def _generation(plan: _Plan, *, starter: bool) -> dict[str, Any]:
    """The starter's own decoding, or greedy."""
    chosen = {"beams": 4, "no_repeat_ngram": 3} if starter else {"beams": 1}
    return {"max_new_tokens": plan.new_tokens, **chosen}


def _train(plan: _Plan, found: Findings) -> dict[str, Any]:
    validation = found.splits.get("validation")
    return {
        "epochs": plan.epochs,
        "batch_size": plan.batch_size,
        "micro_batch_tokens": 8000,
        "optimizer": "adamw",
        "schedule": "linear",
        "warmup": 0.05,
        "eval_rows": max(1, min(_EVAL_DIALOGUES, validation.dialogues if validation else 1)),
        "best_by": "rouge1",
    }


def _targets(family: str) -> tuple[str, str]:
    """Module names for the adapter; those of T5 where the family is unknown."""
    return _BART_TARGETS if any(name in family.lower() for name in _LIKE_BART) else _T5_TARGETS


def _arms(plan: _Plan) -> list[str]:
    return [
        "arms: # the ways that are compared; whatever an arm does not say is as above",
        "  zero-shot: {} # the model as it comes",
        "  few-shot: # the model as it comes, with a solved example of yours before each conversation",
        f"    shots: {{count: 1, select: bm25, max_tokens: {max(512, plan.source_tokens)}}}",
        "  full: # all weights trained",
        "    tuning: full",
        f"    train: {{learning_rate: {_yaml(plan.full_rate)}}}",
        "  lora: # the weights frozen, a small adapter trained (`upshot describe MODEL` names its targets)",
        "    tuning: lora",
        f"    train: {{learning_rate: {_yaml(plan.lora_rate)}}}",
    ]
