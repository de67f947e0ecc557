"""check, describe and init: a data set before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from upshot.cli.next_steps import NO_SUMMARIES, data_steps, reading_words, typed
from upshot.cli.options import Json, Offline, Quiet, go_offline

if TYPE_CHECKING:
    from upshot.cli.screen import Screen
    from upshot.recipe import DataSettings, PromptSettings

DataArgument = Annotated[
    str, typer.Argument(metavar="DATA", help="A file, a folder of splits, 'builtin', a hub id, or a recipe.")
]
Delimiter = Annotated[str, typer.Option(help="Separator of CSV fields; '\\t' for a tab.")]
Encoding = Annotated[str, typer.Option(help="Encoding of text files.")]
Column = Annotated[
    list[str],
    typer.Option(
        "--column", metavar="NAME=COLUMN", help="What holds what: dialogue=text; summary= for none. Repeatable."
    ),
]

DEMO: Final = Path(__file__).parent / "demo.yaml"


def check(
    data: DataArgument,
    delimiter: Delimiter = ",",
    encoding: Encoding = "utf-8",
    column: Column = [],  # noqa: B006 - typer reads the default and never changes it
    strict: Annotated[bool, typer.Option("--strict", help="Dialogues shared by splits are an error.")] = False,
    all_errors: Annotated[
        bool, typer.Option("--all-errors", help="List up to 100 errors, not the first alone.")
    ] = False,
    model: Annotated[
        str, typer.Option(help="Whose tokens are counted: 'starter', a folder, a hub id, or 'none'.")
    ] = "starter",
    offline: Offline = False,
    as_json: Json = False,
) -> None:
    """The gate before training: counts, lengths in tokens, repeats, leaks, odd rows; two rows as the model sees them.

    Example: upshot check builtin
    """
    go_offline(offline)
    from upshot.cli.screen import Screen, print_json
    from upshot.data.notices import counted
    from upshot.data.sources import load_splits
    from upshot.model.load import load_tokenizer
    from upshot.model.place import ModelRef
    from upshot.stages.check import inspect, rows_as_seen
    from upshot.stages.init import speakers_for

    settings, prompt, seed = _settings(data, delimiter, encoding, column)
    if not _is_recipe(data):
        prompt = prompt.model_copy(update={"speakers": speakers_for(model)})  # as the recipe of `upshot init` does
    screen = Screen()
    need_summary = NO_SUMMARIES not in column
    if all_errors and Path(settings.source).is_file():
        _list_errors(settings, need_summary=need_summary)
    loaded = load_splits(settings, seed, need_summary=need_summary, divide_file=_is_recipe(data))
    tokenizer = None if model == "none" else load_tokenizer(ModelRef(model))
    found = inspect(loaded, prompt, tokenizer, strict=strict)
    if as_json:
        print_json(found.to_json())
        return
    _show_counts(found.to_json(), screen)
    for notice in (*found.notes, *found.warnings):
        screen.result(_plain(str(notice)))
    if tokenizer is not None:
        _show_rows(rows_as_seen(loaded, prompt, tokenizer), screen)
    screen.result("nothing is wrong" if not found.warnings else counted(len(found.warnings), "warning"))
    reading = reading_words(delimiter, encoding, column)
    screen.next_steps(*data_steps(data, found.to_json()["splits"], reading, other="describe", model=model))


def describe(
    subject: Annotated[str, typer.Argument(metavar="DATA|MODEL", help="A data set, or with --model a model.")],
    is_model: Annotated[
        bool, typer.Option("--model", help="SUBJECT is a model: a folder, a hub id, or 'starter'.")
    ] = False,
    delimiter: Delimiter = ",",
    encoding: Encoding = "utf-8",
    column: Column = [],  # noqa: B006
    offline: Offline = False,
    as_json: Json = False,
) -> None:
    """The numbers and pictures of a data set, or a model's module tree and parameter counts.

    Example: upshot describe builtin
    """
    go_offline(offline)
    from upshot.cli.described import show_data, show_model
    from upshot.cli.screen import Screen, print_json
    from upshot.stages.describe import describe_data, describe_model

    screen = Screen()
    if is_model or _looks_like_a_model(subject):
        facts = describe_model(subject)
        if as_json:
            print_json(facts)
            return
        show_model(facts, screen)
        screen.next_steps(typed("init", "YOUR.csv", "--model", subject))
        return
    settings, _, seed = _settings(subject, delimiter, encoding, column)
    facts = describe_data(settings, seed, divide_file=_is_recipe(subject))
    if as_json:
        print_json(facts)
        return
    show_data(facts, screen)
    reading = reading_words(delimiter, encoding, column)
    screen.next_steps(*data_steps(subject, facts["splits"], reading, other="check", model="starter"))


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Your conversations: CSV, JSONL, JSON or Parquet.")],
    model: Annotated[str, typer.Option(help="Base model: 'starter', a folder, or a hub id.")] = "starter",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write; default: FILE's name with .yaml.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a recipe that is there.")] = False,
    delimiter: Delimiter = ",",
    encoding: Encoding = "utf-8",
    column: Column = [],  # noqa: B006
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """A commented recipe for your own data: with `upshot run` the whole job in two commands.

    Example: upshot init calls.csv
    """
    go_offline(offline)
    from upshot.cli.screen import Screen
    from upshot.errors import UsageError
    from upshot.rundir import write_text
    from upshot.stages.init import SCHEMA_NAME, recipe_text, schema_text

    reading, _, _ = _settings(str(file), delimiter, encoding, column)
    text = recipe_text(file, model=model, reading=reading)
    target = output or Path(file.stem + ".yaml")
    if target.exists() and not force:
        raise UsageError(f"{target} is there already; --force overwrites it, --output names another")
    write_text(target, text)
    schema = target.parent / SCHEMA_NAME
    write_text(schema, schema_text())
    screen = Screen(quiet=quiet)
    screen.result(f"wrote {target} (and {schema}, with which an editor completes its keys)")
    screen.next_steps(typed("run", target, "--dry-run"), typed("run", target))


def _looks_like_a_model(subject: str) -> bool:
    folder = Path(subject)
    if folder.is_dir():
        return (folder / "config.json").exists() or (folder / "adapter_config.json").exists()
    return subject == "starter"


def _is_recipe(data: str) -> bool:
    return Path(data).suffix in (".yaml", ".yml")


def _settings(data: str, delimiter: str, encoding: str, column: list[str]) -> tuple[DataSettings, PromptSettings, int]:
    """Data and prompt settings of the command line, or those of a recipe."""
    from upshot.errors import UsageError
    from upshot.recipe import Columns, Recipe
    from upshot.recipe_file import read_recipe

    if _is_recipe(data) or data == "builtin":
        recipe = read_recipe(DEMO if data == "builtin" else Path(data))  # the built-in ones as the demo reads them
        return recipe.data, recipe.prompt, recipe.seed
    named: dict[str, str] = {}
    for item in column:
        if item == NO_SUMMARIES:
            continue
        key, found, value = item.partition("=")
        if not found or key not in Columns.model_fields:
            raise UsageError(f"--column {item}: expected NAME=COLUMN with one of {', '.join(Columns.model_fields)}")
        named[key] = value
    sign = "\t" if delimiter == "\\t" else delimiter
    if len(sign) != 1:
        raise UsageError(f"--delimiter '{delimiter}': expected one character, or '\\t'")
    given = {"source": data, "columns": named, "delimiter": sign, "encoding": encoding}
    recipe = Recipe.model_validate({"data": given, "arms": {"any": {}}})
    return recipe.data, recipe.prompt, recipe.seed


def _list_errors(settings: DataSettings, *, need_summary: bool) -> None:
    """Raises the collected errors of a file as one, each on a line of its own; returns where there are none."""
    from upshot.data.tables import Reading, find_problems
    from upshot.errors import DataError

    problems = find_problems(Path(settings.source), Reading.of(settings, need_summary=need_summary))
    if problems:
        first, *others = problems
        raise DataError("\n".join([first.message, *(str(problem) for problem in others)]), code=first.code)


def _show_counts(found: dict[str, Any], screen: Screen) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    labels = ("split", "rows", "dialogues", "references each", "words / summary", "tokens p50 / p95 / max", "cut")
    for label in labels:
        table.add_column(label, justify="left" if label == "split" else "right")
    for split, figures in found["splits"].items():
        words = [figures[kind] for kind in ("dialogue_words", "summary_words") if figures[kind]]
        tokens = figures["tokens"] or {}
        lengths = tokens.get("dialogue")
        table.add_row(
            split,
            f"{figures['rows']:,}",
            f"{figures['dialogues']:,}",
            f"{figures['references_per_dialogue']:.3g}",
            " / ".join(f"{spread['mean']:.0f}" for spread in words),
            f"{lengths['p50']:,} / {lengths['p95']:,} / {lengths['max']:,}" if lengths else "not counted",
            f"{100 * tokens['dialogues_over']:.1f} %" if lengths else "",
        )
    screen.result(table)


def _show_rows(rows: list[Any], screen: Screen) -> None:
    from upshot.cli.screen import visible

    screen.result("\n[bold]As the model will see them[/]")
    for row in rows:
        shown = visible(row.source)
        screen.result(_plain(f"{row.id}  ({len(row.pieces)} tokens{', cut' if row.truncated else ''})"))
        screen.result(_plain(f"  {shown[:400]}{' ...' if len(shown) > 400 else ''}"))
        screen.result(
            _plain(f"  labels {list(row.labels[:6])} ... {list(row.labels[-4:])} (-100 is left out of the loss)")
        )
        screen.result(_plain(f"  = {visible(row.target)}"))


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
