"""The conversations that ship in the package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from upshot.data.columns import Found
from upshot.data.csv_rows import Record
from upshot.data.notices import Remarks
from upshot.data.rows import RowRules, build_rows
from upshot.data.tables import Table, read_objects
from upshot.records import SPLITS

BUILTIN: Final = Path(__file__).parent / "builtin" / "conversations.jsonl"


def builtin_tables(path: Path, remarks: Remarks) -> dict[str, Table]:
    """Tables of the built-in conversations by split; several summaries of one become rows ID_1, ID_2, in order.

    What only these conversations tell (walk of life, things said indirectly) stands in the rows' notes.
    """
    name, sha256, objects = read_objects(path, remarks)
    tables: dict[str, Table] = {}
    for split in SPLITS:
        chosen = [item for item in objects if item.get("split") == split]
        columns = Found("dialogue", tuple(f"summary_{n}" for n in range(1, 1 + _most_summaries(chosen))), "id", "topic")
        records = [Record(number, 0, _flat(item)) for number, item in enumerate(chosen, 1)]
        notes = [{"domain": item.get("domain", ""), "indirect": tuple(_list(item, "indirect"))} for item in chosen]
        file = f"{name} {split}"
        rows = build_rows(records, columns, file=file, rules=RowRules(), remarks=remarks)
        tables[split] = Table(file, sha256, tuple(replace(row, notes=notes[row.number - 1]) for row in rows))
    return tables


def _most_summaries(objects: Iterable[Mapping[str, object]]) -> int:
    return max((len(_list(item, "summaries")) for item in objects), default=0)


def _list(item: Mapping[str, object], key: str) -> list[Any]:
    value = item.get(key)
    return value if isinstance(value, list) else []


def _flat(item: Mapping[str, object]) -> dict[str, object]:
    return {**item, **{f"summary_{n}": text for n, text in enumerate(_list(item, "summaries"), 1)}}
