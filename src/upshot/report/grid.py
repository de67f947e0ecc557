"""A table as a value: what page and technical report both print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title with the unit of its numbers and, where columns belong together, the name of their group."""

    title: str
    unit: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with its interval, or with a smaller text, below it; `links` are ids of dialogues to look at."""

    text: str
    interval: str = ""
    below: str = ""
    links: tuple[str, ...] = ()

    def __str__(self) -> str:
        """All of it in one line."""
        return " ".join(filter(None, (self.text, self.interval, self.below, ", ".join(self.links))))


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `colour` is the number of the arm; `reason` stands instead of cells that could not be computed."""

    name: str
    cells: tuple[Cell, ...]
    note: str = ""
    colour: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Lines under columns."""

    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    first: str = "arm"
    about: str = ""

    @property
    def groups(self) -> tuple[tuple[str, int], ...]:
        """Names of neighbouring columns' groups with their widths; empty where no column has a group."""
        found: list[tuple[str, int]] = []
        for column in self.columns:
            if found and found[-1][0] == column.group:
                found[-1] = (column.group, found[-1][1] + 1)
            else:
                found.append((column.group, 1))
        return tuple(found) if any(name for name, _ in found) else ()
