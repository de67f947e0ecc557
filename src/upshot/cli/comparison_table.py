"""The comparison as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rich.markup import escape
from rich.table import Table

from upshot.report.quantities import NO_INTERVAL
from upshot.report.verdict import verdict

if TYPE_CHECKING:
    from upshot.cli.screen import Screen

SHOWN: Final = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L"}
ROW_NAMES: Final = {
    "human": "human (references)",
    "constant": "a constant sentence",
    "lead3": "first 3 turns",
    "longest3": "longest 3 turns",
    "bm25_copy": "nearest training summary",
}


def show_comparison(comparison: Mapping[str, Any], screen: Screen) -> None:
    """Nothing; the table, its protocol, the other ways of counting references, and the verdict are printed."""
    screen.result("")
    screen.result(comparison_table(comparison))
    screen.result(f"[dim]F1 x 100 \\[95 % interval]; {escape(comparison['protocol'])}[/]")
    for line in other_countings(comparison):
        screen.result(f"[dim]{escape(line)}[/]")
    screen.result("")
    for sentence in verdict(comparison):
        screen.result(escape(sentence.text))


def other_countings(comparison: Mapping[str, Any]) -> Iterator[str]:
    """ROUGE-1 / 2 / L of every arm against its first reference and its best one; nothing where each has but one."""
    for name, cells in comparison["arms"].items():
        if any(cells[f"{metric}_max"]["mean"] != cells[metric]["mean"] for metric in SHOWN):
            first, best = (
                " / ".join(f"{100 * cells[f'{metric}_{way}']['mean']:.2f}" for metric in SHOWN)
                for way in ("first", "max")
            )
            yield f"{name}: reference 1 alone {first}; best of the references {best}"


def comparison_table(comparison: Mapping[str, Any]) -> Table:
    """Arms and reference rows with ROUGE F1 x 100 and 95 % intervals; under 100 dialogues the interval comes first."""
    table = Table(title=None, box=None, pad_edge=False, header_style="bold")
    table.add_column("arm", overflow="fold")
    for label in SHOWN.values():
        table.add_column(label, justify="right", no_wrap=True)
    table.add_column("length", justify="right", no_wrap=True)
    table.add_column("cut off", justify="right", no_wrap=True)
    small = bool(comparison.get("small"))
    seen = comparison.get("seen", {})
    for name, cells in comparison["arms"].items():
        label = f"{name}, as shipped (has seen this training split)" if seen.get(name) else name
        table.add_row(escape(label), *_cells(cells, small), _length(cells), _share(cells.get("hit_cap_share")))
    for name, cells in comparison["reference_rows"].items():
        label = f"[dim]{ROW_NAMES.get(name, name)}[/]"
        if "reason" in cells:
            table.add_row(label, f"[dim]{escape(cells['reason'])}[/]")
        else:
            table.add_row(label, *(f"[dim]{text}[/]" for text in _cells(cells, small)), f"[dim]{_length(cells)}[/]")
    return table


def _cells(cells: Mapping[str, Any], small: bool) -> list[str]:
    return [_cell(cells[metric], small) for metric in SHOWN]


def _cell(cell: Mapping[str, Any], small: bool) -> str:
    mean = f"{100 * cell['mean']:.2f}"
    if cell["ci95"] is None:
        return f"{mean} {NO_INTERVAL}"
    low, high = cell["ci95"]
    interval = f"{100 * low:.1f}-{100 * high:.1f}"
    # r"\[" because rich reads square brackets as markup.
    return rf"\[{interval}] {mean}" if small else rf"{mean} \[{interval}]"


def _length(cells: Mapping[str, Any]) -> str:
    return f"{cells['length_ratio']['mean']:.2f}x" if "length_ratio" in cells else ""


def _share(cell: Mapping[str, Any] | None) -> str:
    return f"{100 * cell['mean']:.0f} %" if cell else ""
