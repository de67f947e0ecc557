"""Speakers as #Person1#, #Person2# for a model that was trained on such tags, and their names back in its summary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from upshot.analysis.sentences import STOP_WORDS, Mention, mentions_of
from upshot.data.conversation import Conversation
from upshot.privacy.rules import find

TAG: Final = re.compile(r"#Person(\d{1,6})#")
# Tags as models write them when they slip: "#Person 1#", "Person1", "#person1#", "#Person1#s". Two words in lower case
# without a sign ("the person 2 doors down") are none.
_LOOSE: Final = re.compile(
    r"#{1,2}\s?[Pp](?:erson|ERSON)\s?(\d{1,6})(?!\d)(?:\s?#)?(s\b)?|(?<!\w)(?:Person\s?|PERSON\s?|person)(\d{1,6})(?!\w)(?:\s?#)?"
)
_ANY_NUMBER: Final = re.compile(r"person\W{0,2}(\d{1,6})", re.IGNORECASE)
_AT_A_BEGINNING: Final = re.compile(r"(?:^|[.!?:]\s|\n)\s?$")

# What somebody is, not who: a part of a label such as "Agent Smith" that names nobody by itself.
_ROLES: Final = frozenset(
    """
    accountant adviser advisor agent analyst anchor assistant attendant aunt bank banker boss bot brother buyer caller
    candidate captain cashier chair chairman child clerk client coach colleague customer dad dealer dentist designer
    developer director doctor driver employee engineer expert father female friend girl boy guard guest guide helper
    host hotel husband interviewee interviewer journalist judge lady landlord lawyer lead leader librarian lord male man
    manager mechanic member moderator mother mum nurse officer operator owner panel parent participant passenger patient
    pharmacist pilot police presenter president professor receptionist recruiter reporter representative robot salesman
    secretary seller sir sister son speaker staff student supervisor support system teacher technician tenant tourist
    trainer tutor uncle unknown user vendor visitor voice waiter waitress wife witness woman worker person people
    """.split()  # noqa: SIM905
)
# Names that are ordinary words too: in lower case they are taken for the word.
_ORDINARY: Final = (
    STOP_WORDS
    | _ROLES
    | frozenset(
        """
    amber angel art autumn baker bell bill bishop black bond brook brown buck bush carol carter chance charity chase
    chip christian chuck cliff clay cook crystal daisy dale dawn day dean dell dick dolly dot drew duke earl eve fairy
    faith fisher forest fox frank gale gene ginger glen grace grant gray green guy hall harmony hazel heather hill holly
    hope hunter iris ivy jack jade jasmine jasper jay jean jewel josh joy june april august king lance lane law lily
    long love luck mark mason max may melody mercy mike mill miles misty moon nick norm olive page park parker pat
    patience pearl penny pepper pierce poppy porter price prince ray red reed rich rob robin rock rod rose rowan royal
    ruby rusty sage sandy sky skip stone storm sue summer sunny taylor terry victor viola violet wade walker ward warren
    wayne west white will win winter wood woods young
    """.split()  # noqa: SIM905
    )
)
# What `mentions_of` keeps apart: words, and each sign of a script without spaces.
_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_ACCENTED: Final = "\u0530"  # the scripts before it write accents
_DETERMINER: Final = re.compile(r"\b(?:the|a|an|this|that|each|every|any|another|no|some)\s$", re.IGNORECASE)
# Names that are small words too, and what shows that the word is meant: "Will you", "May I".
_SMALL_NAMES: Final = frozenset(("an", "do", "may", "see", "so", "will"))
_SUBJECT: Final = re.compile(
    r"\s+(?:i|you|he|she|it|we|they|the|this|that|there|these|those|my|your|his|her|our|their|not|be)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Names:
    """Who stands behind a tag. Printing it shows no name."""

    by_tag: Mapping[str, str] = field(repr=False)

    def restore(self, summary: str) -> str:
        """A summary with names where it has tags, slips such as "#Person 1#" too; a tag of nobody's stays as it is.

        >>> Names({"#Person1#": "Maya"}).restore("#Person1#'s car is old. person1 sells it to #Person2#.")
        "Maya's car is old. Maya sells it to #Person2#."
        """
        return _LOOSE.sub(lambda match: self._name(match, summary), summary)

    def tagged(self, text: str) -> str:
        """A text with tags where it names somebody behind them: the way back of `restore`.

        >>> Names({"#Person1#": "Maya", "#Person2#": "Will"}).tagged("Will Maya sell it? Will's sure.")
        "Will #Person1# sell it? #Person2#'s sure."
        """
        tags = {name: tag for tag, name in self.by_tag.items()}
        return _tagged(text, Roster(tags), tags, _near_tags(tags)) if tags else text

    def strangers(self, summary: str) -> tuple[str, ...]:
        """Tags of a summary behind which nobody stands, each once, as #Person7#: something to note beside it."""
        tags = (f"#Person{_number(match)}#" for match in _LOOSE.finditer(summary))
        return tuple(dict.fromkeys(tag for tag in tags if tag not in self.by_tag))

    def _name(self, match: re.Match[str], summary: str) -> str:
        name = self.by_tag.get(f"#Person{_number(match)}#")
        if name is None:
            return match.group()
        if summary[match.end() : match.end() + 1] == ".":
            name = name.removesuffix(".")  # the full stop of "Viktor S." ends the sentence too
        if _AT_A_BEGINNING.search(summary[max(0, match.start() - 4) : match.start()]):
            name = name[:1].upper() + name[1:]
        return f"{name}'s" if match.group(2) else name


def tag_speakers(conversation: Conversation) -> tuple[Conversation, Names]:
    """The conversation with speakers and their mentions as tags in the order of first speaking, and who is who.

    One that has tags already comes back as it is, with nobody to restore; turns without a speaker stay without.

    >>> from upshot.data.conversation import Said
    >>> tagged, names = tag_speakers(Conversation("c", (Said("Maya", "Hi Ben."), Said("Ben", "Hi!"))))
    >>> tagged.text, names.restore("#Person2# greets #Person1#.")
    ('#Person1#: Hi #Person2#.\\n#Person2#: Hi!', 'Ben greets Maya.')
    """
    if any(TAG.fullmatch(turn.speaker) for turn in conversation.turns):
        return conversation, Names({})
    tags = tags_of(conversation)
    roster, near = Roster(tags), _near_tags(tags)
    turns = tuple(
        replace(turn, speaker=tags.get(turn.speaker, ""), text=_tagged(turn.text, roster, tags, near))
        for turn in conversation.turns
    )
    return replace(conversation, turns=turns), Names({tag: name for name, tag in tags.items()})


def tags_of(conversation: Conversation) -> dict[str, str]:
    """A tag for each named speaker in the order of first speaking; tags that the text has already are left to it."""
    named = dict.fromkeys(turn.speaker for turn in conversation.turns if turn.speaker)
    # What the text says of a Person 1 is left to it, unless a label is that: then he is meant, whatever his tag is.
    written = (f"{turn.speaker if '#' in turn.speaker else ''} {turn.text}" for turn in conversation.turns)
    taken = {int(number) for text in written for number in _ANY_NUMBER.findall(text)}.difference(_near_tags(named))
    free = (number for number in range(1, len(named) + len(taken) + 1) if number not in taken)
    return {name: f"#Person{next(free)}#" for name in named if not TAG.fullmatch(name)}


class Roster:
    """Speakers whose names are looked for in many texts; how many speakers there are hardly matters to the time."""

    def __init__(self, speakers: Collection[str]) -> None:
        # By the label in lower case without accents: mentions count in any case, and with any apostrophe.
        self._labels: dict[str, str] = {}
        for speaker in speakers:
            self._labels.setdefault(_plain(speaker).lower(), speaker)
        self._exact = frozenset(speakers)
        self._owners: dict[str, list[str]] = {}
        for label in self._labels:
            for word in _words(label):
                self._owners.setdefault(word, []).append(label)
        self._by_rarest: dict[str, list[str]] = {}
        for label in self._labels:
            rarest = min(_words(label), key=lambda word: (len(self._owners[word]), word), default="")
            self._by_rarest.setdefault(rarest, []).append(label)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Where a text names speakers, in capitals or not, and not where it means a word that is no name there.

        >>> [mention.speaker for mention in Roster(["Maya", "Will"]).mentions("thanks maya. Will you ask Will?")]
        ['Maya', 'Will']
        """
        plain = _plain(text)
        found = (mention for mention in mentions_of(plain, self._near(plain)) if _means_somebody(plain, mention))
        return tuple(self._mention(text, mention) for mention in found if self._is_name(plain, mention))

    def _near(self, text: str) -> tuple[str, ...]:
        """Labels that the text may name, and two for a word that more of them share: enough to know it for shared."""
        near: dict[str, None] = dict.fromkeys(label for label in self._by_rarest.get("", ()) if label in text)
        for word in dict.fromkeys(_words(text)):
            near |= dict.fromkeys((*self._owners.get(word, ())[:2], *self._by_rarest.get(word, ())))
        return tuple(near)

    def _is_name(self, text: str, mention: Mention) -> bool:
        written = text[mention.start : mention.end].lower()
        return written in self._labels or written not in _ROLES

    def _mention(self, text: str, mention: Mention) -> Mention:
        written = text[mention.start : mention.end]
        owner = written if written in self._exact else self._labels.get(mention.speaker, "")
        return Mention(owner, mention.start, mention.end)


def _plain(text: str) -> str:
    """As many letters without their accents, and straight apostrophes: Elodie is Élodie, O'Neil is O’Neil."""
    if text.isascii():
        return text
    return "".join(sign if sign < "\x80" else _without_accent(sign) for sign in text)


def _without_accent(sign: str) -> str:
    """A letter of the Latin, Greek and Cyrillic scripts without its accent; what others put together is no accent."""
    base = unicodedata.normalize("NFD", sign)[0]
    return "'" if sign in "’‘ʼ" else base if base < _ACCENTED else sign


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _tagged(text: str, roster: Roster, tags: Mapping[str, str], near: Mapping[int, str]) -> str:
    mentions = [mention for mention in roster.mentions(text) if mention.speaker]
    # A name within an address stays a part of it. Looking for addresses takes longest, so only where there is a name.
    values = [(span.start, span.end) for span in find(text)] if mentions else []
    named = {
        (mention.start, mention.end): tags[mention.speaker]
        for mention in mentions
        if not any(start <= mention.start < end for start, end in values)
    }
    spelled = {span: tags[name] for span, name in _spelled(text, near) if span not in named}
    apart = {span: tag for span, tag in named.items() if not any(a < span[1] and span[0] < b for a, b in spelled)}
    pieces, at = [], 0
    for (start, end), tag in sorted((apart | spelled).items()):
        pieces += [text[at:start], tag]
        at = end
    return "".join((*pieces, text[at:]))


def _spelled(text: str, near: Mapping[int, str]) -> Iterator[tuple[tuple[int, int], str]]:
    """Where a text means a speaker whose label is nearly a tag: beginning and end, and his label."""
    for match in _LOOSE.finditer(text) if near else ():
        if name := near.get(_number(match)):
            yield (match.start(), match.start(2) if match.group(2) else match.end()), name


def _near_tags(names: Iterable[str]) -> dict[int, str]:
    """Names that are nearly tags, such as "Person 1", by their number; of two with one number the first."""
    found: dict[int, str] = {}
    for name in names:
        if (match := _LOOSE.fullmatch(name)) and not TAG.fullmatch(name):
            found.setdefault(_number(match), name)
    return found


def _number(match: re.Match[str]) -> int:
    """The number of a tag in any spelling that `_LOOSE` knows."""
    return int(match.group(1) or match.group(3))


def _means_somebody(text: str, mention: Mention) -> bool:
    written = text[mention.start : mention.end]
    words = written.lower().split()
    if len(written) == 1 and written.isascii():
        return False
    if written[0].islower():
        behind = _DETERMINER.search(text[max(0, mention.start - 12) : mention.start])
        return not behind and not all(word.strip(".") in _ORDINARY for word in words)
    if len(words) == 1 and words[0] in STOP_WORDS:
        return words[0] in _SMALL_NAMES and not _SUBJECT.match(text[mention.end : mention.end + 12])
    return True
