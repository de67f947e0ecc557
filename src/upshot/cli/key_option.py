"""--key of summarize: the key of a mask in a file of the user's own, before the model reads anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from upshot.cli.screen import Screen
    from upshot.data.conversation import Conversation

KeyFile = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="With --mask: a new file for what was replaced; see upshot unmask."),
]


def check_key(key: Path | None, others: Sequence[str | Path | None], *, mask: bool) -> None:
    """Nothing, where the key's file is none of the others that are read or written, and there will be a key.

    Raises:
        UsageError: nothing is masked, or the file is read or written for something else.
    """
    from upshot.errors import UsageError

    if key is None:
        return
    if not mask:
        raise UsageError("--key is for what --mask replaces; give both, or neither")
    place, taken = key.resolve(), [Path(other).resolve() for other in others if other and other != "-"]
    if place in taken:
        raise UsageError(f"{key}: is read or written for something else; give the key a file of its own")
    if any(folder.is_dir() and place.is_relative_to(folder) for folder in taken):
        raise UsageError(f"{key}: lies in the folder that is to be summarised; give the key a place outside of it")


def keep_key(key: Path | None, conversations: Iterable[Conversation], screen: Screen) -> None:
    """Nothing; keys of the conversations are written, where a file was named for them.

    Raises:
        UsageError: the file is there and holds something else.
    """
    from upshot.data.notices import counted
    from upshot.privacy.keys import write_keys

    if key is not None:
        count = write_keys(key, conversations)
        screen.say(f"key of {counted(count, 'conversation')}: {key} (mode 600); upshot unmask needs it")
