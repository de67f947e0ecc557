"""Every command that the documents name is one that the command line takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from upshot.cli.app import app

ROOT: Final = Path(__file__).parent.parent
DOCUMENTS: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
UsageError: Final[Any] = typer.BadParameter.__base__  # Typer brings its own click
BLOCK: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# What a line of a block says after two spaces is about the command.
IN_BLOCK: Final = re.compile(r"^(?:\.venv/bin/)?(upshot .*?)(?:  .*)?$", re.MULTILINE)
IN_TEXT: Final = re.compile(r"`([^`]+)`")


def commands(document: Path) -> list[str]:
    text = document.read_text(encoding="utf-8")
    in_blocks = [command for block in BLOCK.findall(text) for command in IN_BLOCK.findall(block)]
    in_text = (" ".join(span.split()) for span in IN_TEXT.findall(BLOCK.sub("", text)))
    return [*in_blocks, *(span for span in in_text if span.startswith("upshot "))]


def parse(command: str) -> None:
    """Take a command apart as the door does; one that a text only mentions may lack what it would need to run."""
    found: Any = typer.main.get_command(app)
    arguments = shlex.split(command, comments=True)[1:]
    try:
        while hasattr(found, "resolve_command") and arguments:
            _, found, arguments = found.resolve_command(found.context_class(found), arguments)
        found.make_context("upshot", list(arguments))
    except UsageError as error:
        if (
            type(error).__name__ not in ("MissingParameter", "NoArgsIsHelpError")
            and "requires an argument" not in error.message
        ):
            raise
    except typer.Exit:
        pass  # --help


def every() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        for command in commands(document):
            if "VERB" not in command:
                yield document.name, command


def test_every_command_of_the_documents_is_taken() -> None:
    found = list(every())
    assert len(found) > 60
    refused = []
    for name, command in found:
        try:
            parse(command)
        except UsageError as error:
            refused.append(f"{name}: {command}: {error.message}")
    assert "\n".join(refused) == ""


def test_an_argument_too_many_would_be_seen() -> None:
    with pytest.raises(UsageError, match="extra argument"):
        parse("upshot compare --table FILE --reference R --prediction A --group 3 B C")
