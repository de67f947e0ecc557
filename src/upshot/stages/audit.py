"""audit: every detector measured against labels of people, and against errors planted in the built-in test split."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from upshot.analysis.annotated import Annotated, read_annotated
from upshot.analysis.audit import NOT_MEASURABLE, Measured, SetAudit, audit, precision_table
from upshot.analysis.corruptions import CORRUPTIONS
from upshot.analysis.worth import Estimate
from upshot.data.notices import counted
from upshot.data.sources import load_splits
from upshot.recipe import DataSettings
from upshot.records import Dialogue
from upshot.rundir import write_json, write_text

# The detector that a planted error is meant for.
TARGETS: Final[Mapping[str, str]] = {
    "speaker-swap": "who-said-what",
    "number": "unsupported-number",
    "negation": "changed-negation",
    "name": "unsupported-name",
}
DRAWS: Final = 5
_HEADINGS: Final = ("detector", "fires", "precision", "lift", "recall", "balanced accuracy", "AUC", "beyond length")
_NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Audit:
    """Audits of the sets with labels of people, and of one planted set for each kind of corruption."""

    human: tuple[SetAudit, ...]
    planted: tuple[SetAudit, ...]

    def to_json(self) -> dict[str, Any]:
        """Both lists, and the table that `--write` writes."""
        return {
            "human": [item.to_json() for item in self.human],
            "planted": [item.to_json() for item in self.planted],
            "precision": precision_table(self.human),
            "not_measurable": list(NOT_MEASURABLE),
        }


class TextTable(NamedTuple):
    """A table in words: its cells are ready to be printed, the first column is text, the others are numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def audit_detectors(paths: Sequence[Path], *, resamples: int = 10_000, seed: int = 13) -> Audit:
    """The audit of all files, each by its layout, and of the planted sets, which need no file.

    Raises:
        UsageError: a file named twice, or manual scores without their summaries.
        DataError: a file that cannot be read or has no known layout, or a row whose label cannot be read.
    """
    human = audit(read_annotated(paths), resamples=resamples, seed=seed)
    test = load_splits(DataSettings(source="builtin"), seed).splits.test
    return Audit(human, audit(planted(test, seed), resamples=resamples, seed=seed))


def planted(dialogues: Sequence[Dialogue], seed: int) -> tuple[Annotated, ...]:
    """For each kind of corruption a set of every reference as it is, and again corrupted where it offers a place.

    Both are there `DRAWS` times, each time with another corruption: recall on one draw of 100 moves by some points.
    """
    draws = range(1, DRAWS + 1)
    return tuple(
        item
        for name in CORRUPTIONS
        for dialogue in dialogues
        for draw in draws
        for item in _planted(name, dialogue, f"{seed} {draw}")
    )


def write_precision(found: Audit, path: Path) -> None:
    """Nothing; the worth of each detector by labels of people is written as the report reads it.

    Raises:
        ResourceError: the file cannot be written.
    """
    write_json(path, precision_table(found.human))


def write_markdown(found: Audit, path: Path) -> None:
    """Nothing; all tables are written in Markdown.

    Raises:
        ResourceError: the file cannot be written.
    """
    write_text(path, "\n".join(markdown(table) for table in tables(found)))


def markdown(table: TextTable) -> str:
    """A table in Markdown under its title, notes below it, with a newline at the end."""
    rule = "|".join([" --- ", *(" ---: " for _ in table.header[1:])])
    lines = [f"| {' | '.join(cells)} |" for cells in (table.header, *table.rows)]
    text = "\n".join([f"### {table.title}", "", lines[0], f"|{rule}|", *lines[1:]])
    return text + "".join(f"\n\n{note}" for note in table.notes) + "\n"


def tables(found: Audit) -> tuple[TextTable, ...]:
    """What the terminal and the docs show: two tables a set with labels of people, then two of all planted errors."""
    by_set = [table for item in found.human for table in _set_tables(item)]
    return (*by_set, _planted_table(found.planted), _crossed_table(found.planted))


def _planted(name: str, dialogue: Dialogue, seed: str) -> Iterator[Annotated]:
    for number, reference in enumerate(dialogue.references, start=1):
        key, text, set_name = f"{dialogue.id}-{number}", dialogue.text, f"planted {name}"
        yield Annotated(key, text, reference, False, (), set_name)
        wrong = CORRUPTIONS[name](text, reference, random.Random(f"{seed} {name} {key}"))
        if wrong is not None:
            yield Annotated(f"{key}-{name}", text, wrong, True, (name,), set_name)


def _set_tables(item: SetAudit) -> Iterator[TextTable]:
    shown = [found for found in item.detectors if found.fires != 0]
    silent = [found.detector for found in item.detectors if found.fires == 0]
    about = "with facts missing" if item.omissions else "erroneous"
    dialogues = counted(item.dialogues, "dialogue")
    counts = f"{counted(item.n, 'summary', 'summaries')} of {dialogues}, {item.errors:,} {about}"
    yield TextTable(
        f"{item.name}: {counts} (base rate {item.base_rate:.2f})",
        _HEADINGS,
        tuple(_cells(found) for found in shown),
        tuple(_set_notes(item, silent)),
    )
    if len(item.kinds) > 1:
        header = ("detector", *(f"{kind} ({count:,})" for kind, count in item.kinds.items()))
        rows = [(found.detector, *map(_share, (found.recall_by_kind or {}).values())) for found in shown if found.fires]
        yield TextTable(f"{item.name}: recall by kind of error", header, tuple(rows))


def _set_notes(item: SetAudit, silent: Sequence[str]) -> Iterator[str]:
    if item.controls:
        yield f"Length alone: {', '.join(f'{name} AUC {_interval(area)}' for name, area in item.controls.items())}."
    if silent:
        yield f"Never fired: {', '.join(silent)}."


def _cells(found: Measured) -> tuple[str, ...]:
    return (
        found.detector,
        _NOTHING if found.fires is None else f"{found.fires:,}",
        _interval(found.precision),
        _share(found.lift),
        _share(found.recall),
        _interval(found.balanced_accuracy) if found.fires is not None else _NOTHING,
        _interval(found.auc),
        _interval(found.beyond_length, sign="+"),
    )


def _planted_table(planted_sets: Sequence[SetAudit]) -> TextTable:
    """Each kind of corruption with the detector that is meant for it."""
    header = ("planted", "wrong, clean", *_HEADINGS)
    rows = []
    for item in planted_sets:
        name = item.name.removeprefix("planted ")
        target = next(found for found in item.detectors if found.detector == TARGETS[name])
        rows.append((name, f"{item.errors:,}, {item.n - item.errors:,}", *_cells(target)))
    lengths = [
        f"{item.name.removeprefix('planted ')}: " + ", ".join(f"{k} {_interval(v)}" for k, v in item.controls.items())
        for item in planted_sets
    ]
    notes = (f"AUC of length alone: {'; '.join(lengths)}.",)
    return TextTable("Planted errors, each with the detector meant for it", header, tuple(rows), notes)


def _crossed_table(planted_sets: Sequence[SetAudit]) -> TextTable:
    """How often each detector fires: on the clean summaries, and on those with each kind of planted error."""
    header = ("detector", "clean", *(item.name.removeprefix("planted ") for item in planted_sets))
    rows = []
    for columns in zip(*(item.detectors for item in planted_sets), strict=True):
        if any(found.fires for found in columns):
            clean = ((columns[0].fires or 0) - columns[0].hits) / (planted_sets[0].n - planted_sets[0].errors)
            rows.append((columns[0].detector, _share(clean), *(_share(found.recall) for found in columns)))
    return TextTable("Planted errors: share of summaries with each flag", header, tuple(rows))


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f}"


def _interval(estimate: Estimate | None, sign: str = "") -> str:
    if estimate is None:
        return _NOTHING
    value = f"{estimate.value:{sign}z.2f}"
    if estimate.ci95 is None:
        return value
    low, high = estimate.ci95
    return f"{value} [{low:{sign}z.2f}, {high:{sign}z.2f}]"
