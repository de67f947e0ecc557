"""What every reader of conversations ends in: clean words, speakers that `turns_of` finds again, and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from upshot.data.conversation import UNNAMED, Conversation, Said
from upshot.data.notices import counted, shown
from upshot.data.rows import CONTROLS, SURROGATE
from upshot.data.turns import turns_of
from upshot.errors import DataError

LONGEST_CONSENT: Final = 1000  # characters

_LONGEST_NAME: Final = 40
_MOST_WORDS: Final = 4
_NO_NAME_SIGNS: Final = re.compile(r"[:：#<>{}()\[\]\"“”!?;,]+")
_ADDED: Final = re.compile(r"\([^()]*\)")  # "Don Davies (Kingsway, NDP)"
_BEFORE_LETTERS: Final = re.compile(r"^[\W\d_]+")


@dataclass(slots=True)
class Draft:
    """What a reader found: turns with speakers as the source has them, what is to be said of it, its consent note."""

    said: list[Said] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    consent: str = ""


def finished(draft: Draft, name: str) -> Conversation:
    """The conversation of a draft; `turns_of` finds in its text exactly its turns.

    Raises:
        DataError: D34 without any words, D38 for half a surrogate pair.
    """
    place = shown(name) or "the text"
    notes = list(draft.notes)
    cleaned = [_clean(turn, place) for turn in draft.said]
    if any(CONTROLS.search(turn.text) or CONTROLS.search(turn.speaker) for turn in draft.said):
        notes.append("control characters removed")
    labels = labels_of([speaker for speaker, words in cleaned if words])
    turns = tuple(
        Said(labels.get(speaker, ""), words, turn.start_s, turn.end_s)
        for turn, (speaker, words) in zip(draft.said, cleaned, strict=True)
        if words
    )
    if not turns:
        raise DataError(f"{place}: no words of a conversation in it", code="D34")
    if len(turns) < len(cleaned):
        notes.append(f"{counted(len(cleaned) - len(turns), 'turn')} without words left out")
    if changed := sum(1 for given, label in labels.items() if given != label):
        said = "a name begins with a letter, has at most four words and no signs such as commas"
        notes.append(f"{counted(changed, 'name')} of speakers rewritten: {said}")
    return Conversation(name, turns, tuple(notes), one_line(draft.consent)[:LONGEST_CONSENT])


def one_line(text: str) -> str:
    """The text with single spaces between its words, without control characters.

    >>> one_line(" a\\n\\x1b[2Jb ")
    'a b'
    """
    return " ".join(CONTROLS.sub("", " ".join(text.split())).split())


def labels_of(speakers: Sequence[str]) -> dict[str, str]:
    """A label for every speaker that is named, which `turns_of` finds again; no two speakers share one.

    A name that it would not find is cleaned ("Lee, Ann" is "Lee Ann"), or made "Speaker N", N counting speakers.

    >>> labels_of(["Ann", "Lee, Bo", "4711", "", "Ann"])
    {'Ann': 'Ann', 'Lee, Bo': 'Lee Bo', '4711': 'Speaker 3'}
    """
    distinct = list(dict.fromkeys(speaker for speaker in speakers if speaker))
    labels = {speaker: _found_again(speaker) for speaker in distinct}
    taken = {label for label in labels.values() if label}
    for number, speaker in enumerate(distinct, 1):
        if labels[speaker] is None:
            cleaned = (_cleaned(_ADDED.sub(" ", speaker)), _cleaned(speaker))
            candidates = [*cleaned, *(f"{UNNAMED} {number + more}" for more in range(len(distinct)))]
            made = next(label for label in candidates if label not in taken and _found_again(label) == label)
            labels[speaker] = made
            taken.add(made)
    return {speaker: label or "" for speaker, label in labels.items()}


def _found_again(speaker: str) -> str | None:
    """The label under which `turns_of` finds the speaker, None where it does not."""
    found = turns_of(f"{speaker}: x")
    return found[0].speaker if len(found) == 1 and found[0].speaker and found[0].text == "x" else None


def _cleaned(speaker: str) -> str:
    words = _BEFORE_LETTERS.sub("", _NO_NAME_SIGNS.sub(" ", speaker)).split()[:_MOST_WORDS]
    if len(words) > 1:
        words = [word[0].upper() + word[1:] for word in words]
    return " ".join(words)[:_LONGEST_NAME].strip()


def _clean(turn: Said, place: str) -> tuple[str, str]:
    half = SURROGATE.search(turn.text) or SURROGATE.search(turn.speaker)
    if half:
        raise DataError(f"{place}: holds half a surrogate pair (\\u{ord(half.group()):04x})", code="D38")
    return one_line(turn.speaker), one_line(turn.text)
