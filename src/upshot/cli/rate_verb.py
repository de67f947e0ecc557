"""rate: what people chose in the report's blind pairs, and the same pairs for another tool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upshot.cli.next_steps import typed
from upshot.cli.options import Json, Quiet, RunFolder, recipe_of

if TYPE_CHECKING:
    from rich.table import Table

    from upshot.ratings import Rating
    from upshot.report.facts import Facts

rate = typer.Typer(
    help="What people prefer: read blind ratings, or hand the pairs to another tool.", no_args_is_help=True
)


@rate.command("import")
def import_ratings(
    files: Annotated[list[Path], typer.Argument(metavar="RATINGS", help="Exports of a report, one a rater.")],
    run: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Keep the result in this run, for its next report.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Win rates with intervals, sign tests, agreement between raters, side bias and marks.

    Example: upshot rate import ratings-ann.json ratings-bo.json
    """
    from upshot.cli.screen import Screen, print_json
    from upshot.ratings import judge, read_ratings

    ratings = read_ratings({name: _text(file) for name, file in _named(files).items()})
    found = judge(ratings)
    if run is not None:
        _keep(found, ratings, run)
    if as_json:
        print_json(found)
        return
    screen = Screen(quiet=quiet)
    for part in (_wins, _agreement, _sides, _marks):
        table = part(found)
        if table.row_count:
            screen.result(table)
            screen.result("")
    screen.result(f"[dim]{found['n']} ratings; a tie or two bad outputs count half; dialogues are the unit[/]")
    into = typed("rate", "import", *files, "--run", "RUN", note="into the report")
    screen.next_steps(typed("report", run) if run else into)


@rate.command("export")
def export_pairs(
    run: RunFolder,
    label_studio: Annotated[
        Path, typer.Option("--label-studio", metavar="FILE", help="Tasks in JSON; the configuration lies beside, .xml.")
    ],
    quiet: Quiet = False,
) -> None:
    """The blind pairs of a run as pairwise tasks for Label Studio, with its labelling configuration.

    Example: upshot rate export runs/demo --label-studio pairs.json
    """
    import json

    from upshot.cli.screen import Screen
    from upshot.errors import DataError, UsageError
    from upshot.report.facts import read_facts
    from upshot.report.rating import label_studio as tasks_of
    from upshot.report.rating import labelling
    from upshot.rundir import RunDir, write_text

    configuration = label_studio.with_suffix(".xml")
    if configuration == label_studio:
        raise UsageError(f"{label_studio}: that name is the configuration's; name a .json file for the tasks")
    facts = read_facts(RunDir(run))
    tasks = tasks_of(facts, facts.recipe.seed)
    if not tasks:
        raise DataError(f"{run}: no two arms with different outputs, so there is nothing to compare")
    write_text(label_studio, json.dumps(tasks, ensure_ascii=True, indent=1) + "\n")
    write_text(configuration, labelling())
    screen = Screen(quiet=quiet)
    screen.result(f"{label_studio}: {len(tasks)} pairs")
    screen.result(f"{configuration}: labelling configuration")
    screen.next_steps(f"Label Studio: paste {configuration} as labelling interface, then import {label_studio}")


def _named(files: Sequence[Path]) -> dict[str, Path]:
    """Files by their name alone, and by their path where two have the same name: raters save what a page calls it."""
    from upshot.errors import UsageError

    known: dict[Path, Path] = {}
    for file in files:
        if (first := known.setdefault(file.resolve(), file)) is not file:
            raise UsageError(f"{first}: is given twice; give each rater's file once")
    names = [file.name for file in files]
    return {file.name if names.count(file.name) == 1 else str(file): file for file in files}


def _keep(found: Mapping[str, Any], ratings: Iterable[Rating], run: Path) -> None:
    from upshot.report.facts import read_facts
    from upshot.rundir import RunDir, locked, write_json

    recipe_of(run)  # a folder without a run is refused before it is locked
    _refuse_strangers(ratings, run, read_facts(RunDir(run)))
    with locked(run) as folder:
        write_json(folder.root / "ratings.json", found)


def _refuse_strangers(ratings: Iterable[Rating], run: Path, facts: Facts) -> None:
    """Raises where a rating is of an arm, a dialogue or texts that this run does not hold."""
    from upshot.errors import DataError
    from upshot.report.browser import run_hash

    arms, ids, texts = [arm.name for arm in facts.arms], {item.id for item in facts.dialogues}, run_hash(facts)
    of_another = "so these ratings are of another run"
    for rating in ratings:
        if strange := sorted(set(rating.arms) - set(arms)):
            raise DataError(f"{run}: no arm '{strange[0]}', {of_another}; its arms: {', '.join(arms)}")
        if rating.id not in ids:
            raise DataError(f"{run}: no dialogue '{rating.id}' in its test split, {of_another}")
        if rating.run != texts:
            told = f"these ratings are of other texts (run {rating.run or 'not named'}) than its report shows ({texts})"
            raise DataError(f"{run}: {told}; rate its present report, or import without --run")


def _text(file: Path) -> str:
    from upshot.errors import DataError

    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{file.name}: file not found", code="D01") from None
    except UnicodeDecodeError:
        raise DataError(f"{file.name}: not UTF-8 text, expected a report's ratings in JSON") from None
    except OSError as error:
        raise DataError(f"{file.name}: cannot be read ({error.strerror})", code="D03") from None


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right", overflow="fold")
    return table


def _row(table: Table, *cells: object) -> None:
    from rich.markup import escape

    from upshot.cli.screen import visible

    table.add_row(*(escape(visible(str(cell))) for cell in cells))


def _wins(found: Mapping[str, Any]) -> Table:
    table = _table(
        "preferred", "win rate %", "95 % interval", "won", "lost", "ties", "both bad", "dialogues", "sign test p"
    )
    for pair in found["pairs"]:
        p = "none decided" if pair["p"] is None else f"{pair['p']:.3g}"
        counts = (pair[key] for key in ("wins", "losses", "ties", "both_bad", "dialogues"))
        _row(table, f"{pair['a']} against {pair['b']}", *_share(pair["win_rate"], pair["ci95"]), *counts, p)
    return table


def _agreement(found: Mapping[str, Any]) -> Table:
    table = _table("agreement", "same answer %", "Cohen's kappa", "shared pairs")
    for item in found["agreement"]:
        share = "–" if item["agreement"] is None else f"{100 * item['agreement']:.0f}"
        kappa = "not defined" if item["kappa"] is None else f"{item['kappa']:.2f}"
        _row(table, " and ".join(item["raters"]), share, kappa, item["n"])
    return table


def _sides(found: Mapping[str, Any]) -> Table:
    table = _table("side bias", "share of A %", "95 % interval", "decided")
    for item in found["side_bias"]:
        if item["n"]:
            _row(table, item["rater"], *_share(item["share_a"], item["ci95"]), item["n"])
    return table


def _marks(found: Mapping[str, Any]) -> Table:
    from upshot.ratings import MARKS

    table = _table("mean marks, 1 to 5", *MARKS)
    for arm, marks in found["marks"].items():
        cells = (marks.get(mark) for mark in MARKS)
        _row(table, arm, *(f"{cell['mean']:.2f} (n {cell['n']})" if cell else "–" for cell in cells))
    return table


def _share(value: float, ends: list[float]) -> tuple[str, str]:
    return f"{100 * value:.0f}", f"[{100 * ends[0]:.0f}, {100 * ends[1]:.0f}]"
