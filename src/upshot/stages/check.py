"""check: the gate. Data in, the run's own copy of it out, with everything found on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from upshot.data.findings import Findings, findings
from upshot.data.sources import LoadedData, load_splits
from upshot.data.token_warnings import Limits
from upshot.errors import DataError
from upshot.events import Event, Tell
from upshot.lineage import refuse_changes
from upshot.model.load import load_tokenizer
from upshot.model.place import ModelRef
from upshot.model.tokens import IGNORED, Tokenizer, encode_pairs, token_ids
from upshot.prompts import prompt
from upshot.recipe import PromptSettings, Recipe
from upshot.records import dump_lines
from upshot.rundir import RunDir, read_json, value_sha256, write_json, write_text
from upshot.wording import worded

Tokenize = Callable[[Sequence[str]], list[list[int]]]


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A row exactly as the model will see it: its prompt's pieces, its label ids, and what the labels say."""

    id: str
    source: str
    pieces: tuple[str, ...]
    labels: tuple[int, ...]
    target: str
    truncated: bool


def check_run(run: RunDir, recipe: Recipe, tell: Tell) -> Findings:
    """Load the recipe's data, write the run's copy and `data.json`, and return what was found.

    Raises:
        DataError: the data cannot be used.
        UsageError: the run holds other data already.
    """
    data = load_splits(recipe.data, recipe.seed)
    if not data.splits.test:
        raise DataError(f"{data.source}: no test split, nothing to compare on", code="D52")
    tokenizer = None if recipe.model.scratch else load_tokenizer(ModelRef(recipe.model.name, recipe.model.revision))
    found = inspect(data, recipe.prompt, tokenizer)
    texts = {
        "train": dump_lines(data.splits.train),
        "validation": dump_lines(data.splits.validation),
        "test": dump_lines(data.splits.test),
    }
    hashes = {split: value_sha256(text) for split, text in texts.items()}
    kept = run.root / "data" / "inputs.json"
    refuse_changes(kept, {"rows": hashes}, f"{run.root} holds a run on other data: it was made")
    for split, text in texts.items():
        if not run.split(split).exists():
            write_text(run.split(split), text)
    if read_json(run.root / "data.json") != found.to_json():
        write_json(run.root / "data.json", found.to_json())
    for notice in (*found.notes, *found.warnings):
        tell(Event(notice.level, str(notice)))
    return found


def inspect(
    data: LoadedData, settings: PromptSettings, tokenizer: Tokenizer | None, *, strict: bool = False
) -> Findings:
    """The gate's findings; with a tokenizer, lengths in tokens of whole prompts and learned summaries."""
    if tokenizer is None:
        return findings(data, strict=strict)
    limits = Limits(settings.max_source_tokens, settings.max_target_tokens, unknown_id=tokenizer.unk_token_id)
    read = _as_read(data, settings)
    return findings(data, tokenize=lambda texts: token_ids(read(texts), tokenizer), limits=limits, strict=strict)


def _as_read(data: LoadedData, settings: PromptSettings) -> Callable[[Sequence[str]], list[str]]:
    """A function from dialogues and summaries of the data to what the model reads and learns; other texts stay."""
    rows = [row for part in data.rows.values() for row in part]
    dialogues = {row.dialogue for row in rows}
    learned: dict[str | None, str | None] = {}
    if settings.speakers == "tags":
        learned = {row.summary: seen.summary for row, seen in zip(rows, worded(rows, settings), strict=True)}
    return lambda texts: [
        prompt("", text, settings).text if text in dialogues else learned.get(text) or text for text in texts
    ]


def rows_as_seen(data: LoadedData, settings: PromptSettings, tokenizer: Tokenizer, count: int = 2) -> list[SeenRow]:
    """The first rows with a summary, as training will see them."""
    rows = [row for part in data.rows.values() for row in part if row.summary][:count]
    prompts = [prompt(row.id, row.dialogue, settings) for row in rows]
    limits = (settings.max_source_tokens, settings.max_target_tokens)
    learned = [row.summary or "" for row in worded(rows, settings)]
    encoded = encode_pairs(prompts, learned, tokenizer, limits=limits)
    return [
        SeenRow(
            id=example.id,
            source=tokenizer.decode(list(example.input_ids)),
            pieces=tuple(tokenizer.convert_ids_to_tokens(list(example.input_ids))),
            labels=(*example.labels, IGNORED, IGNORED),  # as a longer batch mate would pad it
            target=tokenizer.decode(list(example.labels)),
            truncated=example.truncated,
        )
        for example in encoded
    ]


def source_name(path: str) -> str:
    """How a source is called in messages: the last part of a path, or the hub id."""
    return Path(path).name if Path(path).exists() else path
