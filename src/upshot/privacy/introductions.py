"""Names by which people introduce themselves: "my name is Ann", "this is Ann", "I'm Ann", "call me Ann", "Ann here"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from upshot.analysis.sentences import STOP_WORDS
from upshot.privacy.rules import Span, merged

# One to five words from here on. All bounded: a cue costs the same whatever follows.
_WORD: Final = r"[^\s,;:!?()\[\]\"“”<>]{1,200}+"
_WORDS: Final = rf"(?=({_WORD}(?:\s{_WORD}){{0,4}}))"
_AM: Final = r"(?:i['’]?m|i\s+am)"

# Behind these stands a name and hardly anything else, so that it counts in lower case too.
_SURE: Final = re.compile(
    rf"\b(?:my\s(?:full\s|first\s|last\s|own\s|given\s|family\s)?name(?:\sis|['’]?s)"
    rf"|(?:the\s)?name['’]s|{_AM}\scalled|(?:i|my\sfriends)\sgo(?:es)?\sby)\s{{1,3}}{_WORDS}",
    re.IGNORECASE,
)
_LIKELY: Final = re.compile(
    rf"\b(?:this\sis|call\sme|(?:it['’]?s|it\sis|{_AM})(?:\sjust)?"
    rf"|(?:you['’]?re|you\sare)\s(?:speaking|talking|chatting)\s(?:to|with))\s{{1,3}}{_WORDS}",
    re.IGNORECASE,
)
# "It's Ann" may be a guess and "I'm German" no name: here what follows must tell.
_NEEDS_MORE: Final = re.compile(rf"(?:it['’]?s|it\sis|{_AM})\b", re.IGNORECASE)
_GOES_ON: Final = re.compile(
    r"\s{1,2}(?:speaking|calling|here|from|with|again|by\sthe\sway|and\s(?:i|i['’]m|this|we)|your|the\snew)\b",
    re.IGNORECASE,
)
_STOPS: Final = re.compile(r"\s?(?:[.,!?;:)…—–-]|$)")
_SPEAKING: Final = re.compile(r"\s{1,2}(?:speaking|calling)\b", re.IGNORECASE)
_BEFORE: Final = re.compile(
    rf"(?:^|[.!?,;:—–\n-]\s{{0,2}}|\b(?:hi|hello|hey|morning|afternoon|evening|yes|yeah)\s)"
    rf"(?=({_WORD}(?:\s{_WORD}){{0,3}}?)\s{{1,2}}(?:speaking(?=\s?(?:[.,!?;:—–-]|$|how|from|with))"
    r"|here(?=\s?(?:[.,!?;:—–-]|$)|\s(?:from|calling|with|again|speaking|and|at|on|in)\b)))",
    re.IGNORECASE,
)

_TITLES: Final = frozenset(
    """
    captain col dipl.-ing dott dott.ssa dr frau fr herr hon ing lt madam mag miss mr mrs ms mx nurse officer pan pani
    prof professor rev sen sergeant sig sig.ra sir sr sra univ.prof
    """.split()  # noqa: SIM905
)
_PARTICLES: Final = frozenset("al bin da de del den der di dos du el la le of san ten van von y zu".split())  # noqa: SIM905
_CONTRACTION: Final = re.compile(r"['’](?:m|re|ve|ll|d|t)$")
_MOST_WORDS: Final = 4
_NO_NAMES: Final = STOP_WORDS | frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december today tomorrow yesterday tonight christmas easter god ok okay fine good
    great nice bad wrong true false sir madam important spelled spelt spelling written misspelled crazy old new
    different american australian austrian asian african arab belgian brazilian british canadian chinese christian
    catholic danish dutch egyptian english european finnish french german greek hungarian indian iranian iraqi irish
    israeli italian japanese jewish korean lebanese mexican muslim nigerian norwegian pakistani polish portuguese
    protestant romanian russian scottish spanish swedish swiss syrian thai turkish ukrainian vegan vegetarian
    vietnamese welsh alive available busy glad happy late live lost ready sorry sure tired hungry home work look
    come right sit sign stop wait stay nobody nothing welcome please yes no hi hello hey thanks people we they
    winter spring summer autumn broadly comparatively frankly generally historically honestly legally personally
    practically properly relatively roughly statistically strictly technically call leave park pay press start turn
    add click drop enter fill find meet pick smoke stand walk write
    """.split()  # noqa: SIM905
)


def introductions(text: str) -> tuple[Span, ...]:
    """Names that their bearers say, in the order of the text; what is introduced in lower case only where that is sure.

    >>> [text[s.start : s.end] for text in ["Hi, this is Ann Lee from sales."] for s in introductions(text)]
    ['Ann Lee']
    """
    return merged((*_behind(text), *_in_front(text)), ("name",))


def _behind(text: str) -> Iterator[Span]:
    for match in _SURE.finditer(text):
        length = _capitals(match.group(1), sure=True) or _small(match.group(1), most=2)
        if length:
            yield Span("name", match.end(), match.end() + length)
    for match in _LIKELY.finditer(text):
        length = _capitals(match.group(1))
        follows = text[match.end() + length : match.end() + length + 40]
        if not length:
            length = _small(match.group(1), most=1)
            follows = text[match.end() + length : match.end() + length + 40]
            length = length if _SPEAKING.match(follows) else 0
        elif _NEEDS_MORE.match(match.group()) and not _GOES_ON.match(follows):
            length = length if _STOPS.match(follows) and not match.group().lower().startswith("it") else 0
        if length:
            yield Span("name", match.end(), match.end() + length)


def _in_front(text: str) -> Iterator[Span]:
    for match in _BEFORE.finditer(text):
        if _capitals(match.group(1)) == len(match.group(1)):
            yield Span("name", *match.span(1))


def _capitals(words: str, *, sure: bool = False) -> int:
    """How many characters at the beginning are a name in capitals; 0 is none. Where it is sure, "Per Lund" is one."""
    first, _, rest = words.partition(" ")
    if sure and first.lower() in STOP_WORDS and first[:1].isupper():
        return len(first) + 1 + _capitals(rest) if _capitals(rest) else 0
    length, names = 0, 0
    for word in list(re.finditer(r"\S+", words))[:_MOST_WORDS]:
        bare = _bare(word.group())
        small = bare.lower().rstrip(".")
        if not bare or not (_is_capital(bare) or small in _TITLES or (word.start() and small in _PARTICLES)):
            break
        if small in _NO_NAMES or (small.endswith("ing") and not names) or _CONTRACTION.search(small):
            break
        if small not in _PARTICLES and small not in _TITLES:
            names += 1
        if names:
            length = word.start() + len(bare) if small not in _PARTICLES else length
        if len(bare) < len(word.group()):
            break
    return length


def _small(words: str, *, most: int) -> int:
    length = 0
    for word in list(re.finditer(r"\S+", words))[:most]:
        bare = _bare(word.group())
        if len(bare) < 2 or bare.lower() in _NO_NAMES or bare.endswith("ing") or not bare[0].isalpha():
            break
        length = word.start() + len(bare)
        if len(bare) < len(word.group()):
            break
    return length


def _bare(word: str) -> str:
    """A word without what is no part of a name: a possessive, dots but those of titles and initials, other signs."""
    bare = re.sub(r"['’]s?$", "", word.rstrip("…'’*_-—–"))
    dotted = bare.rstrip(".")
    return bare if dotted.lower() in _TITLES or len(dotted) == 1 else dotted


def _is_capital(word: str) -> bool:
    """Whether a word begins with a capital, or with a letter of a script that has none."""
    return word[0].isalpha() and not word[0].islower()
