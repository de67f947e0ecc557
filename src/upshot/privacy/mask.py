"""A conversation with placeholders instead of values, and the key that puts the values back.

The key is a plain value in memory: nothing here writes it anywhere (`keys` does, for who asks), and printing it shows
counts alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from upshot.data.conversation import Conversation
from upshot.privacy.introductions import introductions
from upshot.privacy.names import TAG, Names, Roster, tags_of
from upshot.privacy.rules import KINDS, PLACEHOLDER, Span, find, merged

SPEAKER: Final = "speaker"
NAME: Final = "name"
OTHER: Final = "other"  # what a detector of another make finds and calls by none of these
ALL_KINDS: Final = (*KINDS, SPEAKER, NAME, OTHER)

_SHOUTED: Final = "|".join(kind.upper() for kind in (*KINDS, NAME, OTHER))
_NUMBERED: Final = re.compile(rf"\[({_SHOUTED})-(\d{{1,6}})\]")
# Placeholders as models write them when they slip: "[email-1]", "[EMAIL 1]", "EMAIL-1".
_LOOSE: Final = re.compile(
    rf"\[\s?({_SHOUTED})\s?-?\s?(\d{{1,6}})\s?\]|(?<!\w)(?-i:({_SHOUTED})-(\d{{1,6}}))(?!\w)", re.IGNORECASE
)
_ANY_NUMBER: Final = re.compile(rf"({_SHOUTED})\W{{0,4}}(\d{{1,6}})", re.IGNORECASE)
# Labels that say what somebody is: what two such speakers share names nobody.
_GENERIC: Final = frozenset(
    "agent caller customer doctor guest nurse participant patient person speaker unknown user".split()  # noqa: SIM905
)

Owned = tuple[Span, str]  # a value in a text, and the speaker whom it names or nothing
Detect = Callable[[str], Iterable[Span]]  # spans of a text, each of a kind of ALL_KINDS


@dataclass(frozen=True, slots=True)
class Key:
    """What stands behind each placeholder. It is sent nowhere, kept only where asked, and printing it shows counts."""

    values: Mapping[str, str] = field(repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """How many different values of each kind were replaced, kinds in alphabetical order."""
        return dict(sorted(Counter(_kind_of(placeholder) for placeholder in self.values).items()))

    def restore(self, text: str) -> str:
        """A text with values where it has placeholders, slips of a model too; what the key does not know stays.

        >>> Key({"[EMAIL-1]": "ann@shop.example"}).restore("Write to [EMAIL-1], not to [EMAIL-2].")
        'Write to ann@shop.example, not to [EMAIL-2].'
        """
        names = Names({tag: name for tag, name in self.values.items() if TAG.fullmatch(tag)})
        pieces, at = [], 0
        for match in PLACEHOLDER.finditer(text):
            pieces += [self._slips(text[at : match.start()], names), self.values.get(match.group(), match.group())]
            at = match.end()
        return "".join((*pieces, self._slips(text[at:], names)))

    def _slips(self, piece: str, names: Names) -> str:
        pieces, at = [], 0
        for match in _LOOSE.finditer(piece):
            kind, number = (match.group(1) or match.group(3)).upper(), match.group(2) or match.group(4)
            value = self.values.get(f"[{kind}-{int(number)}]", match.group())
            pieces += [names.restore(piece[at : match.start()]), value]
            at = match.end()
        return "".join((*pieces, names.restore(piece[at:])))

    def __str__(self) -> str:
        """How many values of each kind, and none of them."""
        return f"key of {', '.join(f'{count} {kind}' for kind, count in self.counts.items()) or 'nothing'}"


def nothing_else(_text: str) -> tuple[Span, ...]:
    """No spans: the rules alone."""
    return ()


def mask(conversation: Conversation, *, also: Detect = nothing_else) -> tuple[Conversation, Key]:
    """The conversation with placeholders for values, speakers and self-introductions, and the key to them.

    Turns stay as many and in order, with their times. The same value has the same placeholder everywhere; a speaker's
    name is the speaker's tag however it is written, and comes back as the label has it. Name, notes and consent of the
    conversation are no part of what a model reads and stay as they are. `also` is a detector beside the rules, such as
    one of names.

    >>> from upshot.data.conversation import Said
    >>> masked, key = mask(Conversation("c", (Said("Maya", "I'm at 555-123-4567."), Said("Ben", "Thanks, Maya."))))
    >>> masked.text
    "#Person1#: I'm at [NUMBER-1].\\n#Person2#: Thanks, #Person1#."
    >>> key.restore("#Person2# will call [NUMBER-1]."), key.counts
    ('Ben will call 555-123-4567.', {'number': 1, 'speaker': 2})
    """
    tags = tags_of(conversation)
    speakers = Roster(tags)
    texts = [turn.text for turn in conversation.turns]
    desk = _Desk(tags, [*tags, *texts])
    while True:
        names = Roster(_introduced(texts, tags))
        after = [
            _replaced(text, (*_found(text, speakers, names), *_more(text, also)), desk.placeholder) for text in texts
        ]
        if after == texts:
            break
        texts = after
    turns = tuple(
        replace(turn, speaker=tags.get(turn.speaker, turn.speaker), text=text)
        for turn, text in zip(conversation.turns, texts, strict=True)
    )
    return replace(conversation, turns=turns), desk.key()


def mask_text(text: str, key: Key, *, also: Detect = nothing_else) -> str:
    """A text, such as a summary, with placeholders for what the key knows; a value that is new becomes "[EMAIL]".

    What is new has no number and no way back, since a key does not change.

    >>> mask_text("Ann gave ann@shop.example and bo@shop.example.", Key({"[EMAIL-1]": "ann@shop.example"}))
    'Ann gave [EMAIL-1] and [EMAIL].'
    """
    tags = {value: placeholder for placeholder, value in key.values.items() if TAG.fullmatch(placeholder)}
    known = {value: placeholder for placeholder, value in key.values.items() if value not in tags}
    speakers = Roster(tags)
    names = Roster([value for placeholder, value in key.values.items() if _kind_of(placeholder) == NAME])

    def placeholder(span: Span, value: str, owner: str) -> str:
        return tags.get(owner) or known.get(value) or tags.get(value) or f"[{_shout(span.kind)}]"

    while True:
        found = (*_found(text, speakers, names), *_known(text, key), *_more(text, also))
        after = _replaced(text, found, placeholder)
        if after == text:
            return text
        text = after


def unmask(text: str, key: Key) -> str:
    """A text with the key's values where it has placeholders: `key.restore(text)`."""
    return key.restore(text)


def is_placeholder(text: str) -> bool:
    """Whether a text is a placeholder that a key can hold, such as "[EMAIL-1]" or "#Person1#"."""
    return bool(_NUMBERED.fullmatch(text) or TAG.fullmatch(text))


class _Desk:
    """Hands out placeholders: one for each value, none that the conversation has written already."""

    def __init__(self, tags: Mapping[str, str], texts: Iterable[str]) -> None:
        self._tags = tags
        self._given: dict[tuple[str, str], str] = {}
        self._last: Counter[str] = Counter()
        self._taken = {(k.upper(), int(n)) for text in texts for k, n in _ANY_NUMBER.findall(text)}

    def placeholder(self, span: Span, value: str, owner: str) -> str:
        if owner:
            return self._tags[owner]
        kind = _shout(span.kind)
        if (kind, value) not in self._given:
            self._last[kind] += 1
            while (kind, self._last[kind]) in self._taken:
                self._last[kind] += 1
            self._given[kind, value] = f"[{kind}-{self._last[kind]}]"
        return self._given[kind, value]

    def key(self) -> Key:
        tags = {tag: name for name, tag in self._tags.items()}
        return Key(tags | {placeholder: value for (_, value), placeholder in self._given.items()})


def _introduced(texts: Sequence[str], tags: Mapping[str, str]) -> list[str]:
    found = dict.fromkeys(text[span.start : span.end] for text in texts for span in introductions(text))
    return [name for name in found if name not in tags]


def _found(text: str, speakers: Roster, names: Roster) -> Iterator[Owned]:
    yield from ((span, "") for span in find(text))
    yield from ((span, "") for span in introductions(text))
    for mention in speakers.mentions(text):
        shared = text[mention.start : mention.end].lower()
        if mention.speaker:
            yield Span(SPEAKER, mention.start, mention.end), mention.speaker
        elif shared not in _GENERIC:
            yield Span(NAME, mention.start, mention.end), ""
    yield from ((Span(NAME, mention.start, mention.end), "") for mention in names.mentions(text))


def _more(text: str, also: Detect) -> Iterator[Owned]:
    return ((span, "") for span in also(text) if span.start < span.end)


def _known(text: str, key: Key) -> Iterator[Owned]:
    values = sorted((value for value in key.values.values() if value and value in text), key=len, reverse=True)
    if values:
        pattern = re.compile("|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in values))
        of = {value: _kind_of(placeholder) for placeholder, value in key.values.items()}
        yield from ((Span(of[match.group()], *match.span()), "") for match in pattern.finditer(text))


def _replaced(text: str, found: Iterable[Owned], placeholder: Callable[[Span, str, str], str]) -> str:
    written = [match.span() for match in PLACEHOLDER.finditer(text)]
    free = [(span, owner) for span, owner in found if not _touches(span, written)]
    owners = dict(free) | {span: owner for span, owner in free if owner}
    pieces, at = [], 0
    for span in merged(owners, ALL_KINDS):
        pieces += [text[at : span.start], placeholder(span, text[span.start : span.end], owners.get(span, ""))]
        at = span.end
    return "".join((*pieces, text[at:]))


def _touches(span: Span, written: Sequence[tuple[int, int]]) -> bool:
    following = bisect_left(written, (span.end,))  # apart and in order: only the one before it can reach in
    return following > 0 and written[following - 1][1] > span.start


def _kind_of(placeholder: str) -> str:
    numbered = _NUMBERED.fullmatch(placeholder)
    return numbered.group(1).lower() if numbered else SPEAKER


def _shout(kind: str) -> str:
    return (NAME if kind == SPEAKER else kind).upper()
