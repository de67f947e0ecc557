"""summarize: conversations in, summaries with their evidence out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upshot.cli.key_option import KeyFile, check_key, keep_key
from upshot.cli.options import Json, Offline, Quiet, go_offline
from upshot.cli.summarize_batch import rows_of, summarize_batch, tell_batch

if TYPE_CHECKING:
    from upshot.answers.answer import Answer, Options
    from upshot.cli.screen import Screen
    from upshot.data.conversation import Conversation
    from upshot.events import Stop
    from upshot.summarizer import Summarizer


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
    typer.Argument(metavar="FILE", help="Conversations: .txt ('Name: words'), .vtt, .srt, .json; '-' is stdin."),
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
    key: KeyFile = None,
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

    A table (.csv, .jsonl, .parquet) or a folder goes row by row into --out FILE; once stopped, it goes on from there.

    Example: upshot summarize examples/clinic.txt
    """
    go_offline(offline)
    from upshot.answers.answer import Options
    from upshot.cli.screen import listening
    from upshot.data.transcripts import read_conversation
    from upshot.summarizer import open_summarizer

    form = _form(as_json=as_json, markdown=markdown)
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
    rows = rows_of(files, out, column, id_column, encoding)
    _check_out(files, out, sheet, form if rows else "")
    check_key(key, (*files, out, sheet), mask=mask)
    conversations = [] if rows else [read_conversation(file, encoding=encoding) for file in files]
    with listening(quiet=quiet) as (screen, stop), open_summarizer(arm) as summarizer:
        _tell_arm(summarizer, screen)
        if rows is not None and out is not None:
            done = summarize_batch(rows, out, summarizer, options, key=key, screen=screen, stop=stop)
            tell_batch(done, screen, sheet=sheet, key=key, as_json=as_json)
            return
        keep_key(key, conversations, screen)
        _show(_summarize(conversations, summarizer, options, screen, stop), conversations, screen, form=form, out=out)
        screen.next_steps(*_next(files, arm, form=form, out=out, key=key, encoding=encoding))


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


def _check_out(files: Sequence[str], out: Path | None, sheet: Path | None, form_of_batch: str) -> None:
    """Nothing. What is asked for must not write over a conversation, nor be another form than a batch has."""
    from upshot.errors import UsageError

    if sheet is not None and not form_of_batch:
        raise UsageError("--sheet is for a table or a folder; one conversation has --json and --markdown")
    if form_of_batch == "markdown":
        raise UsageError("--markdown is for single conversations; a table or a folder gives JSON Lines")
    if out is not None and any(file != "-" and Path(file).resolve() == out.resolve() for file in files):
        raise UsageError(f"{out}: is what is to be summarised; give another file with --out")


def _summarize(
    conversations: Sequence[Conversation], summarizer: Summarizer, options: Options, screen: Screen, stop: Stop
) -> list[Answer]:
    _tell_cost(summarizer, conversations, options, screen)
    answers = summarizer.summarize(conversations, options, tell=screen, stop=stop)
    screen.close()
    return answers


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

    if form == "text":
        _show_text(answers, screen, out)
        return
    if form == "json":
        text = json.dumps([answer.model_dump(mode="json") for answer in answers], indent=2, ensure_ascii=False)
    else:
        text = "\n".join(markdown_form(*pair) for pair in zip(answers, conversations, strict=True)).rstrip("\n")
    if out is not None:
        write_text(out, f"{text}\n")
        screen.say(f"written: {out}")
    else:
        print_line(text if form == "json" else "\n".join(visible(line) for line in text.split("\n")))


def _show_text(answers: Sequence[Answer], screen: Screen, out: Path | None) -> None:
    """A summary a line, each with what to know of it; lists of several conversations have a heading each."""
    from upshot.answers.forms import summary_words
    from upshot.rundir import write_text

    several = len(answers) > 1
    lists = several and any(answer.summary.startswith("- ") for answer in answers)
    texts = [summary_words(answer) for answer in answers]
    if lists:
        texts = [f"{answer.id}:\n{text}" for answer, text in zip(answers, texts, strict=True)]
    if out is not None:
        write_text(out, ("\n\n" if lists else "\n").join(texts) + "\n")
        screen.say(f"written: {out}")
    for number, (answer, text) in enumerate(zip(answers, texts, strict=True)):
        if several and (out is not None or not lists):
            screen.say(f"\n{answer.id}:" if number else f"{answer.id}:")
        if out is None:
            screen.words(f"\n{text}" if lists and number else text)
        _tell_about(answer, screen)
    if any(answer.summary for answer in answers):
        screen.say("check names, numbers and who did what against the conversation")


def _tell_about(answer: Answer, screen: Screen) -> None:
    from upshot.answers.forms import confidence_words, evidence_lines, warnings_of
    from upshot.cli.screen import visible

    screen.say(f"{f'{answer.label}; ' if answer.summary else ''}confidence {confidence_words(answer)}")
    for line in (*evidence_lines(answer), *warnings_of(answer)):
        screen.say(f"  {visible(line)}")


def _next(files: Sequence[str], arm: str, *, form: str, out: Path | None, key: Path | None, encoding: str) -> list[str]:
    """What to do with a summary: back to its values, to its evidence, to a page, to one's own model; none for JSON."""
    from shlex import quote

    if form == "json":
        return []
    given = "FILE" if len(files) > 1 or files[0] == "-" else quote(files[0])
    given += "" if encoding == "utf-8" else f" --encoding {quote(encoding)}"
    of, place = ("", "") if arm == "starter" else (f" --arm {quote(arm)}", f" {quote(arm)}")
    steps = [f"upshot serve{place}    # the same on a page in the browser"]
    if key is not None and len(files) > 1:
        steps.insert(0, "the same command with --json --out FILE    # of several, answers in JSON can be unmasked")
    elif key is not None:
        masked = quote(str(out)) if out else "FILE"
        steps.insert(0, f"upshot unmask {masked} --key {quote(str(key))}    # the summary with values and names")
    elif form == "text":
        steps.insert(0, f"upshot summarize {given}{of} --markdown    # with the turns behind each sentence")
    else:
        steps.insert(0, f"upshot summarize {given}{of} --json    # everything known about a summary")
    if arm == "starter":
        steps.append("upshot init CALLS.csv    # a recipe that trains and compares models on conversations of your own")
    return steps
