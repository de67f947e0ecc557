"""Text of a run as Markdown in which it stays text: escaped lines, code blocks, lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from upshot.report.grid import Column, Table

# Markup, HTML and what readers turn into links by themselves; then what means a list or heading at the start of a line.
_ACTIVE: Final = re.compile(r"[\\`*_\[\]|~$<>&@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_LEADING: Final = re.compile(r"^(\d*)([#+=-]|(?<=\d)[.)](?=\s|$))")
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;", ":": "&#58;", "@": "&#64;", ".": "&#46;"}


def literal(text: str) -> str:
    """Text in one line that no Markdown reader takes for markup, HTML or a link.

    >>> literal("a|b <i>*c*")
    'a\\\\|b &lt;i&gt;\\\\*c\\\\*'
    """
    escaped = _ACTIVE.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), " ".join(text.split()))
    return _LEADING.sub(r"\1\\\2", escaped)


def fenced(text: str) -> list[str]:
    """Lines of a code block that the text cannot end: its fence is longer than any run of backticks inside."""
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return [f"{fence}text", *text.splitlines(), fence]


def table_lines(table: Table | None) -> Iterator[str]:
    """Lines of a table with its title; nothing for no table."""
    if table is None:
        return
    columns = map(_heading, table.columns)
    yield from (f"**{literal(table.title)}**", "")
    yield _row([table.first, *map(literal, columns)])
    yield _row(["---", *("---:" for _ in table.columns)])
    for line in table.lines:
        name = literal(f"{line.name} ({line.note})" if line.note else line.name)
        filled = [literal(str(cell)) for cell in line.cells] or [literal(line.reason), *("" for _ in table.columns[1:])]
        yield _row([name, *filled])
    yield ""
    if table.about:
        yield from (literal(table.about), "")


def bullets(texts: Iterable[str]) -> list[str]:
    """Lines of a list, each text escaped."""
    return [f"- {literal(text)}" for text in texts]


def _heading(column: Column) -> str:
    """Title with group and unit: Markdown has one line of headings, and columns of two groups may share a title."""
    title = ": ".join(filter(None, (column.group, column.title)))
    return f"{title} ({column.unit})" if column.unit else title


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
