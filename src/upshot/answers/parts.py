"""A conversation in parts that fit a model: whole turns where they fit, of like size, no word left out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from upshot.analysis.sentences import sentences_of

Count = Callable[[Sequence[str]], list[int]]  # tokens of the prompt of each text


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a model reads: a turn, "Name: words", or a piece of one; `turn` is its number, from 0."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines in a row, and the tokens of their prompt."""

    lines: tuple[Line, ...]
    tokens: int

    @property
    def text(self) -> str:
        """The lines as one text."""
        return text_of(self.lines)

    @property
    def turns(self) -> tuple[int, int]:
        """Numbers of the first and the last turn."""
        return self.lines[0].turn, self.lines[-1].turn


def lines_of(text: str) -> tuple[Line, ...]:
    """The lines of a conversation's text, one a turn."""
    return tuple(Line(number, line) for number, line in enumerate(text.split("\n")))


def text_of(lines: Sequence[Line]) -> str:
    """Lines as one text."""
    return "\n".join(line.text for line in lines)


def split(lines: Sequence[Line], count: Count, room: int) -> tuple[Stretch, ...]:
    """As few stretches as hold all lines with prompts of at most `room` tokens, of like size.

    A line that does not fit by itself is cut at ends of its sentences, a sentence between words, a word anywhere. With
    an empty prompt over `room`, every line stands by itself.
    """
    sizes = _Sizes(count)
    if sizes.of_prompt(lines) <= room:
        return (Stretch(tuple(lines), sizes.of_prompt(lines)),)
    each = count([line.text for line in lines])
    for allowed in range(room, 0, -max(1, room // 50)):  # what is added up may be short of the whole by a few tokens
        whole = [
            piece
            for line, tokens in zip(lines, each, strict=True)
            for piece in ((line,) if tokens <= allowed else _pieces(line, sizes, allowed))
        ]
        packed = _balanced(whole, sizes.of_lines(whole), allowed - sizes.empty)
        made = count([text_of(part) for part in packed])
        if max(made) <= room or allowed <= sizes.empty:
            break
    return tuple(Stretch(tuple(part), tokens) for part, tokens in zip(packed, made, strict=True))


def last_whole_turn(lines: Sequence[Line], count: Count, room: int) -> int:
    """Number of the last turn that is read whole where the end is cut to fit; -1 where not even the first is."""
    fitting = bisect_left(range(1, len(lines) + 1), True, key=lambda n: count([text_of(lines[:n])])[0] > room)
    return lines[fitting - 1].turn if fitting else -1


@dataclass(slots=True)
class _Sizes:
    """Tokens of lines without the prompt around them."""

    count: Count
    empty: int = 0
    separator: int = 0

    def __post_init__(self) -> None:
        self.empty, one, two = self.count(["", "a", "a\na"])
        self.separator = max(0, (two - self.empty) - 2 * (one - self.empty))

    def of_prompt(self, lines: Sequence[Line]) -> int:
        return self.count([text_of(lines)])[0]

    def of_lines(self, lines: Sequence[Line]) -> list[int]:
        return [tokens - self.empty + self.separator for tokens in self.count([line.text for line in lines])]

    def fits(self, text: str, room: int) -> bool:
        return self.count([text])[0] <= room


def _pieces(line: Line, sizes: _Sizes, room: int) -> Iterator[Line]:
    """Pieces of a line that fit, each with the speaker's name."""
    name, colon, words = line.text.partition(": ")
    opening = f"{name}: " if colon and sizes.fits(f"{name}: a", room) else ""
    held = ""
    for sentence in sentences_of(words if opening else line.text):
        for piece in _halves(sentence, lambda text: sizes.fits(opening + text, room)):
            longer = f"{held} {piece}".strip()
            if held and not sizes.fits(opening + longer, room):
                yield Line(line.turn, opening + held)
                held = piece
            else:
                held = longer
    if held:
        yield Line(line.turn, opening + held)


def _halves(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """The text, or halves of halves of it that fit, cut between words where there are any."""
    if len(text) < 2 or fits(text):
        yield text
        return
    middle = text.rfind(" ", 1, len(text) // 2 + 1)
    middle = middle if middle > 0 else text.find(" ", len(text) // 2)
    cut = middle if 0 < middle < len(text) - 1 else len(text) // 2
    yield from _halves(text[:cut].strip(), fits)
    yield from _halves(text[cut:].strip(), fits)


def _balanced(lines: Sequence[Line], sizes: Sequence[int], room: int) -> list[list[Line]]:
    """The fewest runs of lines within `room`, and among those the ones whose largest is smallest."""
    fewest = len(_packed(lines, sizes, room))
    low, high = max(1, sum(sizes) // max(1, fewest)), max(1, room)
    while low < high:
        middle = (low + high) // 2
        if len(_packed(lines, sizes, middle)) <= fewest and max(sizes) <= middle:
            high = middle
        else:
            low = middle + 1
    return _packed(lines, sizes, high)


def _packed(lines: Sequence[Line], sizes: Sequence[int], room: int) -> list[list[Line]]:
    runs: list[list[Line]] = [[]]
    used = 0
    for line, size in zip(lines, sizes, strict=True):
        if runs[-1] and used + size > room:
            runs.append([])
            used = 0
        runs[-1].append(line)
        used += size
    return runs
