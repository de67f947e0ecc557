"""The gate before training: a data set in numbers, and what in it would make a comparison unfair or a model poor."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from upshot.data.measures import SplitFigures, Tokenize, TokenTable, measure, repeats_of, token_table
from upshot.data.notices import Notice, counted, shown
from upshot.data.sources import LoadedData
from upshot.data.splits import dialogue_key
from upshot.data.token_warnings import Limits, check_known, long_dialogues, long_summaries, unknown_signs
from upshot.data.turns import has_person_tags, turns_of
from upshot.errors import DataError
from upshot.records import Row
from upshot.text import normalised

_PAIRS: Final = (("validation", "train"), ("test", "train"), ("test", "validation"))


@dataclass(frozen=True, slots=True)
class Leak:
    """Dialogues of one split that also stand in an earlier one; `first` are the ids of the first pair."""

    split: str
    earlier: str
    dialogues: int
    rows: int
    first: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Findings:
    """What the gate found; warnings are data, and nothing is repaired."""

    source: str
    hashes: Mapping[str, str]
    splits: Mapping[str, SplitFigures]
    leaks: tuple[Leak, ...]
    notes: tuple[Notice, ...]
    warnings: tuple[Notice, ...]

    def to_json(self) -> dict[str, Any]:
        """The content of a run's `data.json`."""
        return {
            "source": self.source,
            "hashes": dict(self.hashes),
            "splits": {split: dataclasses.asdict(figures) for split, figures in self.splits.items()},
            "leaks": [dataclasses.asdict(leak) | {"first": list(leak.first)} for leak in self.leaks],
            "notes": [notice.to_json() for notice in self.notes],
            "warnings": [notice.to_json() for notice in self.warnings],
        }


def findings(
    data: LoadedData, *, tokenize: Tokenize | None = None, limits: Limits | None = None, strict: bool = False
) -> Findings:
    """Counts, lengths, repeats, leaks and warnings of a data set; lengths in tokens only with `tokenize`.

    Raises:
        DataError: D49 when most tokens are unknown; D44 when splits overlap and `strict` is set.
    """
    limits = limits or Limits()
    texts = [text for rows in data.rows.values() for row in rows for text in (row.dialogue, row.summary) if text]
    tokens = token_table(texts, tokenize, limits.unknown_id) if tokenize else None
    leaks = tuple(_leaks(data))
    found = [*data.warnings, *_leak_warnings(leaks, data)]
    for file, rows in _by_file(data).items():
        found += _text_warnings(file, rows)
        if tokens:
            check_known(file, rows, tokens)
            found += long_dialogues(file, rows, tokens, limits)
            found += long_summaries(file, _trained(data, file), tokens, limits)
    if tokens and tokenize:
        found += unknown_signs([row for rows in data.rows.values() for row in rows], tokens, tokenize, limits)
    found += _wordless(data)
    leaked = next((notice for notice in found if notice.code == "D44"), None)
    if strict and leaked:
        raise DataError(leaked.message, code="D44")
    figures = {split: _figures(data, split, tokens, limits) for split in data.rows}
    return Findings(data.source, data.hashes, figures, leaks, (*data.notes, *_line_breaks(figures)), tuple(found))


def _figures(data: LoadedData, split: str, tokens: TokenTable | None, limits: Limits) -> SplitFigures:
    return measure(
        data.rows[split],
        file=data.files[split],
        rows_in_file=data.raw_rows[split],
        tokens=tokens,
        limits=(limits.source_tokens, limits.target_tokens),
    )


def _by_file(data: LoadedData) -> dict[str, list[Row]]:
    """Rows by file in file order: the splits of a divided file are one again, since messages name files."""
    rows: dict[str, list[Row]] = {}
    for split, part in data.rows.items():
        rows.setdefault(data.files[split], []).extend(part)
    return {file: sorted(part, key=lambda row: row.number) for file, part in rows.items()}


def _leaks(data: LoadedData) -> Iterator[Leak]:
    for split, earlier in _PAIRS:
        first: dict[str, str] = {}
        for row_id, text in _units(data, earlier):
            first.setdefault(dialogue_key(text), row_id)
        units = {text: unit_id for unit_id, text in reversed(_units(data, split))}
        leaked = [text for _, text in _units(data, split) if dialogue_key(text) in first]
        if leaked:
            texts = set(leaked)
            rows = sum(row.dialogue in texts for row in data.rows[split])
            yield Leak(split, earlier, len(leaked), rows, (units[leaked[0]], first[dialogue_key(leaked[0])]))


def _units(data: LoadedData, split: str) -> list[tuple[str, str]]:
    """Id and text of what a split counts: rows of train, dialogues elsewhere."""
    if split == "train":
        return [(row.id, row.dialogue) for row in data.splits.train]
    dialogues = data.splits.validation if split == "validation" else data.splits.test
    return [(dialogue.id, dialogue.text) for dialogue in dialogues]


def _leak_warnings(leaks: Sequence[Leak], data: LoadedData) -> Iterator[Notice]:
    for leak in leaks:
        split, earlier = data.files[leak.split], data.files[leak.earlier]
        if split == earlier:
            split, earlier = leak.split, leak.earlier
        are = "is" if leak.dialogues == 1 else "are"
        pair = f"{shown(leak.first[0])} = {shown(leak.first[1])}"
        said = f"{counted(leak.dialogues, 'dialogue')} of {split} {are} in {earlier} (first: {pair})"
        yield Notice("warning", "D44", f"{said}; data.clean removes them")


def _text_warnings(file: str, rows: Sequence[Row]) -> Iterator[Notice]:
    repeated = repeats_of(rows).groups
    if repeated:
        said = f"{counted(repeated, 'dialogue')} {'appears' if repeated == 1 else 'appear'} more than once"
        yield Notice("warning", "D43", f"{file}: {said}")
    odd = _odd_speakers(rows)
    if odd:
        have = "has" if len(odd) == 1 else "have"
        said = f"{counted(len(odd), 'row')} {have} no '#Person1#:' style turns (first: row {odd[0]})"
        yield Notice("warning", "D45", f"{file}: {said}")
    long = [row.number for row in rows if row.summary and len(row.summary.split()) >= len(row.dialogue.split())]
    if long:
        are = "is as long as its dialogue" if len(long) == 1 else "are as long as their dialogue"
        said = f"{counted(len(long), 'summary', 'summaries')} {are} (first: row {long[0]})"
        yield Notice("warning", "D48", f"{file}: {said}")


def _odd_speakers(rows: Sequence[Row]) -> list[int]:
    """Numbers of rows without turns; where most rows have #Person1# tags, names are no turns either."""
    tagged = [has_person_tags(row.dialogue) for row in rows]
    if 2 * sum(tagged) > len(rows):
        return [row.number for row, has_tags in zip(rows, tagged, strict=True) if not has_tags]
    return [
        row.number
        for row, has_tags in zip(rows, tagged, strict=True)
        if not has_tags and not any(turn.speaker for turn in turns_of(row.dialogue))
    ]


def _trained(data: LoadedData, file: str) -> list[Row]:
    """Rows of a file whose summaries become labels; those of the test split are never cut."""
    return [row for split in ("train", "validation") if data.files.get(split) == file for row in data.rows[split]]


def _wordless(data: LoadedData) -> Iterator[Notice]:
    held_out = [row for split, rows in data.rows.items() if split != "train" for row in rows]
    references = [row.summary for row in held_out or data.rows.get("train", ()) if row.summary]
    without = sum(not normalised(text) for text in references)
    if without:
        have = "has" if without == 1 else "have"
        said = f"{without:,} of {counted(len(references), 'reference')} {have} no words left"
        yield Notice("warning", "D51", f"ROUGE counts only a-z and 0-9: {said}")


def _line_breaks(figures: Mapping[str, SplitFigures]) -> Iterator[Notice]:
    broken = sum(split.with_line_breaks for split in figures.values())
    if broken:
        total = sum(split.dialogues for split in figures.values())
        said = f"{broken:,} of {counted(total, 'dialogue')} have line breaks, which T5 drops"
        yield Notice("note", None, f"{said}; prompt.turn_separator keeps their turns apart")
