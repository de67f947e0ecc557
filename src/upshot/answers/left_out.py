"""What a summary leaves out: numbers, doses, money, dates, times and deadlines, and turns that it does not draw on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from upshot.analysis.sentences import content_stems, stem
from upshot.analysis.support import places_of, source_of, terms_of
from upshot.answers.amounts import Amount, Kind, amounts_of, group_of, told_by
from upshot.answers.answer import LeftOut, Sentence
from upshot.data.turns import turns_of

MOST: Final = 40
# What is worse to miss comes first, where not all can be listed.
_ORDER: Final[tuple[Kind, ...]] = ("deadline", "dose", "money", "time", "date", "number")
# Values that hold their unit are told by any words: t10080 is a week, or seven days.
_MEASURES: Final = ("t", "g", "m")
_COURTESY: Final = frozenset(
    stem(word)
    for word in """
    absolutely afternoon agreed alright awesome bye care cheers cool deal definitely evening exactly excellent fair
    fantastic fine glad good goodbye great hmm indeed lovely luck morning nice night perfect pleasure sounds super
    terrific true understood welcome wonderful wow
    """.split()  # noqa: SIM905 - a list in quotes would fill the page
)


def left_out(text: str, summary: str) -> tuple[LeftOut, ...]:
    """What the turns tell in numbers or words of the calendar and the summary does not, each once, in order of turns.

    Values are compared, not words: "seven" is 7, "half past nine" is 9:30, two weeks are fourteen days. A plain number
    tells whatever has its value. Of more than `MOST` the deadlines, doses and sums of money are named first.
    """
    told, turns = told_by(amounts_of(summary)), turns_of(text)
    names = {name for turn in turns for name in turn.speaker.split()}  # April says hello to May
    found = [
        (number, turn.text, item)
        for number, turn in enumerate(turns)
        for item in amounts_of(turn.text)
        if not _is_told(item, told) and turn.text[item.start : item.end] not in names
    ]
    kept = list(_each_once(found))[:MOST]
    return tuple(
        LeftOut(kind=item.kind, text=words[item.start : item.end], turn=number)
        for number, words, item in sorted(kept, key=lambda entry: (entry[0], entry[2].start))
    )


def uncovered(text: str, sentences: Sequence[Sentence]) -> tuple[int, ...]:
    """Numbers of the turns that no sentence draws on, in order; turns of courtesies alone are left out.

    A sentence draws on the turns that support it, and where these lack one of its words on all turns that hold it.
    """
    source = source_of(text)
    drawn: set[int] = set()
    for sentence in sentences:
        drawn |= set(sentence.turns)
        for term in terms_of(source, sentence.text):
            places = set(places_of(source, term)) if term not in source.speakers else set()
            drawn |= places & set(sentence.turns) or places
    return tuple(
        number for number, turn in enumerate(source.turns) if number not in drawn and not _is_courtesy(turn.text)
    )


def _is_told(item: Amount, told: dict[str, set[str]]) -> bool:
    group = group_of(item.kind)
    return any(
        value in told
        and (value.startswith(_MEASURES) or group == "number" or not told[value].isdisjoint({group, "number"}))
        for value in item.values
    )


def _each_once(found: Sequence[tuple[int, str, Amount]]) -> Iterator[tuple[int, str, Amount]]:
    """The first of those that tell the same; a plain number is the same as anything of its value."""
    seen: dict[str, set[str]] = {}
    for kind in _ORDER:
        for entry in found:
            item = entry[2]
            if item.kind == kind and not _is_told(item, seen):
                yield entry
            if item.kind == kind:
                for value in item.means:
                    seen.setdefault(value, set()).add(group_of(kind))


def _is_courtesy(words: str) -> bool:
    return not set(content_stems(words)) - _COURTESY
