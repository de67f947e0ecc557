"""Faults of a summary that need no judgement: what its form alone shows beside the dialogue's."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from upshot.analysis.finding import Finding
from upshot.analysis.sentences import STOP_WORDS, mentions_of, sentences_of
from upshot.data.turns import speakers_of, turns_of

_WORD: Final = re.compile(r"\w+")
_TAG: Final = re.compile(r"#Person\d+#")
# Any spelling of a speaker tag. The second form, without a '#' before it, counts only where a dialogue has tags.
_CLOSED: Final = r"(?:#|\s#(?!\w))?"
_ANY_TAG: Final = re.compile(
    rf"#{{1,2}}\s?person\s?_?(?P<tag>\d+)(?!\d){_CLOSED}|#\s?person\s?#|(?<![\w#])person\s?_?(?P<bare>\d+)(?!\w){_CLOSED}",
    re.IGNORECASE,
)
# Where the label of a turn may stand: at the start of a line or behind a sentence.
_START: Final = re.compile(r"(?:^|\n|[.!?…][\"”'’)]?)\s*$")
_LOOK_BACK: Final = 48
_LEAST_COPIED: Final = 8
_LEAST_REPEATED: Final = 4
_GRAM: Final = 4
_TIMES: Final = 3
# In a summary of hundreds of words 'of the remote control' may well stand three times.
_LOOPED: Final = 0.2
_LONGEST_LOOP: Final = 8  # words of a phrase that is said again at once
# People say these several times in a row, to be clear or to laugh; a model that is stuck does not stop there.
_EMPHASIS: Final = re.compile(
    r"(?:and|again|ah|beep|blah|bye|come|far|go|h[aeio]+|ha(?:ha)+|help|hey|hmm?|hurry|knock|la|long|many|more|much|na|never|"
    r"no|now|oh|ok|okay|on|over|please|really|ring|run|so|sorry|stop|thanks|tick|too|tut|uh|up|very|wait|yeah|yes)"
)
_STUCK: Final = 6
# Marks of tokenizers; U+2047 and U+2581 are what SentencePiece writes for an unknown token and for a space.
_MARK: Final = re.compile(
    r"</?(?:s|n|unk|pad|bos|eos|mask|extra_id_\d+)>|<\|[^|>\n]*\|>|\[(?:UNK|PAD|CLS|SEP|MASK)\]|[\u2047\u2581\ufffd]",
    re.IGNORECASE,
)
# UTF-8 that was read as Latin-1 or Windows-1252.
_MOJIBAKE: Final = re.compile(r"[ÃÂ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œ]|â[\x80€][\x80-\xbf“”‘’¢¦œ™˜]|ðŸ|ï¿½")
_NO_TEXT: Final = frozenset({"Cc", "Cn", "Co", "Cs", "Sk", "So"})
_SIGNS_OF_TEXT: Final = frozenset("°©®™№℃℉^`´¨¯¸\t\n\r")
# Letters that every script borrows: of these a name, a unit or an ordinal is made.
_SHARED_SCRIPTS: Final = frozenset(
    {"LATIN", "FULLWIDTH", "MICRO", "OHM", "KELVIN", "ANGSTROM", "FEMININE", "MASCULINE"}
)
_CJK: Final = frozenset({"HIRAGANA", "KATAKANA", "HALFWIDTH", "BOPOMOFO", "KATAKANA-HIRAGANA"})
_HALF: Final = 0.5


def certain_findings(text: str, summary: str, *, hit_cap: bool) -> tuple[Finding, ...]:
    """What is surely wrong with the form of a summary of the dialogue `text`, in the order of `KINDS`.

    `hit_cap` says that generation stopped at the longest output. A summary without letters and digits is empty and has
    no other fault.
    """
    cut = (Finding("cap-hit"),) if hit_cap else ()
    if not _WORD.search(summary):
        return (*cut, Finding("empty"))
    return (
        *_continued(text, summary),
        *_tags(text, summary),
        *_nobody(text, summary),
        *cut,
        *_repeated(text, summary),
        *_copied(text, summary),
        *_debris(text, summary),
    )


def forget() -> None:
    """Let go of the speakers' names that were read; what they come to does not change."""
    _label.cache_clear()


def _continued(text: str, summary: str) -> Iterator[Finding]:
    """A speaker's label where a turn may start, or two labels anywhere: some models write no line breaks."""
    labels = list(_label(speakers_of(text)).finditer(summary))
    if len(labels) > 1 or any(_begins(summary, label.start()) for label in labels):
        yield Finding("continues-dialogue", text=labels[0].group().strip(), strength=float(len(labels)))


def _begins(summary: str, start: int) -> bool:
    """Whether a turn may start there; a short look back, so that many labels take time in proportion."""
    return bool(_START.search(summary, max(0, start - _LOOK_BACK), start))


@lru_cache(maxsize=4096)
def _label(speakers: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join([*map(re.escape, speakers), _TAG.pattern])
    return re.compile(rf"(?<!\w)(?:{names})\s?(?::(?=\s|$)|：)")


def _tags(text: str, summary: str) -> Iterator[Finding]:
    there = list(_ANY_TAG.finditer(text))
    known = {tag for match in there if (tag := match.group("tag"))}
    # Some dialogues have odd tags themselves.
    spellings = {match.group() for match in there}
    unknown: dict[str, None] = {}
    misspelt: dict[str, None] = {}
    for match in _ANY_TAG.finditer(summary):
        written, number = match.group(), match.group("tag") or match.group("bare")
        if not known and not match.group("tag"):
            continue
        if number and number not in known:
            unknown[written] = None
        if known and not _TAG.fullmatch(written) and written not in spellings:
            misspelt[written] = None
    yield from (Finding("unknown-speaker-tag", "extrinsic", text=tag) for tag in unknown)
    yield from (Finding("malformed-speaker-tag", text=tag) for tag in misspelt)


def _nobody(text: str, summary: str) -> Iterator[Finding]:
    speakers = speakers_of(text)
    if speakers and not mentions_of(summary, speakers) and not _by_real_name(text, summary, speakers):
        yield Finding("no-speaker-named")


def _by_real_name(text: str, summary: str, speakers: tuple[str, ...]) -> bool:
    """Whether a summary of a dialogue with tags may call a speaker by a name that stands in the turns."""
    if not any(map(_TAG.fullmatch, speakers)):
        return False
    return not _names(summary).isdisjoint(_names(text))


def _names(text: str) -> set[str]:
    return {word for word in _WORD.findall(text) if word[0].isupper() and word.lower() not in STOP_WORDS}


def _repeated(text: str, summary: str) -> Iterator[Finding]:
    """A sentence of four words or more twice, fours of words thrice that make a fifth of the words, or a stutter."""
    sentences = Counter(tuple(_words(sentence)) for sentence in sentences_of(summary))
    twice = [words for words, times in sentences.items() if times > 1 and len(words) >= _LEAST_REPEATED]
    words = _words(summary)
    grams = list(zip(*(words[start:] for start in range(_GRAM)), strict=False))
    times = Counter(grams)
    often = [place for place, gram in enumerate(grams) if times[gram] >= _TIMES]
    looped = {place + offset for place in often for offset in range(_GRAM)}
    if twice or len(looped) > _LOOPED * len(words):
        first = twice[0] if twice else grams[often[0]]
        yield Finding("repetition", text=" ".join(first), strength=float(max(times.values())))
    elif stutter := _stutter(text, words):
        phrase, count = stutter
        yield Finding("repetition", text=" ".join([" ".join(phrase)] * _TIMES), strength=float(count))


def _stutter(text: str, words: Sequence[str]) -> tuple[tuple[str, ...], int] | None:
    """A word or a short phrase that is said three times in a row or more, and how often; the first of the shortest.

    Numbers may stand so, and words of emphasis up to five times; so may what the dialogue itself says three times.
    """
    for size in range(1, _LONGEST_LOOP + 1):
        run = 0
        for place in range(size, len(words)):
            run = run + 1 if words[place] == words[place - size] else 0
            ends = place + 1 == len(words) or words[place + 1] != words[place + 1 - size]
            times = run // size + 1
            if ends and times >= _TIMES:
                phrase = tuple(words[place + 1 - run - size : place + 1 - run])
                if not _may_be_said(text, phrase, times):
                    return phrase, times
    return None


def _may_be_said(text: str, phrase: Sequence[str], times: int) -> bool:
    if all(map(str.isdecimal, phrase)):
        return True
    if times < _STUCK and phrase != ("and",) and all(map(_EMPHASIS.fullmatch, phrase)):
        return True
    return f" {' '.join([*phrase] * _TIMES)} " in f" {' '.join(_words(text))} "


def _copied(text: str, summary: str) -> Iterator[Finding]:
    """Each turn of eight words or more that the summary holds word for word."""
    held = f" {' '.join(_words(summary))} "
    for number, turn in enumerate(turns_of(text)):
        words = _words(turn.text)
        if len(words) >= _LEAST_COPIED and f" {' '.join(words)} " in held:
            yield Finding("copied-turn", text=turn.text, turns=(number,), strength=float(len(words)))


def _debris(text: str, summary: str) -> Iterator[Finding]:
    found = [match.group() for pattern in (_MARK, _MOJIBAKE) for match in pattern.finditer(summary)]
    found = [mark for mark in found if mark not in text]
    found += [sign for sign in summary if _is_no_text(sign) and sign not in text]
    found += _foreign(text, summary)
    if found:
        yield Finding("debris", text=" ".join(dict.fromkeys(found)), strength=float(len(found)))


def _foreign(text: str, summary: str) -> Sequence[str]:
    """Letters of scripts that the dialogue does not have; none where they are most of a summary in another language."""
    letters = [sign for sign in summary if sign.isalpha()]
    if all(map(str.isascii, letters)):
        return []
    known = {_script(sign) for sign in set(text)} | {""}
    foreign = [sign for sign in letters if _script(sign) not in known]
    return foreign if len(foreign) < _HALF * len(letters) else []


@lru_cache(maxsize=8192)
def _is_no_text(sign: str) -> bool:
    return unicodedata.category(sign) in _NO_TEXT and sign not in _SIGNS_OF_TEXT


@lru_cache(maxsize=8192)
def _script(sign: str) -> str:
    """The first word of a letter's name, such as CYRILLIC; nothing for letters that every script uses."""
    if unicodedata.category(sign) not in ("Lu", "Ll", "Lt", "Lo"):
        return ""
    name = unicodedata.name(sign, "UNKNOWN").split()[0]
    return "" if name in _SHARED_SCRIPTS else "CJK" if name in _CJK else name


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
