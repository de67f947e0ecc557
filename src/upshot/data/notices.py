"""What reading a file has to say: errors that stop it, warnings and notes that do not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from upshot.errors import DataError

MAX_LISTED: Final = 100
_LONGEST_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class Notice:
    """A remark about data that does not stop the work; `code` is the published number of the case, if it has one."""

    level: Literal["note", "warning"]
    code: str | None
    message: str

    def __str__(self) -> str:
        """The line that a door prints.

        >>> str(Notice("note", "D24", "x.csv: 3 blank lines skipped"))
        'note D24: x.csv: 3 blank lines skipped'
        """
        return f"{self.level} {self.code}: {self.message}" if self.code else f"{self.level}: {self.message}"

    def to_json(self) -> dict[str, str | None]:
        """The form that `data.json` keeps."""
        return {"code": self.code, "message": self.message}


class Remarks:
    """Everything said while files are read: the first `limit` errors (the last of them is raised) and all notices."""

    def __init__(self, limit: int = 1) -> None:
        self.limit = limit
        self.errors: list[DataError] = []
        self.notices: list[Notice] = []

    def error(self, error: DataError) -> None:
        """Nothing while there is room for more errors.

        Raises:
            DataError: this error, when it fills the limit; with a limit of 1 the first error stops the reading.
        """
        self.errors.append(error)
        if len(self.errors) >= self.limit:
            raise error

    def warn(self, code: str, message: str) -> None:
        """Nothing; the warning is kept."""
        self.notices.append(Notice("warning", code, message))

    def note(self, code: str | None, message: str) -> None:
        """Nothing; the note is kept."""
        self.notices.append(Notice("note", code, message))


def shown(text: str) -> str:
    """A name or an id as messages print it: one line, no control characters, never endless.

    >>> shown("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    return _printable(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "...")


def shown_path(path: Path | str) -> str:
    """A path as it was given, whole, since a file that is not found is looked for by it; no control characters."""
    return _printable(str(path))


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "row"), counted(2, "summary", "summaries")
    ('1 row', '1,200 rows', '2 summaries')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
