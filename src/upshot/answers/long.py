"""A conversation that does not fit a model: its parts are summarised, then their summaries, until one is left."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from upshot.answers.parts import Count, Line, Stretch, split
from upshot.errors import StoppedError
from upshot.events import Event, Stop, Tell
from upshot.records import Prediction

Say = Callable[[Sequence[str], bool], list[Prediction]]  # texts to summaries; whether they are the last
AT_ONCE: Final = 16  # parts that are summarised in one call: what is in memory does not grow with the conversation
_DEEPEST: Final = 12


@dataclass(frozen=True, slots=True)
class Condensed:
    """The last summary, those of the conversation's own parts in their order, and how many a model wrote in all."""

    final: Prediction
    parts: tuple[Prediction, ...]
    passes: int


def condense(stretches: Sequence[Stretch], say: Say, count: Count, *, room: int, tell: Tell, stop: Stop) -> Condensed:
    """The summary of the summaries of stretches; what is too long for one prompt is summarised in stretches again.

    Raises:
        StoppedError: a stop was asked for.
    """
    total, passes = passes_for(len(stretches), room=room, tokens=0), 0
    first: tuple[Prediction, ...] = ()
    level = tuple(stretches)
    for _ in range(_DEEPEST):
        made: list[Prediction] = []
        for start in range(0, len(level), AT_ONCE):
            _refuse_to_go_on(stop)
            made += say([stretch.text for stretch in level[start : start + AT_ONCE]], len(level) == 1)
            passes += len(level[start : start + AT_ONCE])
            tell(Event("condensed", facts={"done": passes, "total": max(passes, total)}))
        first = first or tuple(made)
        if len(level) == 1:
            break
        lines = [Line(number, " ".join(item.prediction.split())) for number, item in enumerate(made)]
        level = split([line for line in lines if line.text] or lines[:1], count, room)
    return Condensed(made[0], first, passes)


def passes_for(parts: int, *, room: int, tokens: int) -> int:
    """Summaries that a model writes for so many parts, where one part's summary takes `tokens` of a prompt's room.

    >>> passes_for(1, room=500, tokens=50), passes_for(7, room=500, tokens=50), passes_for(25, room=500, tokens=50)
    (1, 8, 29)
    """
    together = max(2, room // max(1, tokens)) if tokens else max(2, parts)
    passes = parts
    while parts > 1:
        parts = math.ceil(parts / together)
        passes += parts
    return passes


def _refuse_to_go_on(stop: Stop) -> None:
    signal = stop()
    if signal is not None:
        raise StoppedError("stopped before the conversation was summarised; nothing was kept", signal_number=signal)
