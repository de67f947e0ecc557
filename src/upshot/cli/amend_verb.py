"""amend: contest and correct summaries, read what was said about them, and turn corrections into training rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from upshot.cli.next_steps import LEAST_TO_DIVIDE, typed
from upshot.cli.options import Json, Quiet

if TYPE_CHECKING:
    from upshot.answers.answer import Answer
    from upshot.answers.history import History

amend = typer.Typer(
    help="Contest and correct summaries: original, corrections and who made them stand side by side.",
    no_args_is_help=True,
)

Kept = Annotated[Path, typer.Argument(metavar="FILE", help="The file of corrections, SQLite.")]
Name = Annotated[str, typer.Argument(metavar="ID", help="The record, as list names it.")]
_ONE: Final = "give a file with one, as upshot summarize FILE --json writes it"
By = Annotated[str, typer.Option(metavar="NAME", help="Who says so; it is kept.")]


@amend.command()
def keep(
    file: Kept,
    answer: Annotated[Path, typer.Argument(metavar="ANSWER.json", help="One answer, as summarize --json gives it.")],
    conversation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What was summarised, in any form; needed for training rows.")
    ] = None,
    encoding: Annotated[str, typer.Option(metavar="NAME", help="How the conversation is written.")] = "utf-8",
    quiet: Quiet = False,
) -> None:
    """Keep an answer so that it can be contested; the file is made where there is none.

    The conversation has to be the one that was summarised. Of a masked answer it is kept masked.

    Example: upshot amend keep amendments.sqlite answer.json --conversation talk.txt
    """
    from upshot.amendments import Amendments
    from upshot.cli.screen import Screen

    given = _answer(answer)
    text = _conversation(conversation, encoding, given) if conversation else None
    with Amendments(file) as kept:
        name = kept.keep(given, text)
    screen = Screen(quiet=quiet)
    screen.result(name)
    screen.next_steps(typed("amend", "correct", file, name, "--text", "What it should say.", "--by", "NAME"))


@amend.command("list")
def list_records(file: Kept, as_json: Json = False) -> None:
    """Every record with its state: kept, corrected, disputed or forgotten. No text of a summary is shown.

    Example: upshot amend list amendments.sqlite
    """
    from rich.markup import escape
    from rich.table import Table

    from upshot.amendments import Amendments
    from upshot.cli.screen import Screen, print_json, visible

    with Amendments(_there(file)) as kept:
        found = list(kept.histories())
    if as_json:
        print_json([_line(item) for item in found])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("id", "kept", "state", "amendments", "conversation"):
        table.add_column(title)
    for item in found:
        table.add_row(*(escape(visible(str(value))) for value in _line(item).values()))
    Screen().result(table if found else "no records")


@amend.command()
def show(file: Kept, record: Name, as_json: Json = False) -> None:
    """The original summary with every correction and dispute, who made it and why, oldest first.

    Example: upshot amend show amendments.sqlite 3f2a9c0d1e4b
    """
    from rich.markup import escape

    from upshot.amendments import Amendments
    from upshot.cli.screen import Screen, print_json, visible

    with Amendments(_there(file)) as kept:
        found = kept.history(record)
    if as_json:
        print_json(_whole(found))
        return
    screen = Screen()
    for line in _told(found):
        screen.result(escape(visible(line)))


@amend.command()
def correct(
    file: Kept,
    record: Name,
    by: By,
    text: Annotated[str, typer.Option(metavar="TEXT", help="The corrected summary; - reads standard input.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
) -> None:
    """Keep a corrected summary beside the original.

    Example: upshot amend correct amendments.sqlite 3f2a9c0d1e4b --text 'The order comes on Friday.' --by Ann
    """
    from upshot.amendments import Amendments
    from upshot.cli.screen import Screen

    said = typer.get_text_stream("stdin").read() if text == "-" else text
    with Amendments(_there(file)) as kept:
        kept.correct(record, said.strip(), by=by, reason=reason)
    Screen().result(f"{record}: corrected by the side of the original")


@amend.command()
def dispute(
    file: Kept, record: Name, by: By, reason: Annotated[str, typer.Option(metavar="TEXT", help="What is wrong.")]
) -> None:
    """Contest a summary without writing another; it gives no training row until a correction settles it.

    Example: upshot amend dispute amendments.sqlite 3f2a9c0d1e4b --by Ann --reason 'I never agreed.'
    """
    from upshot.amendments import Amendments
    from upshot.cli.screen import Screen

    with Amendments(_there(file)) as kept:
        kept.dispute(record, by=by, reason=reason)
    Screen().result(f"{record}: disputed")


@amend.command()
def export(
    file: Kept,
    to: Annotated[Path, typer.Option(metavar="FILE", help="JSON Lines for the rows; ends in .jsonl.")],
    quiet: Quiet = False,
) -> None:
    """Training rows of the corrected conversations: id, dialogue, summary and the note of consent.

    Example: upshot amend export amendments.sqlite --to corrections.jsonl
    """
    from upshot.amendments import Amendments
    from upshot.cli.screen import Screen
    from upshot.errors import UsageError
    from upshot.records import dump_lines
    from upshot.rundir import write_text

    if to.suffix.lower() != ".jsonl":
        raise UsageError(f"--to {to}: expected a name that ends in .jsonl")
    if to.exists():
        raise UsageError(f"{to} is there already; name another file with --to")
    with Amendments(_there(file)) as kept:
        states = [item.state for item in kept.histories()]
        rows = list(kept.export_rows())
    if not rows:
        raise UsageError(f"{file}: no corrected record with its conversation, so there is no training row")
    write_text(to, dump_lines(rows))
    screen = Screen(quiet=quiet)
    without = states.count("corrected") - len(rows)
    screen.result(
        f"wrote {to}: {len(rows):,} training rows of {len(states):,} records "
        f"({states.count('disputed'):,} disputed, {without:,} corrected without their conversation are left out)"
    )
    screen.next_steps(typed("check", to), *([typed("init", to)] if len(rows) >= LEAST_TO_DIVIDE else []))


@amend.command()
def forget(
    file: Kept,
    record: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove every text of a record for good, names included; its id and the times remain.

    Example: upshot amend forget amendments.sqlite 3f2a9c0d1e4b --yes
    """
    from upshot.amendments import Amendments
    from upshot.cli.screen import Screen

    with Amendments(_there(file)) as kept:
        kept.history(record)
        if not yes:
            typer.confirm(f"Remove every text of {record}? This cannot be undone", abort=True, err=True)
        kept.forget(record)
    Screen().result(f"{record}: forgotten; copies and exports of the file are not reached by this")


def _there(file: Path) -> Path:
    """The file, which only `keep` makes."""
    from upshot.errors import UsageError

    if not file.exists():
        raise UsageError(f"{file}: no such file; upshot amend keep {file} ANSWER.json begins one")
    return file


def _answer(path: Path) -> Answer:
    """The one answer of a file, by itself or in a list of one, as `summarize` writes it."""
    from pydantic import TypeAdapter, ValidationError

    from upshot.answers.answer import Answer
    from upshot.errors import DataError

    try:
        found = TypeAdapter(Answer | list[Answer]).validate_json(_text(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "Answer") or "the whole"
        raise DataError(f"{path}: no answer of upshot ({where}: {first['type']}); {_ONE}") from None
    answers = found if isinstance(found, list) else [found]
    if len(answers) != 1:
        raise DataError(f"{path}: {len(answers)} answers; {_ONE}")
    return answers[0]


def _conversation(path: Path, encoding: str, answer: Answer) -> str:
    """The text that was summarised, one turn a line, masked where the answer is.

    Raises:
        DataError: another conversation than the answer's.
    """
    from upshot.data.transcripts import read_conversation
    from upshot.errors import DataError
    from upshot.privacy.mask import mask

    found = read_conversation(path, encoding=encoding)
    if found.source_sha256 != answer.source.sha256:
        raise DataError(f"{path}: not the conversation that this answer is about; give the file that was summarised")
    return mask(found)[0].text if answer.privacy.masked else found.text


def _text(path: Path) -> str:
    from upshot.errors import DataError, UsageError

    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from None


def _line(item: History) -> dict[str, Any]:
    return {
        "id": item.id,
        "kept": item.at[:16].replace("T", " "),
        "state": item.state,
        "amendments": len(item.amendments),
        "conversation": "kept" if item.conversation else "not kept",
    }


def _whole(item: History) -> dict[str, Any]:
    from dataclasses import asdict

    answer = item.answer.model_dump(mode="json") if item.answer else None
    return {**asdict(item), "answer": answer, "state": item.state, "summary": item.summary}


def _told(item: History) -> list[str]:
    original = item.answer.summary if item.answer else "(forgotten)"
    consent = [f"consent: {item.consent}"] if item.consent else []
    lines = [f"{item.at[:16].replace('T', ' ')}  AI-generated: {original}", *consent]
    for amendment in item.amendments:
        why = f" ({amendment.reason})" if amendment.reason else ""
        said = f": {amendment.text}" if amendment.text else ""
        lines.append(
            f"{amendment.at[:16].replace('T', ' ')}  {amendment.kind} by {amendment.by or '(forgotten)'}{why}{said}"
        )
    return [*lines, f"forgotten {item.forgotten[:16].replace('T', ' ')}"] if item.forgotten else lines
