"""E-mail, URL, IP, IBAN, card, SSN and any run of seven or more digits in a text, in linear time and without a model.

Every pattern reads a run once: possessive repeats, bounded repeats, and a look behind that keeps it from starting anew
inside of a run. Check digits decide what a run is called, never whether it is found.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from upshot.privacy.checksums import iban_length, is_card, is_iban

KINDS: Final = ("email", "url", "ip", "iban", "card", "ssn", "number")  # the most specific first
FEWEST_DIGITS: Final = 7

# What `mask` has written already: nothing is looked for within.
PLACEHOLDER: Final = re.compile(r"\[(?:EMAIL|URL|IP|IBAN|CARD|SSN|NUMBER|NAME|OTHER)(?:-\d{1,6})?\]|#Person\d{1,6}#")

_LOCAL: Final = r"\w.!#$%&'*+/=?^`{|}~\-"
_EMAIL: Final = re.compile(rf"(?<![{_LOCAL}])[{_LOCAL}]++\s?[@＠](?=\s?([\w.．\-]++))")
_LEADING: Final = ".'*`/!#?=&|-"
_TOP_LEVEL: Final = re.compile(r"xn--[a-z0-9-]+|[^\W\d_]\w{1,23}", re.IGNORECASE)

_URL: Final = re.compile(r"(?:[a-z][a-z0-9+.\-]{1,15}+://|(?<!\w)www\.)[^\s<>\"]++", re.IGNORECASE)
_HEAD: Final = re.compile(r"[a-z][a-z0-9+.\-]*://|www\.", re.IGNORECASE)
_TRAILING: Final = ".,;:!?)]}'\"”’*_"
_HOST: Final = re.compile(
    r"(?<![\w.\-@])(?:[a-z0-9\-]++\.(?=[a-z0-9]))++([a-z]++)(?![\w@\-])((?::\d{1,5})?/[^\s<>\"]*+)?", re.IGNORECASE
)
# Without a scheme or a path, only endings that are no English words: "home.in", "tell.me" are missing spaces.
_ENDINGS: Final = frozenset(
    """
    app biz ca ch co com cz de dev dk edu es eu fi fr gov ie info io jp mil net nl nz online org pl pt ru se shop uk
    """.split()  # noqa: SIM905
)

_IPV4: Final = re.compile(r"(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)(?:/\d{1,2}(?!\d))?(?::\d{1,5}(?!\d))?")
_IPV6: Final = re.compile(r"(?<![\w:.])[0-9a-f:][0-9a-f:.]++(?!\w)", re.IGNORECASE)
_LONGEST_IPV6: Final = 45

_IBAN: Final = re.compile(r"(?<![a-z0-9])[a-z]{2}[0-9]{2}(?:[ \u00a0\-]?[a-z0-9]){11,30}", re.IGNORECASE)

# Between two digits: up to four of these, but no comma or dot before a space (the end of a clause), unless the digits
# are read out one by one ("5, 5, 5").
_BETWEEN: Final = r"(?:(?![.,]\s)[\s\-‐‑‒–—−./()+_~·•,]){0,4}+"
_ONE_BY_ONE: Final = r"(?<!\d\d),\s(?=\d(?!\d))"
_RUN: Final = re.compile(rf"(?<!\d)[+(]{{0,2}}+\d(?:(?:{_ONE_BY_ONE}|{_BETWEEN})\d)*+")
_EXTENSION: Final = re.compile(r"\s?(?:x|ext\.?|extension)\s?\d{1,6}(?!\w)", re.IGNORECASE)
# A code of letters and digits: with seven digits in it all of it goes, not the digits alone.
_CODE: Final = re.compile(r"(?<![\w\-])[^\W_](?:-?[^\W_])*+")
_SSN: Final = re.compile(r"(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}")
_DIGITS: Final = re.compile(r"\d+")


class Span(NamedTuple):
    """A value in a text from `start` up to `end`, and what kind it is."""

    kind: str
    start: int
    end: int


def find(text: str) -> tuple[Span, ...]:
    """Values in the order of the text, none overlapping; what overlaps is one value of the longest one's kind.

    >>> [(span.kind, span.start, span.end) for span in find("Write to ann@shop.example or call 555-123-4567.")]
    [('email', 9, 25), ('number', 34, 46)]
    """
    found: list[Span] = []
    at = 0
    for written in PLACEHOLDER.finditer(text):
        found += _shifted(_spans(text[at : written.start()]), at)
        at = written.end()
    return merged([*found, *_shifted(_spans(text[at:]), at)], KINDS)


def merged(spans: Iterable[Span], kinds: tuple[str, ...]) -> tuple[Span, ...]:
    """Spans in order; those that overlap become one, named by the longest, and by `kinds` between equals.

    >>> merged([Span("number", 0, 9), Span("card", 0, 9), Span("ip", 8, 12)], ("ip", "card", "number"))
    (Span(kind='card', start=0, end=12),)
    """
    apart: list[tuple[Span, Span]] = []  # the span so far, and the one that names it
    for span in sorted(spans, key=lambda span: (span.start, -span.end, kinds.index(span.kind))):
        if not apart or span.start >= apart[-1][0].end:
            apart.append((span, span))
            continue
        whole, namer = apart[-1]
        namer = min(namer, span, key=lambda one: (one.start - one.end, kinds.index(one.kind)))
        apart[-1] = (Span(namer.kind, whole.start, max(whole.end, span.end)), namer)
    return tuple(whole for whole, _ in apart)


def _shifted(spans: Iterable[Span], by: int) -> Iterator[Span]:
    return (Span(kind, start + by, end + by) for kind, start, end in spans)


def _spans(text: str) -> Iterator[Span]:
    yield from _emails(text)
    yield from _urls(text)
    yield from _addresses(text)
    yield from _ibans(text)
    yield from _runs(text)


def _emails(text: str) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        start = match.start() + len(match.group()) - len(match.group().lstrip(_LEADING))
        domain = match.group(1).rstrip(".．-_")
        _, dot, last = domain.replace("．", ".").rpartition(".")
        if dot and _TOP_LEVEL.fullmatch(last) and start < match.end() - 1:
            yield Span("email", start, match.start(1) + len(domain))


def _urls(text: str) -> Iterator[Span]:
    for match in _URL.finditer(text):
        head = _HEAD.search(match.group())
        end = match.start() + len(match.group().rstrip(_TRAILING))
        if head and end > match.start() + head.end():
            yield Span("url", match.start(), end)
    for match in _HOST.finditer(text):
        if match.group(2) or match.group(1).lower() in _ENDINGS:
            yield Span("url", match.start(), match.start() + len(match.group().rstrip(_TRAILING)))


def _addresses(text: str) -> Iterator[Span]:
    for match in _IPV4.finditer(text):
        if _is_address(re.split("[/:]", match.group())[0]):
            yield Span("ip", *match.span())
    for match in _IPV6.finditer(text):
        written = match.group().rstrip(".")
        shorter = written.removesuffix(":")
        for tried in dict.fromkeys((written, shorter)):
            if len(tried) <= _LONGEST_IPV6 and tried.count(":") > 1 and _DIGITS.search(tried) and _is_address(tried):
                yield Span("ip", match.start(), match.start() + len(tried))
                break


def _is_address(written: str) -> bool:
    try:
        ipaddress.ip_address(re.sub(r"(?<![0-9a-f])0+(?=\d)", "", written, flags=re.IGNORECASE))
    except ValueError:
        return False
    return True


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        length = iban_length(match.group()[:2])
        places = [place for place, sign in enumerate(match.group()) if sign.isalnum()][:length]
        if length and len(places) == length and is_iban("".join(match.group()[place] for place in places)):
            yield Span("iban", match.start(), match.start() + places[-1] + 1)


def _runs(text: str) -> Iterator[Span]:
    for match in _RUN.finditer(text):
        groups = _DIGITS.findall(match.group())
        if sum(map(len, groups)) >= FEWEST_DIGITS:
            extension = _EXTENSION.match(text, match.end())
            end = extension.end() if extension else match.end()
            yield Span(_kind_of_run(match.group(), groups), match.start(), end)
    for match in _CODE.finditer(text):
        if sum(map(len, _DIGITS.findall(match.group()))) >= FEWEST_DIGITS:
            yield Span("number", *match.span())


def _kind_of_run(written: str, groups: list[str]) -> str:
    if _SSN.fullmatch(written):
        return "ssn"
    # A card with an expiry date behind it is one run: its first groups tell, and at most 19 digits are read.
    digits = ""
    for group in groups[:19]:
        digits += group
        if len(digits) > 12 and is_card(digits):
            return "card"
        if len(digits) > 19:
            break
    return "number"
