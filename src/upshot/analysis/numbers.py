"""Numbers of a summary that the dialogue does not support: both sides are read into canonical values and compared.

A value is a decimal numeral ("128", "4.5"), a time of day on the twelve-hour clock in minutes ("@510" is half past
eight) or a measure in its smallest unit ("t10080" is a week, or seven days). The dialogue is read generously, for all
that a speaker may have meant ("four fifty" is 4.50, 450 and ten to five), the summary narrowly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import Final, NamedTuple

from upshot.analysis.finding import Finding
from upshot.analysis.sentences import sentences_of
from upshot.analysis.support import support_of
from upshot.data.turns import speakers_of
from upshot.text import SPEAKER_TAG

_UNITS: Final = "one two three four five six seven eight nine"
_TEENS: Final = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS_TH: Final = "first second third fourth fifth sixth seventh eighth ninth"
_TEENS_TH: Final = "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
_TENS_TH: Final = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth"
_VALUES: Final = {
    **{word: n for words in (_UNITS, _UNITS_TH) for n, word in enumerate(words.split(), 1)},
    **{word: n for words in (_TEENS, _TEENS_TH) for n, word in enumerate(words.split(), 10)},
    **{word: 10 * n for words in (_TENS, _TENS_TH) for n, word in enumerate(words.split(), 2)},
    **{"zero": 0, "oh": 0},
}
_SCALES: Final = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "grand": 1000,
    "k": 1000,
    "million": 10**6,
    "bn": 10**9,
    "billion": 10**9,
}
_KINDS: Final = {
    **dict.fromkeys(f"{_UNITS} {_UNITS_TH}".split(), "unit"),
    **dict.fromkeys(f"{_TEENS} {_TEENS_TH} {_TENS_TH} zero oh".split(), "teen"),
    **dict.fromkeys(_TENS.split(), "ten"),
    **dict.fromkeys(_SCALES, "scale"),
    **{"and": "and", "a": "a", "an": "a"},
}
# What may come next within one number.
_NEXT: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"unit", "teen", "ten", "digits", "scale"}),
    "a": frozenset({"scale"}),
    "unit": frozenset({"scale"}),
    "teen": frozenset({"scale"}),
    "ten": frozenset({"unit", "scale"}),
    "digits": frozenset({"scale"}),
    "scale": frozenset({"and", "unit", "teen", "ten", "digits", "scale"}),
    "and": frozenset({"unit", "teen", "ten", "digits"}),
    "stop": frozenset(),
}
_POINTED: Final = frozenset(f"zero oh {_UNITS}".split())
_LAST: Final = frozenset(f"{_UNITS_TH} {_TEENS_TH} {_TENS_TH} dozen".split())
_FRACTIONS: Final = {"half": 30, "quarter": 15}
_PARTS: Final[Mapping[str, Decimal]] = {"half": Decimal("0.5"), "quarter": Decimal("0.25")}
_MEASURES: Final[Mapping[str, tuple[str, Decimal]]] = {
    **{"minute": ("t", Decimal(1)), "hour": ("t", Decimal(60)), "day": ("t", Decimal(1440))},
    **{"week": ("t", Decimal(10_080)), "fortnight": ("t", Decimal(20_160)), "month": ("t", Decimal(43_800))},
    **{"year": ("t", Decimal(525_600)), "decade": ("t", Decimal(5_256_000)), "gram": ("g", Decimal(1))},
    **{"kilo": ("g", Decimal(1000)), "metre": ("m", Decimal(1)), "meter": ("m", Decimal(1))},
    **{"kilometre": ("m", Decimal(1000)), "kilometer": ("m", Decimal(1000)), "cent": ("", Decimal("0.01"))},
    **{"penny": ("", Decimal("0.01")), "pence": ("", Decimal("0.01"))},
}
# Words that tell a number without being one; only the dialogue is read so.
_IMPLIED: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys("both couple pair twice double twins another halves fortnight".split(), ("2",)),  # noqa: SIM905
    **{"triple": ("3",), "decade": ("10",), "noon": ("12", "@0"), "midday": ("12", "@0"), "midnight": ("0", "@0")},
    **{"half": ("0.5", "50"), "quarter": ("0.25", "25"), "quarters": ("0.75", "75"), "nothing": ("0",)},
}

_TOKEN: Final = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[,.]\d{3})+(?:\.\d+)?")
_CLOCK: Final = re.compile(r"(\d{1,2})[.:](\d\d)")
_SPACE: Final = re.compile(r"[ \t]?[-‐–]?[ \t]?")
_PAUSE: Final = re.compile(r"[ \t,.…;‐–-]{0,5}")
_BEFORE_HOUR: Final = re.compile(r"\b(?:(half|quarter)[ -](past|to|till)|half)[ -]$", re.IGNORECASE)
_MINUTES: Final = re.compile(r"[ -](?:minutes?[ -])?(past|to|till)[ -]", re.IGNORECASE)
_AFTER_HOUR: Final = re.compile(r"\s?(?:o['’]clock|[ap]\.?m\b)", re.IGNORECASE)
_NO_HOUR: Final = re.compile(r"\b(half|quarter) (past|to)\b", re.IGNORECASE)
_UNIT: Final = rf"({'|'.join(sorted(_MEASURES, key=len, reverse=True))})s?(?!\w)"
_MEASURED: Final = re.compile(rf"[\s-]?{_UNIT}", re.IGNORECASE)
_ONE_MEASURE: Final = re.compile(
    rf"(?:\b(half|quarter)[ -](?:of )?)?\b(?:an?|whole|full)[ -]{_UNIT}(?: and a (half|quarter))?", re.IGNORECASE
)
# "The two agree", "all three": the speakers are counted.
_ALL: Final = re.compile(r"\b(?:the|all|both|these|those) $", re.IGNORECASE)
_SECOND_OF_TIME: Final = re.compile(r"\b(?:a|per|each|every|split)[ -]second$", re.IGNORECASE)
_HALF_DAY: Final = 720
_MOST_JOINED: Final = 12
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text from `start` up to `end`, with every value that it may have; never empty.

    `digits` is how it would stand in a row of digits, and empty where it would not.
    """

    start: int
    end: int
    values: frozenset[str]
    digits: str = ""


class _Token(NamedTuple):
    start: int
    end: int
    word: str
    kind: str
    tight: bool  # only a space or a hyphen stands before it


def unsupported_numbers(text: str, summary: str) -> tuple[Finding, ...]:
    """Numbers of the summary that the dialogue holds in no form, in order: "one" and "first" are never among them."""
    return tuple(
        Finding(
            "unsupported-number",
            "extrinsic",
            place,
            sentence[start:end],
            support_of(text, summary)[place].turns,
        )
        for place, sentence in enumerate(sentences_of(summary))
        for start, end in unsupported_number_spans(text, sentence)
    )


def unsupported_number_spans(text: str, sentence: str) -> tuple[tuple[int, int], ...]:
    """First character and the one behind the last of each number of a sentence that the dialogue does not support."""
    known = values_of(text)
    people = str(len(speakers_of(text)))
    return tuple(
        (number.start, number.end)
        for number in numbers_of(sentence)
        if not number.values & known and not (people in number.values and _ALL.search(sentence[: number.start]))
    )


def numbers_of(sentence: str) -> tuple[Number, ...]:
    """Numbers that a sentence of a summary states, each with the values it can mean there, in order.

    >>> [sorted(number.values) for number in numbers_of("Twenty-five come at half past eight.")]
    [['25'], ['@510']]
    """
    plain = _without_tags(sentence)
    found: list[Number] = []
    for run in _runs(_pieces(plain), plain, _SPACE):
        joined = _joined(run) if len(run) <= _MOST_JOINED else frozenset()
        for piece in run:
            hour = _fraction_of_hour(plain, piece)
            values = hour.values if hour else piece.values | joined | _in_context(plain, piece)
            found.append(replace(piece, start=hour.start if hour else piece.start, values=values))
    return tuple(number for number in _with_minutes(plain, found) if not _is_idle(plain, number))


@lru_cache(maxsize=64)
def values_of(text: str) -> frozenset[str]:
    """Every value that a dialogue's words may mean, also rows of digits said one by one and measures in other units."""
    plain = _without_tags(text)
    pieces = _pieces(plain)
    values = {value for word in re.findall(r"[a-z]+", plain.lower()) for value in _IMPLIED.get(word, ())}
    values |= {"2"} if len(speakers_of(text)) == 2 else set()
    for piece in _with_minutes(plain, pieces):
        hour = _fraction_of_hour(plain, piece)
        values |= piece.values | _in_context(plain, piece) | _times(piece) | (hour.values if hour else set())
    for run in _runs(pieces, plain, _PAUSE):
        for first in range(len(run)):
            for last in range(first + 2, min(len(run), first + _MOST_JOINED) + 1):
                values |= _joined(run[first:last])
    return frozenset(values | _without_hour(plain, pieces) | _single_measures(plain))


def forget() -> None:
    """Let go of the dialogues that were read; what they come to does not change."""
    values_of.cache_clear()


def _without_tags(text: str) -> str:
    return SPEAKER_TAG.sub(lambda tag: " " * len(tag.group()), text)


def _pieces(text: str) -> list[Number]:
    """Words and numerals that are one number each, without looking at what they may mean together."""
    tokens = _tokens(text)
    found, at = [], 0
    while at < len(tokens):
        piece, used = _read(tokens[at : at + _MOST_JOINED])
        if piece:
            found.append(piece)
        at += used
    return found


def _tokens(text: str) -> list[_Token]:
    tokens, before = [], 0
    for match in _TOKEN.finditer(text):
        word = match.group().lower()
        # A superscript is a digit to Python and no number to its int(); rows that fill a page are no numbers either.
        kind = "digits" if word[0].isdecimal() and len(word) <= _LONGEST else _KINDS.get(word, "")
        tight = bool(_SPACE.fullmatch(text, before, match.start()))
        tokens.append(_Token(match.start(), match.end(), word, kind, tight))
        before = match.end()
    return tokens


def _read(tokens: Sequence[_Token]) -> tuple[Number | None, int]:
    """The number that begins with the first token, if one does, and how many tokens it takes."""
    value, used = _with_point(tokens, *_grow(tokens))
    start, written = tokens[0].start, tokens[0].word if tokens[0].kind == "digits" else ""
    if used > 1 or (used and not written):
        digits = "" if any(token.kind == "scale" for token in tokens[:used]) else str(value)
        return Number(
            start, tokens[used - 1].end, frozenset({_canonical(value)}), digits if digits.isdigit() else ""
        ), used
    if written:
        return Number(start, tokens[0].end, _numeral(written), written if written.isdigit() else ""), 1
    return None, 1


def _grow(tokens: Sequence[_Token]) -> tuple[Decimal, int]:
    """The value of the tokens that belong together from the first on, and their number: 0 where none does."""
    total, (current, used, before) = Decimal(0), _opening(tokens)
    while used < len(tokens) and (tokens[used].tight or not used) and tokens[used].kind in _NEXT[before]:
        word, before = tokens[used].word, tokens[used].kind
        if before == "and" and not (used + 1 < len(tokens) and tokens[used + 1].kind in _NEXT["and"]):
            break
        if before == "digits" and not re.fullmatch(r"\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+", word):
            break
        used += 1
        if before == "scale":
            current = (current or Decimal(1)) * _SCALES[word]
            total, current = (total + current, Decimal(0)) if _SCALES[word] >= 1000 else (total, current)
        elif before != "and":
            current += Decimal(word.replace(",", "")) if before == "digits" else _VALUES[word]
        if word in _LAST:
            break
        if [token.word for token in tokens[used : used + 2]] == ["and", "a"] and len(tokens) > used + 2:
            part = _PARTS.get(tokens[used + 2].word)
            current, used, before = (current + part, used + 3, "teen") if part else (current, used, before)
    return total + current, used


def _with_point(tokens: Sequence[_Token], value: Decimal, used: int) -> tuple[Decimal, int]:
    """The value and its tokens with the digits that are said behind a point: "thirty-nine point two"."""
    digits = list(takewhile(bool, map(_digit, tokens[used + 1 :])))
    if not used or not digits or not tokens[used].tight or tokens[used].word != "point":
        return value, used
    value, used = value + Decimal(f"0.{''.join(digits)}"), used + 1 + len(digits)
    scale = tokens[used] if used < len(tokens) and tokens[used].kind == "scale" and tokens[used].tight else None
    return (value * _SCALES[scale.word], used + 1) if scale else (value, used)


def _digit(token: _Token) -> str:
    """The digits that a word or numeral behind a point stands for, nothing for other words."""
    if token.tight and (token.word in _POINTED or (token.kind == "digits" and token.word.isdecimal())):
        return str(_VALUES.get(token.word, token.word))
    return ""


def _opening(tokens: Sequence[_Token]) -> tuple[Decimal, int, str]:
    """What stands before the first token that counts: "a" of "a hundred", "half a" of "half a dozen"."""
    kinds = [token.kind for token in tokens[:3]]
    if kinds[:2] == ["a", "scale"]:
        return Decimal(1), 1, "a"
    if tokens[0].word == "half" and kinds[1:] == ["a", "scale"]:
        return _PARTS["half"], 2, "a"
    spoken_zero = tokens[0].word == "oh"
    if spoken_zero and not (kinds[1:2] == ["unit"] and tokens[1].tight):
        return Decimal(0), 0, "stop"
    return Decimal(0), 0, "stop" if tokens[0].word in ("k", "bn", "grand") else ""


def _numeral(written: str) -> frozenset[str]:
    """What a numeral such as 1,200 or 8.30 may mean; parts of a date each for itself."""
    clock = _CLOCK.fullmatch(written)
    values: set[str] = set()
    if _GROUPED.fullmatch(written):
        values.add(_canonical(Decimal(re.sub(r",|\.(?=\d{3}(?:\D|$))", "", written))))
    if re.fullmatch(r"\d+(?:[.,]\d+)?", written) and "," not in written:
        values.add(_canonical(Decimal(written)))
    if clock and int(clock[1]) <= 24 and int(clock[2]) < 60:
        values.add(_time(int(clock[1]), int(clock[2])))
        values |= {clock[1], str(int(clock[1]) % 12)} if clock[2] == "00" else set()
    return frozenset(values or {str(int(part)) for part in re.split(r"[.,:]", written)})


def _runs(pieces: Sequence[Number], text: str, gap: re.Pattern[str]) -> Iterator[list[Number]]:
    """Pieces in groups of neighbours with only such a gap between them."""
    run: list[Number] = []
    for piece in pieces:
        if run and not gap.fullmatch(text, run[-1].end, piece.start):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _joined(run: Sequence[Number]) -> frozenset[str]:
    """What numbers said one after the other mean together: "one twenty-eight" is 128, 1.28 and 1:28."""
    if len(run) < 2 or not all(piece.digits for piece in run):
        return frozenset()
    first, tail = run[0].digits, "".join(piece.digits for piece in run[1:])
    values = {str(int(first + tail))}
    if len(tail) <= 2:
        values.add(_canonical(Decimal(f"{first}.{tail}")))
    if len(tail) == 2 and int(first) <= 24 and int(tail) < 60:
        values.add(_time(int(first), int(tail)))
    return frozenset(values)


def _in_context(text: str, piece: Number) -> frozenset[str]:
    """What a measure or "o'clock" behind a number adds to its values."""
    values = set(_times(piece)) if _AFTER_HOUR.match(text, piece.end) else set()
    unit = _MEASURED.match(text, piece.end)
    if unit:
        dimension, factor = _MEASURES[unit[1].lower()]
        plain = [Decimal(value) for value in piece.values if value[0].isdigit()]
        values |= {dimension + _canonical(value * factor) for value in plain}
    return frozenset(values)


def _times(piece: Number) -> frozenset[str]:
    whole = [int(value) for value in piece.values if value.isdigit()]
    return frozenset(_time(hour, 0) for hour in whole if hour <= 24)


def _fraction_of_hour(text: str, piece: Number) -> Number | None:
    """ "Half past eight", "quarter to eight" and "half eight", where the piece is the hour."""
    before = _BEFORE_HOUR.search(text, max(0, piece.start - 20), piece.start)
    if not before or not piece.digits or not 0 < int(piece.digits) <= 24:
        return None
    minutes = _FRACTIONS[(before[1] or "half").lower()]
    way = -1 if (before[2] or "past").lower() != "past" else 1
    return Number(before.start(), piece.end, frozenset({_time(int(piece.digits), way * minutes)}))


def _with_minutes(text: str, numbers: Sequence[Number]) -> list[Number]:
    """The numbers, where "twenty past eight" and "ten to six" each have the time among their values."""
    found = list(numbers)
    for place, (minutes, hour) in enumerate(pairwise(numbers)):
        between = _MINUTES.fullmatch(text, minutes.end, hour.start)
        if between and minutes.digits and hour.digits and int(minutes.digits) < 60 and int(hour.digits) <= 24:
            way = 1 if between[1].lower() == "past" else -1
            time = _time(int(hour.digits), way * int(minutes.digits))
            found[place] = replace(found[place], values=found[place].values | {time})
            found[place + 1] = replace(hour, values=hour.values | {time})
    return found


def _without_hour(text: str, pieces: Sequence[Number]) -> set[str]:
    """Times of "Till five. No, half past": the fraction of the two hours named last."""
    values = set()
    for match in _NO_HOUR.finditer(text):
        hours = [int(piece.digits) for piece in pieces if piece.end <= match.start() and piece.digits]
        minutes = _FRACTIONS[match[1].lower()] * (1 if match[2].lower() == "past" else -1)
        values |= {_time(hour, minutes) for hour in [hour for hour in hours if hour <= 24][-2:]}
    return values


def _single_measures(text: str) -> set[str]:
    """Measures without a number: "a week", "half an hour", "an hour and a half"."""
    values = set()
    for match in _ONE_MEASURE.finditer(text):
        dimension, factor = _MEASURES[match[2].lower()]
        share = _PARTS[match[1].lower()] if match[1] else Decimal(1)
        share += _PARTS[match[3].lower()] if match[3] else Decimal(0)
        values |= {dimension + _canonical(share * factor), _canonical(share * factor) if factor == 60 else ""}
    return values - {""}


def _is_idle(text: str, number: Number) -> bool:
    written = text[number.start : number.end].lower()
    return written in ("one", "first") or (written == "second" and bool(_SECOND_OF_TIME.search(text[: number.end])))


def _time(hour: int, minutes: int) -> str:
    return f"@{(60 * hour + minutes) % _HALF_DAY}"


def _canonical(value: Decimal) -> str:
    return format(value.normalize(), "f")
