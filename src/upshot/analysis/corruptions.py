"""Summaries made wrong on purpose: what detectors and the likelihood probe are measured on.

Real errors are different (T. Goyal and G. Durrett, 2021, arXiv 2104.04302): figures from these are an upper limit.
Whether the dialogue holds a number or a name is decided by its plain words, not by the detectors' own reading of it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, TypeVar

from upshot.analysis.sentences import Mention, mentions_of
from upshot.data.turns import speakers_of
from upshot.text import SPEAKER_TAG

T = TypeVar("T")

# First and last names of many cultures, the plain among the rare.
_NAMES: Final = """
    Adelaide Alistair Bernard Bogumil Brenda Charles Chaudhry Clementine Denise Dorothea Edward Ethan Farrukh Fernandez
    Francesca Gerald Gwyneth Harrison Hassan Hideaki Imogen Isabel Jerome Jovanka Katherine Kevin Kowalczuk Lakshmi
    Lindholm Lorenzo Margaret Monica Nakamura Nathaniel Norman Octavian Odette Okafor Patricia Peterson Philip Quentin
    Rasheeda Rebecca Sebastian Stuart Tatiana Teresa Ulrike Victoria Vincent Wallace Winthrop Yevgenia Yolanda Zachary
    """
_NO_NAMES: Final = """
    January February March April May June July August September October November December Monday Tuesday Wednesday
    Thursday Friday Saturday Sunday Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays Sundays Mr Mrs Ms Miss Dr
    Christmas Easter Professor Sir Madam Aunt Uncle
    """
_IN_SENTENCE: Final = re.compile(r"(?<=[^\W\d_] )[A-Z][^\W\d_]{2,}(?![\w-])")

_UP_FROM_2: Final = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen
    """
_UP_FROM_3RD: Final = """
    third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
    seventeenth eighteenth nineteenth
    """
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENTHS: Final = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth"
# Words that may stand for one another, the value of the first, and the step from each to the next.
_LISTS: Final = tuple(
    (tuple(words.split()), first, step)
    for words, first, step in ((_UP_FROM_2, 2, 1), (_UP_FROM_3RD, 3, 1), (_TENS, 20, 10), (_TENTHS, 20, 10))
)
_NUMBER: Final = re.compile(
    rf"(?<!\w)(?:\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?|{'|'.join(word for words, _, _ in _LISTS for word in words)})(?!\w)",
    re.IGNORECASE,
)
_SUFFIXES: Final = {1: "st", 2: "nd", 3: "rd"}
_FURTHEST: Final = 4

_INSERT: Final = re.compile(
    r"\b(?:is|are|was|were|will|would|can|could|should|must|may|might|(?:has|have|had)(?= \w+e[dn]\b))"
    r"(?!\w| not|[.'’])"
)
_REMOVE: Final = re.compile(r"\b(?:won['’]t|can['’]t|cannot)\b|n['’]t\b| (?:not|never)\b")
_POSITIVE: Final = {"w": "will", "c": "can"}
_THIRD_PERSON: Final = re.compile(r" (?!is\b|was\b|has\b|does\b)([a-z]{3,}s)\b(?!['’])")
_PRONOUN: Final = re.compile(r"\b(?:he|she)\b", re.IGNORECASE)


def swap_speakers(text: str, summary: str, draw: random.Random) -> str | None:
    """The summary with two of the dialogue's speakers exchanged wherever it names them; one of them may be unnamed."""
    speakers = speakers_of(text)
    mentions = [mention for mention in mentions_of(summary, speakers) if mention.speaker]
    named = {mention.speaker for mention in mentions}
    pairs = [pair for pair in combinations(speakers, 2) if named & set(pair)]
    for pair in _shuffled([pair for pair in pairs if named >= set(pair)] or pairs, draw):
        forms = [_form(speaker, mentions, summary) for speaker in pair]
        if all(form[0].isupper() or form[0] == "#" for form in forms):
            new = dict(zip(pair, reversed(forms), strict=True))
            swapped = _replaced(summary, [(m.start, m.end, new[m.speaker]) for m in mentions if m.speaker in new])
            # "Bo and Ann" says no less than "Ann and Bo".
            if swapped.replace(" and ".join(reversed(forms)), " and ".join(forms)) != summary:
                return swapped
    return None


def change_number(text: str, summary: str, draw: random.Random) -> str | None:
    """The summary with one number changed to a near one of the same form that the dialogue's words do not hold.

    "one" and "first" are neither changed nor put in, as they are articles and adverbs more often than numbers.
    """
    plain = SPEAKER_TAG.sub(lambda tag: " " * len(tag.group()), summary)
    said = text.lower()
    for match in _shuffled(list(_NUMBER.finditer(plain)), draw):
        options = [other for other in _near(match.group().lower()) if not _is_said(other, said)]
        if options:
            other = draw.choice(options)
            other = other.capitalize() if match.group()[0].isupper() else other
            return _replaced(summary, [(match.start(), match.end(), other)])
    return None


def flip_negation(text: str, summary: str, draw: random.Random) -> str | None:
    """The summary with one "not" put in behind an auxiliary or a speaker's verb, or one taken out."""
    edits = [(match.start(), match.end(), _POSITIVE.get(match.group()[0], "")) for match in _REMOVE.finditer(summary)]
    for match in _INSERT.finditer(summary):
        edits.append((match.end(), match.end(), "not" if match.group() == "can" else " not"))
    subjects = [mention.end for mention in mentions_of(summary, speakers_of(text))]
    for end in subjects + [match.end() for match in _PRONOUN.finditer(summary)]:
        verb = _THIRD_PERSON.match(summary, end)
        if verb:
            edits.append((verb.start(1), verb.end(1), f"does not {_infinitive(verb[1])}"))
    return _replaced(summary, [draw.choice(edits)]) if edits else None


def change_name(text: str, summary: str, draw: random.Random) -> str | None:
    """The summary with one name, wherever it stands, replaced by a name that the dialogue does not hold."""
    mentions = [mention for mention in mentions_of(summary, speakers_of(text)) if not summary[mention.start].islower()]
    written = [summary[mention.start : mention.end] for mention in mentions]
    names = [name if "#" in name else name.rsplit(maxsplit=1)[-1] for name in written]
    names += [name for name in _IN_SENTENCE.findall(summary) if name not in _NO_NAMES.split()]
    if not names:
        return None
    name = draw.choice(sorted(set(names)))
    said = text.lower()
    new = draw.choice([other for other in _NAMES.split() if other.lower() not in said])
    places = re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", summary)
    return _replaced(summary, [(match.start(), match.end(), new) for match in places])


CORRUPTIONS: Final[Mapping[str, Callable[[str, str, random.Random], str | None]]] = {
    "speaker-swap": swap_speakers,
    "number": change_number,
    "negation": flip_negation,
    "name": change_name,
}


def _shuffled(items: Sequence[T], draw: random.Random) -> list[T]:
    return draw.sample(items, len(items))


def _form(speaker: str, mentions: Sequence[Mention], summary: str) -> str:
    """How the summary writes a speaker, or the name in the dialogue where it does not."""
    return next((summary[m.start : m.end] for m in mentions if m.speaker == speaker), speaker)


def _replaced(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _near(number: str) -> Iterator[str]:
    """Numbers of the same form, close by."""
    for words, _, _ in _LISTS:
        if number in words:
            place = words.index(number)
            yield from (word for word in words[max(0, place - _FURTHEST) : place + _FURTHEST + 1] if word != number)
    if number[0].isdigit():
        digits = re.split(r"\D", number, maxsplit=1)[0]
        yield from (f"{other}{_tail(other, number[len(digits) :])}" for other in _near_numerals(int(digits)))


def _near_numerals(number: int) -> Iterator[int]:
    step = max(1, 10 ** (len(str(number)) - 2))
    yield from (number + step * n for n in range(-_FURTHEST, _FURTHEST + 1) if n and number + step * n > 1)


def _tail(number: int, tail: str) -> str:
    if tail not in ("st", "nd", "rd", "th"):
        return tail
    return "th" if number % 100 in (11, 12, 13) else _SUFFIXES.get(number % 10, "th")


def _is_said(number: str, said: str) -> bool:
    """Whether a lower-case text holds a number, in words or digits, as cardinal or ordinal."""
    return any(re.search(rf"(?<![\w.,:]){re.escape(form)}(?!\w|[.,:]\d)", said) for form in _forms(number))


def _forms(number: str) -> Iterator[str]:
    yield number
    value = _value(number)
    if value is None:
        return
    yield from (str(value), f"{value}{_tail(value, 'th')}")
    for words, first, step in _LISTS:
        if (value - first) % step == 0 and 0 <= (value - first) // step < len(words):
            yield words[(value - first) // step]
    if 20 < value < 100 and value % 10:
        unit = ["one", *_UP_FROM_2.split()][value % 10 - 1]
        yield from (f"{_TENS.split()[value // 10 - 2]}{gap}{unit}" for gap in "- ")


def _value(number: str) -> int | None:
    plain = re.fullmatch(r"(\d+)(?:st|nd|rd|th)?", number)
    if plain:
        return int(plain[1])
    return next((first + step * words.index(number) for words, first, step in _LISTS if number in words), None)


def _infinitive(verb: str) -> str:
    if verb.endswith("ies") and len(verb) > 4:
        return f"{verb[:-3]}y"
    return verb[:-2] if re.search(r"(?:ss|sh|ch|x|zz|o)es$", verb) else verb[:-1]
