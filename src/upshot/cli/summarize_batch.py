"""summarize: a table or a folder, whose answers go into a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from upshot.cli.key_option import keep_key

if TYPE_CHECKING:
    from upshot.answers.answer import Answer, Options
    from upshot.cli.screen import Screen
    from upshot.data.batch_rows import Rows
    from upshot.data.conversation import Conversation
    from upshot.events import Stop
    from upshot.stages.summarize import BatchFacts
    from upshot.summarizer import Summarizer

TABLES: Final = (".csv", ".jsonl", ".ndjson", ".parquet")


def rows_of(
    files: Sequence[str], out: Path | None, column: str | None, id_column: str | None, encoding: str
) -> Rows | None:
    """The rows of a table or folder, None for files of one conversation each."""
    from upshot.data.batch_rows import Rows
    from upshot.errors import UsageError

    path = Path(files[0])
    many = path.is_dir() or path.suffix.lower() in TABLES or bool(column and path.suffix.lower() == ".json")
    if many and len(files) > 1:
        raise UsageError(f"{path.name}: many conversations; give a table or a folder by itself")
    if many and out is None:
        raise UsageError(f"{path.name}: many conversations; say where their answers go, with --out ANSWERS.jsonl")
    # Other verbs name a column as FIELD=NAME, and an error about one says so.
    column, id_column = column and column.removeprefix("dialogue="), id_column and id_column.removeprefix("id=")
    return Rows(path, column, id_column, encoding=encoding) if many else None


def summarize_batch(
    rows: Rows, out: Path, summarizer: Summarizer, options: Options, *, key: Path | None, screen: Screen, stop: Stop
) -> BatchFacts:
    """What a batch came to, once all of its answers stand in `out`, and before them all keys in `key`.

    Raises:
        UsageError: `out` or `key` holds something else, or answers of another model; also where nothing is to be made.
    """
    from upshot.rundir import read_json
    from upshot.stages.summarize import check_model, state_path, summarize_rows

    def summarize_some(conversations: Sequence[Conversation], asked: Options) -> list[Answer]:
        return summarizer.summarize(conversations, asked, stop=stop)

    facts = summarizer.facts
    marks = {"arm": facts.arm, "weights_sha256": facts.weights_sha256, "prompt": facts.prompt}
    check_model(out, read_json(state_path(out)), marks)
    keep_key(key, conversations_of(rows, stop), screen)
    done = summarize_rows(rows, out, summarize_some, options=options, tell=screen, stop=stop)
    screen.close()
    return done


def conversations_of(rows: Rows, stop: Stop) -> Iterator[Conversation]:
    """The conversations of a batch in order; rows that cannot be read are passed over.

    Raises:
        StoppedError: a stop was asked for.
    """
    from upshot.data.batch_rows import items_of
    from upshot.data.conversation import Conversation
    from upshot.errors import StoppedError

    for item in items_of(rows):
        if (signal := stop()) is not None:
            raise StoppedError("stopped before the first row; the same command starts anew", signal_number=signal)
        if isinstance(item.found, Conversation):
            yield item.found


def tell_batch(done: BatchFacts, screen: Screen, *, sheet: Path | None, key: Path | None, as_json: bool) -> None:
    """What a batch came to; it fails where there is no summary at all."""
    from upshot.answers.spreadsheet import write_spreadsheet
    from upshot.cli.screen import print_json
    from upshot.errors import DataError

    if sheet is not None:
        write_spreadsheet(done.out, sheet)
        screen.say(f"written: {sheet}")
    failed = done.rows and sum(done.errors.values()) == done.rows
    if as_json:
        print_json({**asdict(done), "out": str(done.out)})
    else:
        _show_batch(done, screen)
        if not failed:
            screen.next_steps(*_next(done.out, sheet, key))
    if failed:
        raise DataError(f"{done.out}: none of {done.rows} rows could be summarised; each line there says why")


def _next(out: Path, sheet: Path | None, key: Path | None) -> Iterator[str]:
    table = "the same command with --sheet FILE.csv    # the answers as a table, too"
    yield f"{sheet}    # in a spreadsheet program" if sheet else table
    if key is not None:
        yield f"upshot unmask {quote(str(out))} --key {quote(str(key))} > FILE.jsonl    # with values and names"


def _show_batch(done: BatchFacts, screen: Screen) -> None:
    earlier = f", {done.kept} of them from an earlier start" if done.kept else ""
    screen.result(f"{done.out}: {done.rows} rows{earlier}, {done.seconds:.0f} s")
    for code, count in done.errors.items():
        screen.result(f"  {count} could not be summarised{f' ({code})' if code else ''}")
    if done.held_back:
        screen.result(f"  {done.held_back} kept back")
