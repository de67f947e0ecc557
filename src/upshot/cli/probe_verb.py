"""probe: ask the arms of a finished run for what their predictions alone do not tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upshot.cli.next_steps import typed
from upshot.cli.options import Json, Offline, Only, Quiet, RunFolder, go_offline, recipe_of

if TYPE_CHECKING:
    from rich.table import Table


def probe(
    run: RunFolder,
    only: Only = [],  # noqa: B006 - typer reads the default and never changes it
    dialogues: Annotated[int, typer.Option(min=1, help="Test dialogues to ask about, drawn with the seed.")] = 100,
    as_json: Json = False,
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """Does an arm prefer the reference to a wrong copy of it? What changes when only the speakers' names change?

    Needs the model: each dialogue is summarised again once a set of names. What was asked before is not asked again.

    Example: upshot probe runs/demo --only full --dialogues 50
    """
    go_offline(offline)
    from rich.markup import escape

    from upshot.cli.screen import listening, print_json
    from upshot.errors import ModelError
    from upshot.pipeline import chosen_arms
    from upshot.recipe_file import expand_arms
    from upshot.report.probe_tables import NAMELESS
    from upshot.report.quantities import joined
    from upshot.rundir import locked
    from upshot.stages.probe import probe_run

    recipe = recipe_of(run)
    with listening(quiet=quiet) as (screen, stop), locked(run) as folder:
        chosen = chosen_arms(recipe, only)
        arms = {name: arm for name, arm in chosen.items() if only or folder.predictions(name, "test").exists()}
        if not arms:
            raise ModelError(f"{run}: no arm has predictions yet; upshot predict makes them")
        content = probe_run(folder, recipe, arms, tell=screen, stop=stop, dialogues=dialogues)
        screen.close()
        if as_json:
            print_json(content)
            return
        screen.result("\n[bold]Prefers the reference, % of dialogues \\[95 % interval] (n); chance is 50[/]")
        screen.result(_preferences(content["likelihood"]))
        known = expand_arms(recipe)
        tagged = [name for name in content["fairness"] if known[name].prompt.speakers == "tags"]
        changes = _changes(content["fairness"], tagged)
        if changes.row_count:
            screen.result("\n[bold]Change when only names change, points \\[95 % interval] (n)[/]")
            screen.result(changes)
        if tagged:
            verb = "reads" if len(tagged) == 1 else "read"
            screen.result(f"\n{NAMELESS.format(arms=escape(joined(tagged)), verb=verb)}")
        screen.next_steps(typed("report", run))


def _preferences(likelihood: Mapping[str, Any]) -> Table:
    from rich.markup import escape

    kinds = list(dict.fromkeys(kind for found in likelihood.values() for kind in found))
    table = _table("arm", *kinds)
    for name, found in likelihood.items():
        table.add_row(escape(name), *(_share(found.get(kind, {"n": 0}), "accuracy") for kind in kinds))
    return table


def _changes(fairness: Mapping[str, Any], tagged: Sequence[str]) -> Table:
    """Each arm under each set of names; of `tagged` arms only where a summary changed, as any name is the same text."""
    from rich.markup import escape

    from upshot.report.probe_tables import is_same

    table = _table("arm", "names", "ROUGE-1", "first speaker's share", "share that moved", "same text")
    for name, found in fairness.items():
        rows = {**found["rename"]["sets"], "order swapped": found["reorder"]}
        for changed, cells in rows.items():
            if name in tagged and is_same(cells):
                continue
            if not cells["n"]:
                table.add_row(escape(name), changed, f"no dialogue of {cells['dialogues']} allows it")
                continue
            moved = [_share({**cells[key], "n": None}, "mean") for key in ("moved", "same_text")]
            table.add_row(
                escape(name), changed, _change(cells["rouge1"], cells["n"]), _change(cells["share"]["first"]), *moved
            )
    return table


def _table(*columns: str) -> Table:
    """Columns without lines: a box is noise where no terminal draws it."""
    from rich.table import Table

    return Table(*columns, box=None, pad_edge=False, header_style="bold")


def _share(cell: Mapping[str, Any], key: str) -> str:
    if cell["n"] == 0:
        return "no place for it"
    count = "" if cell["n"] is None else f" ({cell['n']})"
    return f"{100 * cell[key]:.1f} {_percent(cell['ci95'], '{:.1f}, {:.1f}')}{count}"


def _change(cell: Mapping[str, Any], n: int | None = None) -> str:
    return f"{100 * cell['change']:+.2f} {_percent(cell['ci95'], '{:+.2f}, {:+.2f}')}{f' ({n})' if n else ''}"


def _percent(ends: Sequence[float] | None, form: str) -> str:
    from upshot.cli.screen import span

    return span(ends and [100 * end for end in ends], form)
