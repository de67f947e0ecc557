"""Conversations in plain text: "Name: words", with or without times, in the shapes that people and programs write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from upshot.data.clock import TIME, clock_seconds, seconds_of
from upshot.data.conversation import Said
from upshot.data.files import LINE_END
from upshot.data.said import Draft
from upshot.data.turns import Turn, turn_of

# Most transcripts begin near zero; a first time of 10:32 may as well be a time of day.
DOUBTFUL_S: Final = 300

_DATE: Final = r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}(?:,?\s{1,3}|T)"
_STAMP: Final = rf"(?P<date>{_DATE})?(?P<start>{TIME})(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?"
_IN_BRACKETS: Final = rf"(?P<open>[\[(])?\s?{_STAMP}(?:\s?(?:-->|to|[-–—])\s?(?P<end>{TIME}))?\s?(?(open)[\])])"
_LEAD: Final = re.compile(rf"{_IN_BRACKETS}(?=[\s|:–—-]|$)\s*(?:[|:–—-]\s)?\s*(?P<rest>.*)")
_NAME: Final = r"(?P<name>[^\W\d_][^\[\]():：]{0,59}?|\[[^\[\]():：]{1,60}\])"
_NAMED: Final = re.compile(rf"{_NAME}\s{{0,9}}{_IN_BRACKETS}\s?[:：]\s*(?P<rest>.*)")
_HEADER: Final = re.compile(rf"{_NAME}[\s,|–—-]{{1,9}}{_IN_BRACKETS}$")
_BOLD: Final = re.compile(r"(?:[-*•]\s)?(\*\*|__)([^*_:]{1,60}):?\1:?\s")
_LONGEST_HEADER: Final = 120
_CONSENT: Final = re.compile(r"\s*consent\s?:\s*(.*)", re.IGNORECASE)


class _Stamp(NamedTuple):
    start_s: float
    end_s: float | None
    date: str
    clock: bool  # a time of day, counted from midnight
    short: bool  # without seconds or without hours: which of them is not told


@dataclass(frozen=True, slots=True)
class _Line:
    """A line: whom it names, what is said, when. `whole` is all of it, `blank` whether a blank line is before it."""

    whole: str
    blank: bool
    turn: Turn | None = None
    stamp: _Stamp | None = None
    bracketed: bool = False
    header: bool = False


@dataclass(slots=True)
class _Open:
    speaker: str
    words: list[str]
    stamp: _Stamp | None


@dataclass(slots=True)
class _Style:
    """How a text is written, told by counting its lines."""

    headers: bool = False  # names stand on lines of their own, before a time
    names: bool = False
    stamps: bool = False  # most lines begin with a time, and none of them names a speaker
    paragraphs: bool = False


@dataclass(slots=True)
class _Builder:
    style: _Style
    turns: list[_Open] = field(default_factory=list)
    pending: _Stamp | None = None

    def begin(self, speaker: str, words: str, stamp: _Stamp | None) -> None:
        self.turns.append(_Open(speaker, [words] if words else [], stamp or self.pending))
        self.pending = None

    def last_speaker(self) -> str:
        return self.turns[-1].speaker if self.turns else ""


def plain_draft(text: str) -> Draft:
    """Turns of a plain text; without any speaker each paragraph, or else each line, is a turn.

    A line without a name continues the turn before it. A first line "Consent: ..." is the note of consent.
    """
    consent, body = _consent(text)
    lines = list(_lines(body))
    style = _style(lines)
    builder = _Builder(style)
    for line in lines:
        _add(line, builder)
    draft = Draft(consent=consent)
    draft.said = list(_said(builder.turns, draft))
    return draft


def _consent(text: str) -> tuple[str, str]:
    first, *rest = LINE_END.split(text.lstrip(), 1)
    found = _CONSENT.fullmatch(first)
    return (found.group(1).strip(), "".join(rest)) if found else ("", text)


def _lines(text: str) -> Iterator[_Line]:
    blank = False
    for line in LINE_END.split(text):
        stripped = line.strip().lstrip("\u200e\u200f\ufeff")
        if stripped:
            yield _read(stripped, blank)
        blank = not stripped


def _read(line: str, blank: bool) -> _Line:
    lead = _LEAD.match(line) if line[0] in "[(" or line[0].isdigit() else None
    stamp = _stamp(lead) if lead else None
    if lead and stamp:
        rest = lead["rest"]
        return _Line(line, blank, _turn(rest) or Turn("", rest), stamp, bool(lead["open"]))
    turn = _turn(line)
    if turn:
        after = _LEAD.match(turn.text) if turn.text[:1] in ("[", "(") else None
        stamp = _stamp(after) if after else None
        return _Line(line, blank, Turn(turn.speaker, after["rest"]) if after and stamp else turn, stamp)
    return _with_inner_time(line, blank) or _Line(line, blank)


def _with_inner_time(line: str, blank: bool) -> _Line | None:
    """A line such as "Ann (10:32): Hi", or "Ann 10:32" alone."""
    inner = _NAMED.match(line)
    found = inner or (_HEADER.match(line) if len(line) <= _LONGEST_HEADER else None)
    stamp = _stamp(found) if found else None
    turn = turn_of(f"{found['name'].strip('[] ')}: ") if found and stamp else None
    if not found or not turn:
        return None
    return _Line(line, blank, Turn(turn.speaker, inner["rest"] if inner else ""), stamp, header=not inner)


def _turn(line: str) -> Turn | None:
    bold = _BOLD.match(line + " ")
    return turn_of(f"{bold[2]}: {line[bold.end() :]}" if bold else line)


def _stamp(found: re.Match[str]) -> _Stamp | None:
    start, end, date = found["start"], found["end"], (found["date"] or "").strip(", T")
    if date or found["half"]:
        seconds = clock_seconds(start, found["half"] or "")
        return None if seconds is None else _Stamp(seconds, None, date, clock=True, short=False)
    seconds = seconds_of(start)
    return None if seconds is None else _Stamp(seconds, seconds_of(end or ""), "", False, start.count(":") == 1)


def _style(lines: Sequence[_Line]) -> _Style:
    headers = [line.header for line in lines]
    named = sum(1 for line in lines if line.turn and line.turn.speaker and not line.header)
    stamped = sum(1 for line in lines if line.stamp)
    own_lines = sum(headers) > max(named, 1)  # one such line alone may be words, as "Lunch 12:30"
    # Where times stand before names, a line such as "10:30 suits me" goes on with what was said before it.
    both = any(line.stamp and line.turn and line.turn.speaker and not line.header for line in lines)
    stamps = not both and 2 * stamped >= len(lines)
    return _Style(own_lines, own_lines or named > 0, stamps, any(line.blank for line in lines[1:]))


def _add(line: _Line, builder: _Builder) -> None:
    style, turn, stamp = builder.style, line.turn, line.stamp
    if line.header and not style.headers:
        turn = stamp = None
    if turn and turn.speaker and (line.header or not style.headers):
        builder.begin(turn.speaker, turn.text, stamp)
    elif turn and stamp and not turn.speaker and (line.bracketed or style.stamps or stamp.date or not turn.text):
        if turn.text:  # with a date it is a notice of a chat program, which is nobody's
            builder.begin("" if stamp.date else builder.last_speaker(), turn.text, stamp)
        else:
            builder.pending = stamp
    elif builder.pending or not builder.turns or (not style.names and (line.blank or not style.paragraphs)):
        builder.begin(builder.last_speaker(), line.whole, None)
    else:
        builder.turns[-1].words.append(line.whole)


def _said(turns: Sequence[_Open], draft: Draft) -> Iterator[Said]:
    stamps = [turn.stamp for turn in turns if turn.stamp]
    dates = {stamp.date for stamp in stamps if stamp.clock}
    if len(dates) > 1:
        draft.notes.append("times left out: they are of several days")
    clocks = [stamp for stamp in stamps if stamp.clock]
    if stamps and not clocks and stamps[0].short and stamps[0].start_s >= DOUBTFUL_S:
        draft.notes.append("times such as 10:32 are read as minutes and seconds")
    for turn in turns:
        start, end = _times(turn.stamp, clocks)
        yield Said(turn.speaker, " ".join(turn.words), *((None, None) if len(dates) > 1 else (start, end)))


def _times(stamp: _Stamp | None, clocks: Sequence[_Stamp]) -> tuple[float | None, float | None]:
    """Seconds from the beginning; times of day are counted from the first of them, across midnight."""
    if stamp is None:
        return None, None
    if stamp.clock:
        return round((stamp.start_s - clocks[0].start_s) % 86_400, 3), None
    return stamp.start_s, stamp.end_s if stamp.end_s is None or stamp.end_s >= stamp.start_s else None
