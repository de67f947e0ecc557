"""Options that take several words at once: `--prediction A B C` beside `--prediction A --prediction B ...`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from typer.core import TyperCommand, TyperOption

MANY: Final = "..."  # how the metavar of such an option ends, so that --help shows what it takes


class ManyValues(TyperCommand):
    """A verb whose options with a metavar such as 'COL...' take the words after them, up to the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What is left of the words, as click's own command gives it."""
        many = [item for item in self.params if isinstance(item, TyperOption) and (item.metavar or "").endswith(MANY)]
        return super().parse_args(ctx, repeated(args, {name for item in many for name in item.opts}))


def repeated(words: Sequence[str], options: Collection[str]) -> list[str]:
    """Words of a command line with each of these options repeated before every word that follows it.

    `--name=WORD` takes that word alone. What begins with a hyphen ends the words, but for the first of them.

    >>> repeated(["run", "--to", "a", "b", "-q", "c"], ["--to"])
    ['run', '--to', 'a', '--to', 'b', '-q', 'c']
    """
    found: list[str] = []
    option, first = "", False
    for place, word in enumerate(words):
        if word == "--":
            return [*found, *words[place:]]
        if word in options and not first:
            option, first = word, True
        elif first:
            first = False
        elif word.startswith("-") and word != "-":
            option = ""
        elif option:
            found.append(option)
        found.append(word)
    return found
