"""audit-detectors: what every error detector is worth, measured against labels of people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upshot.cli.next_steps import typed
from upshot.cli.options import Json, Quiet

if TYPE_CHECKING:
    from rich.table import Table

    from upshot.cli.screen import Screen
    from upshot.stages.audit import Audit, TextTable


def audit_detectors(
    data: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DATA", help="Files of labelled summaries; without any, planted errors alone."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what the report quotes beside each flag (.json).")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the tables in Markdown (.md).")] = None,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples of an interval.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the planted errors and of the intervals.")] = 13,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure every error detector against labels of people, and on planted errors; needs no model and no torch.

    DATA: SummEdits, MTS-Dialog's correlation study, FacEval, DIASUMFACT, circumstantial inference, or your own labels.

    Example: upshot audit-detectors labels.csv --write precision.json
    """
    from upshot.cli.screen import Screen, print_json
    from upshot.stages.audit import audit_detectors as audited
    from upshot.stages.audit import write_markdown, write_precision

    files = data or []
    _check_targets(files, write, markdown)
    screen = Screen(quiet=quiet)
    found = audited(files, resamples=resamples, seed=seed)
    if write is not None:
        write_precision(found, write)
    if markdown is not None:
        write_markdown(found, markdown)
    if as_json:
        print_json(found.to_json())
        return
    show_audit(found, screen)
    for target in filter(None, (write, markdown)):
        screen.result(f"wrote {_plain(str(target))}")
    screen.next_steps(typed("analyse", "RUN") if files else typed("audit-detectors", "YOUR_LABELS.csv"))


def show_audit(found: Audit, screen: Screen) -> None:
    """Nothing; every table is printed under its title, with its notes."""
    from upshot.stages.audit import tables

    for table in tables(found):
        screen.result(f"\n[bold]{_plain(table.title)}[/]")
        screen.result(_rich(table))
        for note in table.notes:
            screen.result(f"[dim]{_plain(note)}[/]")
    screen.result("\nRead a precision beside its base rate. None of these is a rate of errors of any summariser.")


def _check_targets(files: Sequence[Path], write: Path | None, markdown: Path | None) -> None:
    """Nothing, unless a file cannot be meant: a wrong ending would let a slip overwrite the data."""
    from upshot.errors import UsageError

    if write is not None and not files:
        raise UsageError("--write needs a file with labels of people: planted errors say nothing of real ones")
    for option, path, suffix in (("--write", write, ".json"), ("--markdown", markdown, ".md")):
        if path is not None and path.suffix.lower() != suffix:
            raise UsageError(f"{option} {path}: expected a name that ends in {suffix}")
        if path is not None and any(path.resolve() == file.resolve() for file in files):
            raise UsageError(f"{option} {path}: is one of the files to read; name another")


def _rich(table: TextTable) -> Table:
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(table.header):
        shown.add_column(_plain(heading), justify="right" if number else "left", no_wrap=bool(number))
    for cells in table.rows:
        shown.add_row(*map(_plain, cells))
    return shown


def _plain(text: str) -> str:
    """Text of a file as the terminal shows it: neither markup nor control characters."""
    from rich.markup import escape

    from upshot.cli.screen import visible

    return escape(visible(text))
