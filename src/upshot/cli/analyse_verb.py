"""analyse: what is wrong with the summaries of a run and where, on the terminal or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upshot.cli.next_steps import LEAST_TO_DIVIDE, typed
from upshot.cli.options import Json, Quiet, RunFolder, recipe_of

if TYPE_CHECKING:
    from rich.table import Table

    from upshot.cli.screen import Screen


def analyse(
    run: RunFolder,
    export_slice: Annotated[
        str, typer.Option(metavar="SLICE=VALUE", help="Write the training rows of a slice to --to; needs no scores.")
    ] = "",
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="CSV for the rows of --export-slice.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find what is wrong with the stored predictions of a run, and in which slices; needs no model and no torch.

    Example: upshot analyse runs/demo
    """
    from upshot.cli.screen import Screen, print_json
    from upshot.errors import UsageError
    from upshot.rundir import locked
    from upshot.stages.analyse import analyse_run

    recipe = recipe_of(run)
    screen = Screen(quiet=quiet)
    if export_slice or to:
        if not export_slice or to is None:
            raise UsageError("analyse: --export-slice SLICE=VALUE and --to FILE go together")
        _export(run, export_slice, to, as_json=as_json, screen=screen)
        return
    with locked(run) as folder:
        content = analyse_run(folder, recipe, screen)
    if as_json:
        print_json(content)
        return
    show_analysis(content, screen, run)
    weakest = weakest_slice(content)
    more = [typed("analyse", run, "--export-slice", weakest, "--to", "slice.csv")] if weakest else []
    screen.next_steps(typed("report", run), *more)


def show_analysis(content: Mapping[str, Any], screen: Screen, run: Path) -> None:
    """Nothing; what a reader can build on is printed, then what was left out and where it is.

    Left out are slices that are small, heuristics that no arm has, and differences whose interval holds 0.
    """
    from rich.markup import escape

    from upshot.cli.screen import visible

    of = f"of {content['n']:,} dialogues"
    screen.result(f"\n[bold]Flags, {of}: places to look at, not a rate of errors[/]")
    screen.result(_flags(content))
    screen.result(f"[dim]found in no arm: {', '.join(_never(content)) or 'none'}[/]")
    screen.result(f"\n[bold]Notebook heuristics, {of}: words against the first reference[/]")
    screen.result(_heuristics(content))
    if shown := _shown_pairs(content):
        screen.result(_improvements(content, shown))
    if large := [cell for cell in content["slices"] if not cell["small"]]:
        screen.result("\n[bold]ROUGE-1 x 100 by slice, with 95 % interval[/]")
        screen.result(_slices(content, large))
    screen.result("")
    for line in (*_remaining(content), *_left_out(content, run)):
        screen.result(escape(visible(line)))


def weakest_slice(content: Mapping[str, Any]) -> str | None:
    """The slice that training rows can fall into and the best arm does worst on, as SLICE=VALUE; None without slices.

    Slices that are not small come first.
    """
    from upshot.analysis.slices import SLICES

    cells = [cell for cell in content["slices"] if SLICES[cell["slice"]].of_training]
    if not cells:
        return None
    worst = min(cells, key=lambda cell: (cell["small"], max(arm["mean"] for arm in cell["arms"].values())))
    return f"{worst['slice']}={worst['value']}"


def _export(run: Path, choice: str, to: Path, *, as_json: bool, screen: Screen) -> None:
    from upshot.cli.screen import print_json
    from upshot.errors import UsageError
    from upshot.rundir import RunDir
    from upshot.stages.analyse import export_slice

    name, found, value = choice.partition("=")
    if not found:
        raise UsageError(f"--export-slice {choice}: expected SLICE=VALUE, such as turns=13-15")
    if to.suffix.lower() != ".csv":
        raise UsageError(f"--to {to}: expected a name that ends in .csv")
    if to.exists():
        raise UsageError(f"{to} is there already; name another file with --to")
    rows = export_slice(RunDir(run), name, value, to=to)
    if as_json:
        print_json({"slice": name, "value": value, "rows": rows, "file": str(to)})
        return
    screen.result(f"wrote {to}: {rows:,} training rows")
    screen.next_steps(typed("describe", to), *([typed("init", to)] if rows >= LEAST_TO_DIVIDE else []))


def _table(first: str, *others: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, overflow="fold")
    for other in others:
        table.add_column(other, justify="right")
    return table


def _flags(content: Mapping[str, Any]) -> Table:
    """Dialogues with each kind of finding that any arm has."""
    from rich.markup import escape

    from upshot.analysis.finding import KINDS

    arms, never = content["flags"], _never(content)
    table = _table("flag", "tier", *map(escape, arms))
    for kind, facts in KINDS.items():
        if kind not in never:
            table.add_row(kind, facts.tier, *(f"{found[kind]:,}" for found in arms.values()))
    return table


def _never(content: Mapping[str, Any]) -> list[str]:
    from upshot.analysis.finding import KINDS

    return [kind for kind in KINDS if not any(found[kind] for found in content["flags"].values())]


def _heuristics(content: Mapping[str, Any]) -> Table | str:
    """Dialogues with each category that any arm has."""
    from rich.markup import escape

    from upshot.analysis.notebook_heuristics import CATEGORIES

    arms = content["heuristics"]
    given = [name for name in CATEGORIES if any(found[name] for found in arms.values())]
    if not given:
        return "none in any arm"
    table = _table("category", *map(escape, arms))
    for name in given:
        table.add_row(name, *(f"{found[name]:,}" for found in arms.values()))
    return table


def _shown_pairs(content: Mapping[str, Any]) -> list[str]:
    """Categories in which an arm is shown to differ from the first baseline: an interval that leaves 0 out."""
    pairs = content["heuristic_pairs"]
    found = (item["category"] for item in pairs if item["a"] == pairs[0]["a"] and _leaves_0_out(item["ci95"]))
    return list(dict.fromkeys(found))


def _leaves_0_out(ends: Sequence[float] | None) -> bool:
    return ends is not None and not ends[0] <= 0 <= ends[1]


def _improvements(content: Mapping[str, Any], categories: Sequence[str]) -> Table:
    """What each arm improves on the first baseline, in points of the share of dialogues and in per cent of it."""
    from rich.markup import escape

    baseline = content["heuristic_pairs"][0]["a"]
    pairs = {(item["b"], item["category"]): item for item in content["heuristic_pairs"] if item["a"] == baseline}
    others = list(dict.fromkeys(arm for arm, _ in pairs))
    table = _table(escape(f"improvement on {baseline}, points [95 % interval]"), *map(escape, others))
    for name in categories:
        table.add_row(name, *(_improvement(pairs[arm, name]) for arm in others))
    return table


def _improvement(pair: Mapping[str, Any]) -> str:
    percent = pair["improvement_percent"]
    share = "" if percent is None else f", {percent:+.0f} %"
    return f"{100 * pair['difference']:+.1f} {_percent(pair['ci95'], '{:+.1f} to {:+.1f}')}{share}"


def _slices(content: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> Table:
    from rich.markup import escape

    from upshot.cli.screen import visible

    table = _table("slice", "dialogues", *map(escape, content["flags"]))
    for cell in cells:
        label = escape(visible(f"{cell['slice']}={cell['value']}"))
        table.add_row(label, f"{cell['n']:,}", *map(_points, cell["arms"].values()))
    return table


def _points(cell: Mapping[str, Any]) -> str:
    return f"{100 * cell['mean']:.1f} {_percent(cell['ci95'], '{:.1f}-{:.1f}')}"


def _remaining(content: Mapping[str, Any]) -> Iterator[str]:
    for arm, cell in content["length"].items():
        if _leaves_0_out(cell["ci95"]):
            low, high = cell["ci95"]
            yield f"{arm}: length against score, Spearman {cell['spearman']:.2f} [{low:.2f} to {high:.2f}]"
    for arm, cell in content["key_terms_kept"].items():
        yield f"{arm}: keeps {100 * cell['mean']:.1f} % {_percent(cell['ci95'], '{:.1f}-{:.1f}')} of the key terms"
    for name, reason in content["not_measurable"].items():
        yield f"not measurable: {name} ({reason})"


def _left_out(content: Mapping[str, Any], run: Path) -> Iterator[str]:
    """What is not printed, and where all of it is."""
    from upshot.analysis.slices import SMALL
    from upshot.report.quantities import joined

    small = sum(bool(cell["small"]) for cell in content["slices"])
    none = [name for name in next(iter(content["heuristics"].values())) if _in_no_arm(content, name)]
    pairs = content["heuristic_pairs"]
    alike = pairs and len({item["category"] for item in pairs}) > len(_shown_pairs(content))
    flat = [arm for arm, cell in content["length"].items() if not _leaves_0_out(cell["ci95"])]
    parts = (
        f"{small:,} {'slice' if small == 1 else 'slices'} of fewer than {SMALL} dialogues" if small else "",
        f"heuristics that no arm has ({', '.join(none)})" if none else "",
        f"differences from {pairs[0]['a']} in heuristics that are not shown (the interval holds 0)" if alike else "",
        f"length against score of {joined(flat)} (nothing shown)" if flat else "",
    )
    left = list(filter(None, parts))
    if left:
        yield f"left out here: {'; '.join(left)}"
        yield f"all of it: {run / 'analysis.json'}, and in {run / 'report.html'} once upshot report has made it anew"


def _in_no_arm(content: Mapping[str, Any], category: str) -> bool:
    return not any(found[category] for found in content["heuristics"].values())


def _percent(ends: Sequence[float] | None, form: str) -> str:
    from upshot.cli.screen import span

    return span(ends and [100 * end for end in ends], form)
