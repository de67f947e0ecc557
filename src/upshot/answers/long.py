"""A conversation that does not fit a model: its parts are summarised, and of their summaries those that tell most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from upshot.answers.digest import digest_of
from upshot.answers.parts import Stretch
from upshot.errors import StoppedError
from upshot.events import Event, Stop, Tell
from upshot.records import Prediction

Say = Callable[[Sequence[str]], list[Prediction]]  # texts to summaries
AT_ONCE: Final = 16  # parts that are summarised in one call: what is in memory does not grow with the conversation
# Words of a long conversation's summary without a wish. People who summed up QMSum's meetings wrote 109 on average, and
# at this length the choice was measured (docs/long-conversations.md).
DIGEST_WORDS: Final = 100
_USUAL: Final = 20  # words of a summary of an arm that does not know
_ENDS: Final = tuple(".!?…。！？")
_CLOSING: Final = "\"')]}”’»"


@dataclass(frozen=True, slots=True)
class Digest:
    """Summaries of parts read as one, and the numbers of the parts that they are of, in order."""

    whole: Prediction
    chosen: tuple[int, ...]


def summaries_of(
    stretches: Sequence[Stretch], say: Say, *, tell: Tell, stop: Stop, at_once: int = AT_ONCE
) -> tuple[Prediction, ...]:
    """The summary of each stretch, in their order; so many are asked for in one call, and heard of after it.

    Raises:
        StoppedError: a stop was asked for.
    """
    made: list[Prediction] = []
    tell(Event("condensed", facts={"done": 0, "total": len(stretches)}))
    for start in range(0, len(stretches), at_once):
        refuse_to_go_on(stop)
        made += say([stretch.text for stretch in stretches[start : start + at_once]])
        tell(Event("condensed", facts={"done": len(made), "total": len(stretches)}))
    return tuple(made)


def refuse_to_go_on(stop: Stop) -> None:
    """Nothing, unless a stop was asked for.

    Raises:
        StoppedError: it was.
    """
    signal = stop()
    if signal is not None:
        raise StoppedError("stopped before the conversation was summarised; nothing was kept", signal_number=signal)


def put_together(parts: Sequence[Prediction], words: int | None) -> Digest:
    """The summaries of parts that tell most in so many words, whole and in their order, as one.

    `logprob` is the mean over their tokens. It hit the cap where one of them did; words were cut where they were of any
    part, chosen or not. Of parts of which nothing was said none is chosen.
    """
    chosen = digest_of([part.prediction for part in parts], words or DIGEST_WORDS)
    taken = [parts[number] for number in chosen] or parts
    tokens = sum(part.tokens for part in taken)
    whole = Prediction(
        id=parts[0].id,
        prediction=_joined([parts[number] for number in chosen]),
        tokens=tokens,
        hit_cap=any(part.hit_cap for part in taken),
        logprob=round(sum(part.tokens * part.logprob for part in taken) / max(1, tokens), 6),
        prompt_tokens=sum(part.prompt_tokens for part in parts),
        truncated=any(part.truncated for part in parts),
    )
    return Digest(whole, chosen)


def likely_chosen(parts: int, words: int | None, usual: int | None) -> int:
    """About how many of so many parts will be chosen, where a summary usually has so many words.

    >>> likely_chosen(40, None, 25), likely_chosen(3, None, 25), likely_chosen(40, 10, None)
    (4, 3, 1)
    """
    return min(parts, max(1, (words or DIGEST_WORDS) // (usual or _USUAL)))


def notes_on_parts(
    stretches: Sequence[Stretch], parts: Sequence[Prediction], chosen: Sequence[int], room: int
) -> tuple[str, ...]:
    """What to say of a division: how many parts, whose summaries were chosen, and what is odd about any."""
    return tuple(_notes(stretches, parts, frozenset(chosen), room))


def _joined(parts: Sequence[Prediction]) -> str:
    """One after the other. What breaks off or has no end before another gets one, so that sentences stay apart."""
    texts = [part.prediction.strip() for part in parts]
    for number, part in enumerate(parts[:-1]):
        if not texts[number].rstrip(_CLOSING).endswith(_ENDS):
            texts[number] += "..." if part.hit_cap else "."
    return " ".join(texts)


def _notes(
    stretches: Sequence[Stretch], parts: Sequence[Prediction], chosen: frozenset[int], room: int
) -> Iterator[str]:
    empty = {number for number, part in enumerate(parts) if not part.prediction.strip()}
    others = set(range(len(parts))) - chosen - empty
    yield (
        f"longer than the {room} tokens that the model reads at once, so {len(parts)} parts were summarised; "
        f"the summary is put together from the summaries of {len(chosen)} of {len(parts)} parts"
        + (f", of {_turns(stretches, chosen)}" if others or empty else "")
        + (f"; those of {_turns(stretches, others)} stand in source.parts alone" if others else "")
    )
    if empty:
        yield f"the model wrote nothing of {_turns(stretches, empty)}"
    if torn := _torn(stretches):
        yield f"too long for one part, so read in pieces: turn {', '.join(torn)}"
    if cut := {number for number, part in enumerate(parts) if part.truncated}:
        yield f"too long even in pieces, so words were cut from {_turns(stretches, cut)}"


def _torn(stretches: Sequence[Stretch]) -> list[str]:
    """Numbers of turns, from 1, that stand in several parts."""
    seen: dict[int, int] = {}
    for stretch in stretches:
        for turn in {line.turn for line in stretch.lines}:
            seen[turn] = seen.get(turn, 0) + 1
    return [str(turn + 1) for turn, parts in seen.items() if parts > 1]


def _turns(stretches: Sequence[Stretch], numbers: frozenset[int] | set[int]) -> str:
    """The turns of these parts in words, from 1, parts in a row as one."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        first, last = stretches[number].turns
        if number - 1 in numbers:
            runs[-1][1] = last
        else:
            runs.append([first, last])
    said = [f"{first + 1} to {last + 1}" if last > first else str(first + 1) for first, last in runs]
    return f"turn{'s' * (len(said) > 1 or ' ' in said[0])} {', '.join(said)}" if said else "no turn"
