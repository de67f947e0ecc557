"""unmask: values put back into masked summaries with the key that stayed on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upshot.cli.options import Quiet


def unmask(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Masked answers: .json, .jsonl, .csv, .md, .txt; '-' is stdin."),
    ],
    key: Annotated[Path, typer.Option(metavar="FILE", help="The key that upshot summarize --mask --key wrote.")],
    whose: Annotated[
        str, typer.Option("--id", metavar="NAME", help="Whose summary it is, where the file does not say so itself.")
    ] = "",
    quiet: Quiet = False,
) -> None:
    """Put values and names back into what was summarised with --mask, on standard output. Nothing is changed on disk.

    Example: upshot unmask answers.json --key clinic.key.json
    """
    import sys
    from shlex import quote

    from upshot.answers.unmasking import unmasked
    from upshot.cli.screen import Screen, print_text
    from upshot.data.files import Kinds, open_data, text_of
    from upshot.data.transcripts import STANDARD_INPUT
    from upshot.privacy.keys import open_to_others, read_keys

    screen = Screen(quiet=quiet)
    keys = read_keys(key)
    if open_to_others(key):
        screen.say(f"note: others on this machine may read {key}; chmod 600 {key}")
    if file == "-":
        name, content = STANDARD_INPUT, text_of(sys.stdin.buffer.read(), name=STANDARD_INPUT)
    else:
        with open_data(Path(file), kinds=Kinds((), "masked answers or a summary")) as found:
            name, content = found.name, text_of(found.handle.read(), name=found.name)
    for piece in unmasked(content, keys, name=name, whose=whose):
        if piece == content:
            screen.say("note: nothing was put back: no placeholder of this key stands in it")
        print_text(_shown(piece))
    asked = f"upshot unmask {'FILE' if file == '-' else quote(file)} --key {quote(str(key))}"
    screen.next_steps(f"{asked} > NEW    # to keep it; it is as private as the conversation again")


def _shown(text: str) -> str:
    """The text, on a terminal with control characters as escapes."""
    import sys

    from upshot.cli.screen import visible

    return "\n".join(map(visible, text.split("\n"))) if sys.stdout.isatty() else text
