"""Which column of a file holds what: as the recipe says, by exact name, or where only one reading is possible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from upshot.data.notices import Remarks, shown
from upshot.errors import DataError
from upshot.recipe import Columns

# 'text' and 'document' are left out on purpose: in many files they hold something else (D19 asks instead).
SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("fname",),
    "dialogue": ("dialog", "dialogues", "conversation", "conversations", "transcript"),
    "summary": ("summaries", "highlights", "notes"),
    "topic": (),
    "split": (),
}
_NUMBERED_SUMMARY: Final = re.compile(r"summary_?([1-9]\d?)", re.IGNORECASE)
_LIKELY: Final = {
    "dialogue": ("text", "document", "article", "input", "source", "content", "chat"),
    "summary": ("target", "output", "reference", "abstract", "text"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """Column names of a file. Several `summaries` are several references of the row; none where it has none."""

    dialogue: str
    summaries: tuple[str, ...] = ()
    id: str | None = None
    topic: str | None = None
    split: str | None = None


def find_columns(names: Sequence[str], wanted: Columns, *, file: str, need_summary: bool, remarks: Remarks) -> Found:
    """The columns of a file with these names; names that are not exact are remarked on.

    Raises:
        DataError: D19 for a column that is missing, or could be one of several.
    """
    search = _Search(names, wanted, file, remarks)
    found_id = search.find("id")
    dialogue = search.find("dialogue")
    summary = search.find("summary")
    numbered = () if summary else tuple(sorted(filter(_NUMBERED_SUMMARY.fullmatch, names), key=_number))
    topic, split = search.find("topic"), search.find("split")
    if dialogue is None:
        raise search.missing("dialogue")
    if summary is None and not numbered and need_summary:
        raise search.missing("summary")
    return Found(dialogue, (summary,) if summary else numbered, found_id, topic, split)


class _Search:
    """The names of one file, and which of them are taken."""

    def __init__(self, names: Sequence[str], wanted: Columns, file: str, remarks: Remarks) -> None:
        self.names = names
        self.file = file
        self.remarks = remarks
        self.wanted: dict[str, str | None] = wanted.model_dump()
        self.taken = {name for name in self.wanted.values() if name}

    def find(self, field: str) -> str | None:
        """The column of a field, which is taken from then on; None where there is none, or no safe one."""
        asked = self.wanted.get(field)
        if asked:
            if asked not in self.names:
                raise self.missing(asked, field)
            return asked
        if field in self.names and field not in self.taken:
            return self._take(field)
        return self._loosely(field, (field,)) or self._loosely(field, SYNONYMS[field])

    def _loosely(self, field: str, meant: tuple[str, ...]) -> str | None:
        fitting = [name for name in self.names if name not in self.taken and name.strip().casefold() in meant]
        if len(fitting) > 1 and field in ("dialogue", "summary"):
            raise self.missing(field)
        if len(fitting) != 1:
            return None
        said = f"{self.file}: column '{shown(fitting[0])}' read as '{field}'"
        if meant == (field,):
            self.remarks.warn("D21", said)
        else:
            self.remarks.note(None, said)
        return self._take(fitting[0])

    def _take(self, name: str) -> str:
        self.taken.add(name)
        return name

    def missing(self, column: str, field: str | None = None) -> DataError:
        """The error that names what is there, and the likeliest of it."""
        field = field or column
        found = ", ".join(shown(name) for name in self.names if name)
        said = f"{self.file}: no column '{shown(column)}' (found: {found}); use --column {field}={self._guess(field)}"
        return DataError(said, code="D19")

    def _guess(self, field: str) -> str:
        others = (set(SYNONYMS) - {field}) | self.taken
        free = [name for name in self.names if name and name not in others]
        loosely = {name.strip().casefold(): name for name in reversed(free)}
        likely = (loosely[name] for name in (field, *SYNONYMS[field], *_LIKELY.get(field, ())) if name in loosely)
        return shown(next(likely, free[0] if len(free) == 1 else "NAME"))


def _number(name: str) -> int:
    found = _NUMBERED_SUMMARY.fullmatch(name)
    return int(found.group(1)) if found else 0
