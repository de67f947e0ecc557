"""summarize, export and doctor."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from upshot.cli.options import Json, Offline, Quiet, go_offline


class Quantization(StrEnum):
    """How an exported arm keeps its weights."""

    int8 = "int8"
    float32 = "float32"


def summarize(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Conversations, one 'Name: text' a line; '-' is standard input."),
    ],
    arm: Annotated[
        str, typer.Option(help="A trained arm's folder, such as runs/demo/arms/full; or 'starter'.")
    ] = "starter",
    offline: Offline = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Summarise conversations with a trained arm, or with the starter. Nothing leaves this machine.

    Example: upshot summarize examples/clinic.txt
    """
    from upshot.cli.main_verbs import LICENCE
    from upshot.cli.screen import Screen, print_json, print_line, visible
    from upshot.summarizer import open_summarizer

    go_offline(offline)
    screen = Screen(quiet=quiet)
    texts = [_read(file) for file in files]
    summarizer = open_summarizer(arm)
    if arm == "starter":
        screen.say(LICENCE)
    made = summarizer.summarize(texts)
    if as_json:
        records = [
            {
                "file": file,
                "summary": item.prediction,
                "generated_by_ai": True,
                "model": summarizer.name,
                **asdict(item),
            }
            for file, item in zip(files, made, strict=True)
        ]
        print_json(records)
        return
    for file, item in zip(files, made, strict=True):
        if len(files) > 1:
            screen.say(f"{file}:")
        print_line(visible(item.prediction))
        if item.truncated:
            screen.say(f"note: {file} is longer than {summarizer.prompt.max_source_tokens} tokens; its end was cut")
    screen.say("AI-generated: check names, numbers and who did what against the conversation")
    screen.next_steps("upshot summarize FILE --json    # tokens, log-probability, what was cut", "upshot demo")


def export(
    arm: Annotated[
        str, typer.Argument(metavar="ARM", help="A trained arm's folder, such as runs/demo/arms/full; or 'starter'.")
    ],
    quantization: Annotated[
        Quantization,
        typer.Option(help="int8 is a quarter of the size and fast, float32 keeps the weights as they are."),
    ] = Quantization.int8,
    to: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where to; else beside the arm's weights.")] = None,
    texts: Annotated[
        int, typer.Option(min=0, max=250, help="Built-in conversations whose summaries by both engines are compared.")
    ] = 100,
    offline: Offline = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write an arm in CTranslate2's form, faster on a CPU; refused where it is no longer the same model.

    Example: upshot export runs/demo/arms/full --texts 20
    """
    from upshot.cli.screen import Screen, print_json
    from upshot.stages.export import export as export_to

    go_offline(offline)
    folder, facts = export_to(arm, to, quantization=quantization.value, texts=texts)
    if as_json:
        print_json({"folder": str(folder), **facts})
        return
    screen, parity = Screen(quiet=quiet), facts["parity"]
    screen.result(f"{folder}: {sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.1f} MB")
    screen.result(
        f"log-probability of {parity['summaries']} summaries by people: it differs from the source's by "
        f"{parity['mean']:.2g} a token on average, by {parity['max']:.2g} at most"
    )
    if "texts" in facts:
        same = facts["texts"]
        screen.result(
            f"the same summary as transformers writes: {same['greedy']} of {same['dialogues']} greedy, "
            f"{same['beams']} with beams"
        )
    screen.next_steps(f"upshot run RECIPE --set predict.engine=ct2 --set predict.quantization={quantization.value}")


def doctor(offline: Offline = False, as_json: Json = False) -> None:
    """What is wrong with this machine, and how to mend it.

    Example: upshot doctor
    """
    from upshot.cli.screen import Screen, print_json
    from upshot.stages.doctor import examine

    go_offline(offline)
    checks = examine(offline=offline)
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        screen = Screen()
        colours = {"ok": "green", "warn": "yellow", "fail": "red"}
        for check in checks:
            screen.result(f"[{colours[check.state]}]{check.state:4}[/]  {check.name}: {check.found}")
            if check.state != "ok" and check.cure:
                screen.result(f"      {check.cure}")
        screen.next_steps("upshot demo")
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(5)


def _read(file: str) -> str:
    """Text of a conversation file, strictly UTF-8.

    Raises:
        DataError: not there, empty, or not text.
        UsageError: a table of conversations, which has verbs of its own.
    """
    from upshot.data.files import SUFFIXES
    from upshot.errors import DataError, UsageError

    name = "standard input" if file == "-" else Path(file).name
    if Path(file).suffix.lower() in SUFFIXES:
        raise UsageError(f"{name}: a table, expected a text file of one conversation; tables: upshot init {file}")
    content = _bytes(file, name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02X} is not valid UTF-8"
        raise DataError(f"{name} line {line}: {found}; convert the file", code="D08") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{name} line {line}: NUL byte, this is not a text file", code="D07")
    if not text.strip():
        raise DataError(f"{name}: file is empty", code="D04")
    return text


def _bytes(file: str, name: str) -> bytes:
    from upshot.errors import DataError

    if file == "-":
        return sys.stdin.buffer.read()
    path = Path(file)
    if path.is_dir():
        raise DataError(f"{name}: is a folder, expected a text file with one 'Name: text' a line", code="D02")
    if path.exists() and not path.is_file():
        raise DataError(f"{name}: not a regular file", code="D13")
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{name}: file not found", code="D01") from None
    except OSError as error:
        raise DataError(f"{name}: cannot be read ({error.strerror})", code="D03") from None
