"""Who says what: turns of a dialogue written as lines "Name: text" or "#Person1#: text"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TAG: Final = re.compile(r"\s*#\s*Person\s*(\d+)\s*#\s*:\s*(.*)", re.DOTALL)
# A colon inside a time or an address has no space after it; a full-width colon needs none.
_NAME: Final = re.compile(r"\s*([^\W\d_][^:：#<>{}\[\]\"“”!?;,]{0,39}?)\s*(?::(?=\s|$)|：)\s*(.*)", re.DOTALL)
_PARTICLES: Final = frozenset({"and", "at", "da", "de", "der", "di", "du", "la", "of", "the", "van", "von"})
_MOST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says; `speaker` is empty before the first name of a dialogue."""

    speaker: str
    text: str


def turns_of(text: str) -> tuple[Turn, ...]:
    """Turns in order; a line without a speaker continues the turn before it, blank lines are left out.

    >>> turns_of("Ann: Hi!\\n#Person2#: Hello,\\nAnn.")
    (Turn(speaker='Ann', text='Hi!'), Turn(speaker='#Person2#', text='Hello,\\nAnn.'))
    """
    turns: list[Turn] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        turn = turn_of(line)
        if turn is None and turns:
            turns[-1] = Turn(turns[-1].speaker, f"{turns[-1].text}\n{line.strip()}".strip())
        else:
            turns.append(turn or Turn("", line.strip()))
    return tuple(turns)


def turn_of(line: str) -> Turn | None:
    """The turn that a line begins, None where it names no speaker.

    >>> turn_of("Ann: Hi!"), turn_of("at 10:30 we go")
    (Turn(speaker='Ann', text='Hi!'), None)
    """
    tag = _TAG.match(line)
    if tag:
        return Turn(f"#Person{tag.group(1)}#", tag.group(2).strip())
    named = _NAME.match(line)
    if named and _is_name(named.group(1)):
        return Turn(named.group(1), named.group(2).strip())
    return None


def speakers_of(text: str) -> tuple[str, ...]:
    """Speakers of a dialogue in the order in which they first speak.

    >>> speakers_of("Ann: Hi!\\nBo: Hello.\\nAnn: How are you?")
    ('Ann', 'Bo')
    """
    return tuple(dict.fromkeys(turn.speaker for turn in turns_of(text) if turn.speaker))


def has_person_tags(text: str) -> bool:
    """Whether a turn begins with a "#Person1#:" tag."""
    return any(_TAG.match(line) for line in text.split("\n"))


def _is_name(words: str) -> bool:
    """Up to four words, capitals unless it is one word: "I think: yes" is no turn, "amanda: hi" is one."""
    parts = words.split()
    if len(parts) == 1:
        return True
    return len(parts) <= _MOST_WORDS and not any(part[0].islower() and part not in _PARTICLES for part in parts)
