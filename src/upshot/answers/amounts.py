"""Numbers, doses, money, dates, times and deadlines of a text, each with what it may mean: one reading for both sides.

Rules look at a few words around each number and each word of the calendar, so that time grows with the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final, Literal

from upshot.analysis.numbers import Number, numbers_of
from upshot.answers.noun_phrases import widened
from upshot.privacy.rules import PLACEHOLDER

Kind = Literal["number", "dose", "money", "date", "time", "deadline"]

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_SHORT_MONTHS: Final = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_ANY_MONTH: Final = rf"(?:{'|'.join(_MONTHS)}|{_SHORT_MONTHS})(?!\w)"
_PERIOD: Final = r"(?:day|night|week|weekend|month|quarter|term|year|semester|decade)"
_PART_OF_DAY: Final = r"(?: (?:morning|afternoon|evening|night))?"
# Days and hours named without a number. A month without one counts where it is written large.
_CALENDAR: Final = re.compile(
    rf"\b(?:(?i:(?P<day>{'|'.join(_DAYS)})s?{_PART_OF_DAY})|(?i:(?P<hour>noon|midday|midnight))"
    rf"|(?i:(?P<next>the day after tomorrow|tomorrow{_PART_OF_DAY}|tonight|(?:next|following) {_PERIOD}))"
    rf"|(?i:(?P<end>(?:the )?end of (?:the|this|next) {_PERIOD}))"
    rf"|(?i:within (?:the next )?(?P<within>an?|the|half an?) (?P<unit>minute|hour|day|week|month|year))"
    rf"|(?P<month>{'|'.join(map(str.title, _MONTHS))}))(?!\w)"
)
_MONEY_BEFORE: Final = re.compile(r"(?:[$€£¥₹]|\b(?:usd|eur|gbp) ?) ?$", re.IGNORECASE)
_MONEY: Final = re.compile(
    r" ?(?:[$€£¥₹]|(?:dollars?|bucks|euros?|pounds?(?! of| lighter| heavier)|cents?|pence|quid|yuan|yen|rupees|francs"
    r"|usd|eur|gbp)(?!\w))",
    re.IGNORECASE,
)
_OFTEN: Final = r"(?: (?:an?|per|each|every|before|after|with) (?:day|night|morning|evening|meal|week|hour)| daily)"
_DOSE: Final = re.compile(
    r"[ -]?(?:(?:mg|mcg|µg|μg|ml|cc|iu|milligrams?|micrograms?|millilit(?:er|re)s?|(?:[a-z]{3,12} )?(?:tablets?|pills?"
    rf"|capsules?|drops|puffs?|teaspoons?|tablespoons?|spoonfuls?|sprays|sachets?|doses|injections?))(?!\w){_OFTEN}?"
    r"| times (?:an? day|per day|daily|every day))",
    re.IGNORECASE,
)
_TIMES_A_DAY: Final = re.compile(r"\b(once|twice) (?:(?:an?|every|each|per) day|daily)\b", re.IGNORECASE)
_CLOCK: Final = re.compile(r"\d{1,2}:\d\d|(?:half|quarter)[ -].*|.* (?:past|to|till) .*", re.IGNORECASE | re.DOTALL)
_TIME: Final = re.compile(r" ?(?:o['’]clock|[ap]\.m\.|[ap]m(?!\w)|sharp(?!\w))", re.IGNORECASE)
_AT: Final = re.compile(r"\b(?:at|around|about|from|since) $", re.IGNORECASE)
_ENDS: Final = re.compile(
    r" *(?:[.,;:!?)…–—-]|$)"
    r"| (?:on|tomorrow|tonight|in the|this|or|and|then|if|because|at|is|works|of|instead|to|till|until)\b",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(r"[ -](?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?)(?!\w)", re.IGNORECASE)
_DEADLINE: Final = re.compile(
    r"\b(?:by|before|until|till|within|(?:no|not) later than|not after|due(?: on| by| in)?|deadline (?:is|of)"
    r"|at the latest by)(?: about| around)?(?: the)?(?: this| next)? $",
    re.IGNORECASE,
)
_DATE_BEFORE: Final = re.compile(rf"\b(?:{_ANY_MONTH}\.? (?:the )?)$", re.IGNORECASE)
_DATE: Final = re.compile(rf"(?:st|nd|rd|th)?(?: of)? {_ANY_MONTH}(?:,? \d{{4}})?", re.IGNORECASE)
_ORDINAL: Final = re.compile(r"(?:st|nd|rd|th)(?!\w)", re.IGNORECASE)
_THE: Final = re.compile(r"\b(?:the|on|until|by|before) $", re.IGNORECASE)
_NUMERIC_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_BESIDE: Final = re.compile(r"[ \t]?[-‐–]?[ \t]?")
_PAST: Final = re.compile(r"[ -](?:minutes? )?(?:past|to|till)[ -]", re.IGNORECASE)
_AND_DATE: Final = re.compile(r",? (?:the )?")
_PEOPLE: Final = re.compile(r" of (?:us|you|them|these|those)\b", re.IGNORECASE)
_BY_WHAT_FOLLOWS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("money", _MONEY),
    ("dose", _DOSE),
    ("date", _DATE),
)
_ORDINAL_WORD: Final = re.compile(r"[a-z -]*(?:second|third|th)", re.IGNORECASE)
_ONE_BEFORE: Final = re.compile(r"\bone[ -]$", re.IGNORECASE)  # of "one twenty-eight"
# "May I?" is no month, "in May I" is.
_MAY_I: Final = re.compile(r"May (?:I|you|we|he|she|it|they|the|this|that|be|not|have)\b")
_IN: Final = re.compile(
    r"\b(?:in|by|of|to|till|until|since|before|after|this|next|last|early|mid|late)[ -]$", re.IGNORECASE
)
_MASKED_NUMBERS: Final = ("[NUMBER", "[CARD", "[IBAN", "[SSN")
_LOOK_BACK: Final = 24
_LAST_HOUR: Final = 24
_MOST_JOINED: Final = 12
_WHEN: Final = ("date", "time", "deadline")


@dataclass(frozen=True, slots=True)
class Amount:
    """One of them, from `start` up to `end`.

    Another one tells the same where it `means` one of these `values`; a date means its month too, and asks for the day.
    """

    start: int
    end: int
    kind: Kind
    values: frozenset[str]
    means: frozenset[str]


def amounts_of(text: str) -> tuple[Amount, ...]:
    """What a text tells in numbers or words of the calendar, in order, none inside another.

    >>> [(item.kind, sorted(item.values)) for item in amounts_of("Take two tablets until Friday.")]
    [('dose', ['2']), ('deadline', ['friday'])]
    """
    masked = list(_masked(text))
    text = PLACEHOLDER.sub(lambda placeholder: "_" * len(placeholder.group()), text)
    numbers = [number for number in _together(text) if not _PEOPLE.match(text, number.end)]
    found = [*(_numeric(text, number) for number in numbers), *_calendar(text), *_a_day(text), *masked]
    kept: list[Amount] = []
    for item in sorted(found, key=lambda item: (item.start, -item.end)):
        if (
            kept
            and item.kind in _WHEN
            and kept[-1].kind in _WHEN
            and _AND_DATE.fullmatch(text, kept[-1].end, item.start)
        ):
            values, means = kept[-1].values | item.values, kept[-1].means | item.means
            kept[-1] = replace(kept[-1], end=item.end, values=values, means=means)
        elif not kept or item.start >= kept[-1].end:
            kept.append(item)
        else:
            kept[-1] = replace(kept[-1], means=kept[-1].means | item.means)
    return tuple(_with_nouns(text, kept, {number.start: number.end for number in numbers}))


def _with_nouns(text: str, found: Sequence[Amount], ends: Mapping[int, int]) -> Iterator[Amount]:
    """Plain numbers with the noun phrase that they count, as far as it holds no other of them."""
    before = 0
    for item, following in zip_longest(found, found[1:]):
        start, end = item.start, item.end
        if item.kind == "number" and start in ends:
            ordinal = _ORDINAL.match(text, ends[start])
            start, end = widened(text, start, ordinal.end() if ordinal else ends[start])
            start = item.start if start < before else start
            end = item.end if following and end > following.start else end
        yield replace(item, start=start, end=end)
        before = end


def _together(text: str) -> list[Number]:
    """Numbers, with neighbours as one: "four fifty", "twenty past eight", "2026-03-04"."""
    dates = {match.start(): match.end() for match in _NUMERIC_DATE.finditer(text)}
    found: list[Number] = []
    until = joined = 0
    for number in numbers_of(text):
        before = found[-1] if found else None
        if before and joined < _MOST_JOINED and (number.start < until or _is_one(text, before, number)):
            found[-1] = replace(before, end=number.end, values=before.values | number.values)
            joined += 1
        else:
            joined = 0
            one = _ONE_BEFORE.search(text, max(0, number.start - 5), number.start)
            found.append(replace(number, start=one.start()) if one else number)
            until = dates.get(number.start, until)
    return found


def _is_one(text: str, one: Number, two: Number) -> bool:
    if _BESIDE.fullmatch(text, one.end, two.start):
        return True
    told = {value for value in one.values & two.values if value.startswith("@")}
    return bool(told) and bool(_PAST.fullmatch(text, one.end, two.start))


def _numeric(text: str, number: Number) -> Amount:
    kind, start, end = _kind(text, number)
    values = number.values
    if kind == "time":
        hours = [int(value) for value in values if value.isdecimal() and int(value) <= _LAST_HOUR]
        values |= {f"@{60 * hour % 720}" for hour in hours}
    months = {match.group().lower()[:3] for match in re.finditer(_ANY_MONTH, text[start:end], re.IGNORECASE)}
    span = _SPAN.match(text, number.end) if kind == "number" else None
    end = span.end() if span else end
    due = _DEADLINE.search(text, max(0, start - _LOOK_BACK), start) if span or kind in ("date", "time") else None
    if due:
        return Amount(due.start(), end, "deadline", values, values | months)
    return Amount(start, end, kind, values, values | months)


def _kind(text: str, number: Number) -> tuple[Kind, int, int]:
    """What a number is by the words around it, with the first and the last of them that belong to it."""
    start, end, before = number.start, number.end, max(0, number.start - _LOOK_BACK)
    if sign := _MONEY_BEFORE.search(text, before, start):
        return "money", sign.start(), end
    for kind, pattern in _BY_WHAT_FOLLOWS:
        if after := pattern.match(text, end):
            return kind, start, after.end()
    if _NUMERIC_DATE.fullmatch(text, start, end):
        return "date", start, end
    ordinal = _ORDINAL.match(text, end)
    end = ordinal.end() if ordinal else end
    if month := _DATE_BEFORE.search(text, before, start):
        return "date", month.start(), end
    ordinal = ordinal or _ORDINAL_WORD.fullmatch(text, start, end)
    if ordinal and _THE.search(text, before, start) and _ENDS.match(text, end):
        return "date", start, end
    if hour := _TIME.match(text, end):
        return "time", start, hour.end()
    if _CLOCK.fullmatch(text, start, end) or (_is_hour(number) and _stands_for_hour(text, number)):
        return "time", start, end
    return "number", start, end


def _is_hour(number: Number) -> bool:
    return any(value.isdecimal() and 0 < int(value) <= _LAST_HOUR for value in number.values)


def _stands_for_hour(text: str, number: Number) -> bool:
    """ "At seven.", "by seven", where no noun follows."""
    before = max(0, number.start - _LOOK_BACK)
    said = _AT.search(text, before, number.start) or _DEADLINE.search(text, before, number.start)
    return bool(said) and bool(_ENDS.match(text, number.end))


def _calendar(text: str) -> Iterator[Amount]:
    for match in _CALENDAR.finditer(text):
        if _MAY_I.match(text, match.start()) and not _IN.search(text, max(0, match.start() - 8), match.start()):
            continue
        kind: Kind = "time" if match["hour"] else "date"
        values = frozenset(_calendar_values(match))
        due = _DEADLINE.search(text, max(0, match.start() - _LOOK_BACK), match.start())
        if match["within"]:
            yield Amount(match.start(), match.end(), "deadline", values, values)
        elif due:
            yield Amount(due.start(), match.end(), "deadline", values, values)
        else:
            yield Amount(match.start(), match.end(), kind, values, values)


def _calendar_values(match: re.Match[str]) -> Iterator[str]:
    words = match.group().lower()
    if match["hour"]:
        yield "@0"
        yield "12" if words != "midnight" else "0"
    elif match["within"]:
        share = 2 if "half" in words else 1
        yield from (
            value for number in numbers_of(f"{1 / share} {match['unit']}") for value in number.values if value[0] == "t"
        )
    elif match["day"]:
        yield match["day"].lower()
    elif match["month"]:
        yield match["month"].lower()[:3]
    else:
        # A summary written later says "the next day" for tomorrow.
        yield "next day" if words.startswith("tomorrow") else words.removeprefix("the ").replace("following", "next")


def _masked(text: str) -> Iterator[Amount]:
    """Placeholders of numbers: the number of the placeholder itself is none."""
    for match in PLACEHOLDER.finditer(text):
        if match.group().startswith(_MASKED_NUMBERS):
            values = frozenset({match.group().lower()})
            yield Amount(match.start(), match.end(), "number", values, values)


def _a_day(text: str) -> Iterator[Amount]:
    for match in _TIMES_A_DAY.finditer(text):
        values = frozenset({f"{match[1].lower()} a day"})
        yield Amount(match.start(), match.end(), "dose", values, values)


def told_by(amounts: Sequence[Amount]) -> dict[str, set[str]]:
    """Groups of kinds in which each value is told: a summary's numbers, looked up by what they mean."""
    told: dict[str, set[str]] = {}
    for item in amounts:
        for value in item.means:
            told.setdefault(value, set()).add(group_of(item.kind))
    return told


def group_of(kind: Kind) -> str:
    """Kinds that tell the same: dates, times and deadlines are when; each other kind is its own."""
    return "when" if kind in _WHEN else kind
