"""summarize: conversations in, summaries with their evidence out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from upshot.cli.options import Json, Offline, Quiet, go_offline

if TYPE_CHECKING:
    from upshot.answers.answer import Answer, Options
    from upshot.cli.screen import Screen
    from upshot.data.batch_rows import Rows
    from upshot.data.conversation import Conversation
    from upshot.events import Stop
    from upshot.stages.summarize import BatchFacts
    from upshot.summarizer import Summarizer


TABLES: Final = (".csv", ".jsonl", ".ndjson", ".parquet")


class Long(StrEnum):
    """What is done with a conversation that does not fit."""

    parts = "parts"
    cut = "cut"


class Speakers(StrEnum):
    """What the model reads for a speaker's name."""

    auto = "auto"
    keep = "keep"
    tags = "tags"


Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Conversations: .txt ('Name: words'), .vtt, .srt, .json; '-' is stdin."),
]
Place = Annotated[
    str, typer.Option(metavar="PLACE", help="A run (its winner), an arm, a weights folder or an export; or 'starter'.")
]
Words = Annotated[int | None, typer.Option(min=3, max=500, help="Words to aim at.")]
Bullets = Annotated[bool, typer.Option("--bullets", help="A list, one sentence a line.")]
Mask = Annotated[
    bool, typer.Option("--mask", help="Replace e-mail, numbers, speakers and the like before the model reads them.")
]
Samples = Annotated[int, typer.Option(min=0, max=8, help="Sample so many summaries, to see if they agree.")]
Abstain = Annotated[
    float, typer.Option(min=0, max=100, help="Keep back what is less certain than so many % of validation summaries.")
]
Withhold = Annotated[
    bool, typer.Option("--withhold-sensitive", help="Keep back what tells of health, money or identity.")
]
Details = Annotated[
    bool, typer.Option("--details", help="With --json: also how sure each word was, and what was nearly written.")
]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result there.")]
Sheet = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Of a table or folder: the answers as CSV for a spreadsheet, too.")
]
Column = Annotated[str | None, typer.Option(metavar="NAME", help="Of a table: where conversations stand.")]
IdColumn = Annotated[str | None, typer.Option(metavar="NAME", help="Of a table: where ids stand.")]
Encoding = Annotated[str, typer.Option(metavar="NAME", help="How the files are written.")]


def summarize(
    files: Files,
    arm: Place = "starter",
    words: Words = None,
    bullets: Bullets = False,
    mask: Mask = False,
    speakers: Annotated[Speakers, typer.Option(help="tags: the model reads #Person1#.")] = Speakers.auto,
    samples: Samples = 0,
    abstain_below: Abstain = 0.0,
    withhold_sensitive: Withhold = False,
    long: Annotated[Long, typer.Option(help="What does not fit: summarise parts, or cut the end.")] = Long.parts,
    details: Details = False,
    out: Out = None,
    sheet: Sheet = None,
    column: Column = None,
    id_column: IdColumn = None,
    encoding: Encoding = "utf-8",
    markdown: Annotated[bool, typer.Option("--markdown", help="A page with numbered evidence.")] = False,
    as_json: Json = False,
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """Summarise conversations with a trained arm, or with the starter. Nothing leaves this machine.

    A table (.csv, .jsonl, .parquet) or a folder is summarised row by row into --out FILE, one answer a line; started
    again, it goes on where it stopped.

    Example: upshot summarize examples/clinic.txt
    """
    from upshot.answers.answer import Options
    from upshot.cli.screen import listening
    from upshot.data.transcripts import read_conversation
    from upshot.summarizer import open_summarizer

    form = _form(as_json=as_json, markdown=markdown)
    go_offline(offline)
    options = Options(
        words=words,
        bullets=bullets,
        speakers=speakers.value,
        mask=mask,
        samples=samples,
        abstain_below=abstain_below,
        withhold_sensitive=withhold_sensitive,
        long=long.value,
        details=details,
    )
    rows = _batch(files, out, column, id_column, encoding)
    _check_out(files, out, sheet, form if rows else "")
    conversations = [] if rows else [read_conversation(file, encoding=encoding) for file in files]
    with listening(quiet=quiet) as (screen, stop), open_summarizer(arm) as summarizer:
        _tell_arm(summarizer, screen)
        if rows is not None and out is not None:
            done = _summarize_batch(rows, out, summarizer, options, screen=screen, stop=stop)
            _tell_batch(done, screen, sheet=sheet, as_json=as_json)
            return
        _tell_cost(summarizer, conversations, options, screen)
        answers = summarizer.summarize(conversations, options, tell=screen, stop=stop)
        screen.close()
        _show(answers, conversations, screen, form=form, out=out)


def _tell_arm(summarizer: Summarizer, screen: Screen) -> None:
    """What a user must know of the arm: the starter's licence, which arm of a run it is, how it was opened."""
    from upshot.cli.main_verbs import LICENCE

    if summarizer.name == "starter":
        screen.say(LICENCE)
    for note in summarizer.facts.notes:
        screen.say(f"note: {note}")


def _form(*, as_json: bool, markdown: bool) -> str:
    from upshot.errors import UsageError

    if markdown and as_json:
        raise UsageError("--json and --markdown are two forms of one result; give one of them")
    return "json" if as_json else "markdown" if markdown else "text"


def _batch(
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


def _check_out(files: Sequence[str], out: Path | None, sheet: Path | None, form_of_batch: str) -> None:
    """Nothing. What is asked for must not write over a conversation, nor be another form than a batch has."""
    from upshot.errors import UsageError

    if sheet is not None and not form_of_batch:
        raise UsageError("--sheet is for a table or a folder; one conversation has --json and --markdown")
    if form_of_batch == "markdown":
        raise UsageError("--markdown is for single conversations; a table or a folder gives JSON Lines")
    if out is not None and any(file != "-" and Path(file).resolve() == out.resolve() for file in files):
        raise UsageError(f"{out}: is what is to be summarised; give another file with --out")


def _summarize_batch(
    rows: Rows, out: Path, summarizer: Summarizer, options: Options, *, screen: Screen, stop: Stop
) -> BatchFacts:
    from upshot.rundir import read_json
    from upshot.stages.summarize import check_model, state_path, summarize_rows

    def summarize_some(conversations: Sequence[Conversation], asked: Options) -> list[Answer]:
        return summarizer.summarize(conversations, asked, stop=stop)

    facts = summarizer.facts
    marks = {"arm": facts.arm, "weights_sha256": facts.weights_sha256, "prompt": facts.prompt}
    check_model(out, read_json(state_path(out)), marks)  # also where nothing is left to be made
    done = summarize_rows(rows, out, summarize_some, options=options, tell=screen, stop=stop)
    screen.close()
    return done


def _tell_batch(done: BatchFacts, screen: Screen, *, sheet: Path | None, as_json: bool) -> None:
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
            screen.next_steps("the same command again goes on where it stopped; --sheet FILE.csv is for spreadsheets")
    if failed:
        raise DataError(f"{done.out}: none of {done.rows} rows could be summarised; each line there says why")


def _show_batch(done: BatchFacts, screen: Screen) -> None:
    earlier = f", {done.kept} of them from an earlier start" if done.kept else ""
    screen.result(f"{done.out}: {done.rows} rows{earlier}, {done.seconds:.0f} s")
    for code, count in done.errors.items():
        screen.result(f"  {count} could not be summarised{f' ({code})' if code else ''}")
    if done.held_back:
        screen.result(f"  {done.held_back} kept back")


def _tell_cost(summarizer: Summarizer, conversations: Sequence[Conversation], options: Options, screen: Screen) -> None:
    """What a long one will take, before it begins."""
    for conversation in conversations:
        plan = summarizer.plan(conversation, options)
        if len(plan.parts) > 1:
            screen.say(
                f"{conversation.name}: {plan.tokens:,} tokens in {plan.turns:,} turns do not fit "
                f"{summarizer.facts.max_source_tokens} tokens: {len(plan.parts)} parts, {plan.passes} summaries, "
                f"about {max(1, round(plan.seconds))} s"
            )


def _show(
    answers: Sequence[Answer],
    conversations: Sequence[Conversation],
    screen: Screen,
    *,
    form: str,
    out: Path | None,
) -> None:
    """The result on standard output or in a file; what to know and to check on standard error."""
    import json

    from upshot.answers.forms import markdown_form
    from upshot.cli.screen import print_line, visible
    from upshot.rundir import write_text

    if form == "json":
        text = json.dumps([answer.model_dump(mode="json") for answer in answers], indent=2, ensure_ascii=False)
    elif form == "markdown":
        text = "\n".join(markdown_form(*pair) for pair in zip(answers, conversations, strict=True)).rstrip("\n")
    else:
        text = "\n".join(answer.summary for answer in answers)
    if out is not None:
        write_text(out, f"{text}\n")
        screen.say(f"written: {out}")
    else:
        print_line(text if form == "json" else "\n".join(visible(line) for line in text.split("\n")))
    if form == "text":
        _tell_about(answers, screen)
    if form != "json":
        screen.next_steps("upshot summarize FILE --json    # everything known about a summary", "upshot demo")


def _tell_about(answers: Sequence[Answer], screen: Screen) -> None:
    from upshot.answers.forms import confidence_words, evidence_lines, warnings_of
    from upshot.cli.screen import visible

    for answer in answers:
        if len(answers) > 1:
            screen.say(f"{answer.id}:")
        screen.say(f"{answer.label}; confidence {confidence_words(answer)}")
        for line in (*evidence_lines(answer), *warnings_of(answer)):
            screen.say(f"  {visible(line)}")
    screen.say("check names, numbers and who did what against the conversation")
