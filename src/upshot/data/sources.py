"""Where conversations come from: the built-in ones, files, folders of splits, the hub; all end as the same splits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from upshot.data.conversations import BUILTIN, builtin_tables
from upshot.data.files import SUFFIXES, as_path
from upshot.data.hub import HUB_ID, hub_tables
from upshot.data.notices import Notice, Remarks, counted, shown
from upshot.data.splits import SPLIT_NAMES, divide, join_rows, take_subset, without_leaks
from upshot.data.tables import Reading, Table, read_table
from upshot.errors import DataError, UsageError
from upshot.recipe import DataSettings
from upshot.records import SPLITS, Row, Splits

_SPLIT_FILE: Final = re.compile(r"([a-z]+)(-00000-of-00001)?(\.\w+)")
_LEAST_TRAINING_ROWS: Final = 2


@dataclass(frozen=True, slots=True)
class LoadedData:
    """A data set ready for use, and what was learnt on the way.

    `rows` are the rows in use by split, `files` the name that messages give a split, `hashes` sha256 by file name,
    `raw_rows` the rows of each split before subset and cleaning.
    """

    splits: Splits
    source: str
    rows: Mapping[str, tuple[Row, ...]]
    files: Mapping[str, str]
    hashes: Mapping[str, str]
    raw_rows: Mapping[str, int]
    notes: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()


@dataclass(slots=True)
class _Gathered:
    """Rows by split as the files have them; a split without a file is absent."""

    source: str
    rows: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)


def load_splits(
    settings: DataSettings,
    seed: int,
    *,
    builtin: Path = BUILTIN,
    need_summary: bool = True,
    divide_file: bool = True,
) -> LoadedData:
    """The splits that a recipe's `data` section names.

    Subsets come first, then `clean`, then rows with the same text become one dialogue. With `divide_file=False` a file
    without splits is not divided: all its rows are training rows.

    Raises:
        DataError: a file that cannot be read, or too few rows.
        UsageError: a source that contradicts itself.
    """
    remarks = Remarks()
    reading = Reading.of(settings, need_summary=need_summary)
    gathered = _gather(settings, reading, remarks, builtin)
    if "" in gathered.rows:
        _give_splits(gathered, settings, seed, remarks, divide_file=divide_file)
    used = {
        split: take_subset(rows, getattr(settings.subset, split), seed=seed, split=split)
        for split, rows in gathered.rows.items()
    }
    if settings.clean:
        used = _cleaned(used, gathered.files, remarks)
    _check_training(used, settings, gathered)
    return LoadedData(
        splits=Splits(used.get("train", ()), join_rows(used.get("validation", ())), join_rows(used.get("test", ()))),
        source=gathered.source,
        rows=used,
        files=gathered.files,
        hashes=gathered.hashes,
        raw_rows={split: len(rows) for split, rows in gathered.rows.items()},
        notes=tuple(notice for notice in remarks.notices if notice.level == "note"),
        warnings=tuple(notice for notice in remarks.notices if notice.level == "warning"),
    )


def _gather(settings: DataSettings, reading: Reading, remarks: Remarks, builtin: Path) -> _Gathered:
    named = {split: name for split in SPLITS if (name := getattr(settings, split))}
    if named:
        if settings.source != "builtin":
            raise UsageError(
                "data: give either source, or train, validation and test; not both (--set data.source=null takes back "
                "a recipe's source)"
            )
        return _read_all(
            {split: Path(name) for split, name in named.items()}, ", ".join(named.values()), reading, remarks
        )
    if settings.source == "builtin":
        tables = builtin_tables(builtin, remarks)
        gathered = _gathered(tables, "builtin")
        gathered.hashes = {builtin.name: tables["train"].sha256}  # all splits stand in one file
        return gathered
    path = as_path(settings.source)
    there = _there(path)
    if there == "folder":
        return _read_all(_split_files(path), settings.source, reading, remarks)
    if there == "file" or path.suffix.lower() in SUFFIXES or not HUB_ID.fullmatch(settings.source):
        return _read_all({"": Path(settings.source)}, settings.source, reading, remarks)
    return _gathered(hub_tables(settings.source, reading, remarks), settings.source)


def _there(path: Path) -> Literal["folder", "file", "nothing"]:
    """What stands at a path; what cannot be looked at counts as a file, whose reading tells the reason."""
    try:
        if path.is_dir():
            return "folder"
        return "file" if path.exists() or path.is_symlink() else "nothing"
    except OSError:
        return "file"


def _split_files(folder: Path) -> dict[str, Path]:
    """Files of a folder by split; names such as val.jsonl and dev.csv are those of validation."""
    found: dict[str, Path] = {}
    for path in _listed(folder):
        name = _SPLIT_FILE.fullmatch(path.name.lower())
        split = SPLIT_NAMES.get(name.group(1)) if name and name.group(3) in SUFFIXES else None
        if split is None:
            continue
        if split in found:
            said = f"{folder}: both {found[split].name} and {path.name} could be the {split} split"
            raise UsageError(f"{said}; name one of them with data.{split}")
        found[split] = path
    if not found:
        said = "is a folder without train, validation or test files (.csv, .jsonl, .json or .parquet)"
        raise DataError(f"{shown(str(folder))}: {said}", code="D02")
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"{shown(str(folder))}: cannot be listed ({error.strerror})", code="D03") from None


def _read_all(paths: Mapping[str, Path], source: str, reading: Reading, remarks: Remarks) -> _Gathered:
    tables = {split: read_table(paths[split], reading, remarks) for split in _in_order(paths)}
    if len({table.name for table in tables.values()}) < len(tables):
        tables = {split: replace(table, name=shown(str(paths[split]))) for split, table in tables.items()}
    return _gathered(tables, source)


def _gathered(tables: Mapping[str, Table], source: str) -> _Gathered:
    return _Gathered(
        source,
        rows={split: tables[split].rows for split in _in_order(tables)},
        files={split: tables[split].name for split in _in_order(tables)},
        hashes={table.name: table.sha256 for table in tables.values()},
    )


def _in_order(splits: Iterable[str]) -> list[str]:
    return sorted(splits, key=["", *SPLITS].index)


def _give_splits(
    gathered: _Gathered, settings: DataSettings, seed: int, remarks: Remarks, *, divide_file: bool
) -> None:
    """Nothing; the rows of one file get their splits: from its column `split`, or divided by dialogue."""
    rows, file = gathered.rows.pop(""), gathered.files.pop("")
    if rows and "split" in rows[0].notes:
        parts = _by_column(rows, file)
        remarks.note(None, f"{file}: rows divided by the column 'split'")
    elif divide_file:
        parts = divide(rows, settings.split, seed=seed, file=file)
        sizes = ", ".join(f"{len(part):,} {split}" for split, part in parts.items())
        remarks.note(None, f"{file}: divided by dialogue with seed {seed} into rows of {sizes}")
    else:
        parts = {"train": rows}
    gathered.rows.update(parts)
    gathered.files.update(dict.fromkeys(parts, file))


def _by_column(rows: Iterable[Row], file: str) -> dict[str, tuple[Row, ...]]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        name = str(row.notes["split"])
        split = SPLIT_NAMES.get(name.strip().casefold())
        if split is None:
            raise DataError(f"{file} row {row.number}: split '{shown(name)}' is not train, validation or test")
        parts.setdefault(split, []).append(row)
    return {split: tuple(parts[split]) for split in _in_order(parts)}


def _cleaned(
    used: Mapping[str, tuple[Row, ...]], files: Mapping[str, str], remarks: Remarks
) -> dict[str, tuple[Row, ...]]:
    kept = without_leaks(used)
    for split, rows in used.items():
        gone = len(rows) - len(kept[split])
        if gone:
            dialogues = len({row.dialogue for row in rows}) - len({row.dialogue for row in kept[split]})
            said = f"removed {counted(gone, 'row')} ({counted(dialogues, 'dialogue')}) of the {split} split"
            remarks.note(None, f"{files[split]}: data.clean {said} that also stand in an earlier one")
    return {split: kept[split] for split in used}


def _check_training(used: Mapping[str, tuple[Row, ...]], settings: DataSettings, gathered: _Gathered) -> None:
    """Nothing, unless a filter left too little to train on."""
    left = len(used.get("train", ()))
    filtered = any(value is not None for value in settings.subset.train.model_dump().values())
    if filtered and "train" in used and left < _LEAST_TRAINING_ROWS:
        said = f"{counted(left, 'row')} left after the filter, at least {_LEAST_TRAINING_ROWS} are needed"
        raise DataError(f"{gathered.files['train']}: {said}", code="D52")
