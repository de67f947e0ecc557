"""WebVTT and SubRip: cues with their times become turns; no word is lost, and a bad time is an error with its line.

webvtt-py leaves out cues with a time that it cannot read and gives all words of a cue to its first voice, so blocks are
read here; on well-formed files both find the same words and times, which a test holds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from upshot.data.clock import seconds_of
from upshot.data.conversation import Said
from upshot.data.files import LINE_END
from upshot.data.notices import counted
from upshot.data.said import Draft
from upshot.data.turns import turn_of
from upshot.errors import DataError

LONGEST_PAUSE_S: Final = 10.0
MOST_WORDS: Final = 60
ENOUGH_WORDS: Final = 30  # from here on a turn ends with its sentence, so that evidence is no torn sentence

_ARROW: Final = re.compile(r"\s*([0-9:.,]{4,17})\s*-->\s*([0-9:.,]{4,17})(?:\s.*)?")
# What stands on one side of an arrow makes a line one of times, also where they cannot be read.
_TIMES: Final = re.compile(
    r"\s*(?:[0-9]\S{0,20})?\s*-->|.{0,40}-->\s*[0-9]+:|\s*[0-9:.,]{4,17}\s*(?:->|=>|[–—]>)\s*[0-9:.,]{4,17}\s*$"
)
_TAG: Final = re.compile(
    r"</?(?:[bciuvs]|lang|ruby|rt|font|span)(?=[\s.>])[^<>]*>|<[0-9][0-9:.]{1,16}>|\{\\[^{}]{1,20}\}", re.IGNORECASE
)
_INLINE_TIME: Final = re.compile(r"<[0-9]{1,4}:[0-9:.]{1,16}>")
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>.]{1,40})*\s+([^<>\n]{1,200})>")
_CHANGE: Final = re.compile(r"\s*(?:>>\s*|[-–—](?:\s+|(?=[^\W\d_])))(?=\S)")  # "-5" is a number
_NOT_CUES: Final = ("NOTE", "STYLE", "REGION")
_CONSENT: Final = re.compile(r"NOTE\s+consent\s?:\s*(.*)", re.IGNORECASE | re.DOTALL)
_SENTENCE_END: Final = (".", "!", "?", "…", "。", "！", "？")


@dataclass(slots=True)
class _Cue:
    start_s: float
    end_s: float | None
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words of one speaker in one cue; `speaker` is None where the cue does not say who speaks."""

    speaker: str | None
    words: str
    cue: _Cue


def subtitle_draft(text: str, *, form: str, name: str) -> Draft:
    """Turns of a text in the form "vtt" or "srt"; consecutive cues of one speaker are one turn, within bounds.

    Raises:
        DataError: D61 for a time that cannot be read, a WebVTT text without its first line, or no cue at all.
    """
    draft = Draft()
    cues = _cues(text, form, name, draft)
    voices = any("<v" in line and _VOICE.search(line) for cue in cues for line in cue.lines)
    if any("<" in line and _INLINE_TIME.search(line) for cue in cues for line in cue.lines):
        _drop_repeated_lines(cues, draft)
    pieces = (piece for cue in cues for piece in _pieces(cue, voices=voices, entities=form == "vtt"))
    draft.said = list(_turns(pieces, voices=voices))
    return draft


@dataclass(slots=True)
class _Cues:
    """Cues as they are read, and blocks of text that have no time of their own: added to a cue, or before the first."""

    name: str
    form: str
    found: list[_Cue] = field(default_factory=list)
    added: int = 0
    before: int = 0

    def add(self, lines: Sequence[str], *, said: bool = True) -> None:
        """Give lines to the last cue; `said` counts them."""
        if self.found:
            self.found[-1].lines += lines
        self.added += bool(self.found) and said
        self.before += not self.found

    def notes(self) -> Iterator[str]:
        """What is to be said of the blocks."""
        if self.added:
            yield f"{counted(self.added, 'block')} of text without a time, added to the cue before"
        if self.before:
            yield f"{counted(self.before, 'block')} of text before the first cue, left out"


def _cues(text: str, form: str, name: str, draft: Draft) -> list[_Cue]:
    physical = LINE_END.split(text)
    blocks = list(_blocks(physical))
    if form == "vtt":
        _drop_header(blocks, name)
    cues = _Cues(name, form)
    for index, (number, lines) in enumerate(blocks):
        if not lines or (form == "vtt" and _is_note(lines, draft)):
            continue
        if any(map(_has_times, lines)):
            _read_block(number, lines, cues)
        elif not (_is_number(lines) and _has_times("".join(blocks[index + 1][1][:1] if blocks[index + 1 :] else ()))):
            # A line of spaces within a cue, as rolling captions have it, is no end of the cue.
            cues.add(lines, said=number < 2 or not physical[number - 2])
    if not cues.found:
        raise DataError(f"{name}: no cue such as 00:00:01.000 --> 00:00:04.000 in it", code="D61")
    draft.notes += cues.notes()
    return cues.found


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines that are not blank, each with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate((*lines, ""), 1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _drop_header(blocks: list[tuple[int, list[str]]], name: str) -> None:
    """Take the header out of the first block: all of it, unless the blank line behind it is missing.

    Raises:
        DataError: D61 without a header.
    """
    number, lines = blocks[0] if blocks else (1, [""])
    if not re.match(r"WEBVTT(?:\s|$)", lines[0]):
        raise DataError(f"{name} line 1: expected WEBVTT, the first line of a .vtt file", code="D61")
    first = next((index for index, line in enumerate(lines) if _has_times(line)), len(lines))
    blocks[0] = (number + first, lines[first:])


def _is_number(lines: Sequence[str]) -> bool:
    return len(lines) == 1 and lines[0].strip().isdecimal()


def _is_note(lines: Sequence[str], draft: Draft) -> bool:
    if not lines[0].startswith(_NOT_CUES) or any(map(_has_times, lines)):
        return False
    consent = _CONSENT.fullmatch("\n".join(lines))
    if consent and not draft.consent:
        draft.consent = consent.group(1)
    return True


def _read_block(number: int, lines: Sequence[str], cues: _Cues) -> None:
    """Add the cues of a block: more than one where blank lines between them are missing."""
    for index, line in enumerate(lines):
        if _has_times(line):
            cues.found.append(_timed(line, f"{cues.name} line {number + index}"))
            continue
        follows = index + 1 < len(lines) and _has_times(lines[index + 1])
        if not follows or not (line.strip().isdecimal() or (index == 0 and cues.form == "vtt")):
            cues.add([line], said=index == 0)  # else it is the number, or name, of the cue that follows


def _has_times(line: str) -> bool:
    return ">" in line and _TIMES.match(line) is not None


def _timed(line: str, place: str) -> _Cue:
    found = _ARROW.fullmatch(line)
    start, end = (seconds_of(time) for time in found.groups()) if found else (None, None)
    if start is None or end is None:
        raise DataError(f"{place}: expected times such as 00:00:01.000 --> 00:00:04.000", code="D61")
    return _Cue(start, end if end >= start else None)


def _drop_repeated_lines(cues: Sequence[_Cue], draft: Draft) -> None:
    """Captions that roll show each line twice: as it is spoken, with times of words, and above the next one."""
    last, dropped = "", 0
    for cue in cues:
        kept = []
        for line in cue.lines:
            bare = " ".join(_TAG.sub("", line).split())
            if bare and bare == last:
                dropped += 1
            elif bare:
                kept.append(line)
                last = bare
        cue.lines = kept
    if dropped:
        draft.notes.append(f"{counted(dropped, 'line')} of rolling captions left out, which repeat the line before")


def _pieces(cue: _Cue, *, voices: bool, entities: bool) -> Iterator[_Piece]:
    speaker: str | None = "" if voices else None
    for line in cue.lines:
        spoken = _VOICE.split(line) if voices and "<v" in line else [line]
        for index, part in enumerate(spoken):
            if index % 2:
                speaker = _plain(part, entities)
                continue
            words = _plain(part, entities).strip()
            if not voices:
                speaker, words = _said_by(words)
            if words or not voices:
                yield _Piece(speaker, words, cue)


def _plain(text: str, entities: bool) -> str:
    if "<" in text or "{" in text:
        text = _TAG.sub("", text)
    return html.unescape(text) if entities and "&" in text else text


def _said_by(line: str) -> tuple[str | None, str]:
    """Who speaks and the words; a line that begins with a dash or >> is somebody else's, whoever that is."""
    change = _CHANGE.match(line)
    rest = line[change.end() :] if change else line
    turn = turn_of(rest)
    if turn:
        return turn.speaker, turn.text
    return ("" if change else None), rest


def _turns(pieces: Iterator[_Piece], *, voices: bool) -> Iterator[Said]:
    speaker, words, count = "", list[str](), 0
    start = end = 0.0
    for piece in pieces:
        added = len(piece.words.split())
        changed = piece.speaker is not None and (piece.speaker != speaker or (not voices and piece.speaker == ""))
        if words and (changed or _ends(words, count, added, pause=piece.cue.start_s - end)):
            yield Said(speaker, " ".join(words), start, end)
            words, count = [], 0
        if piece.speaker is not None:
            speaker = piece.speaker
        if not words:
            start, end = piece.cue.start_s, piece.cue.start_s
        if piece.words:
            words.append(piece.words)
            count += added
        end = max(end, piece.cue.end_s if piece.cue.end_s is not None else piece.cue.start_s)
    if words:
        yield Said(speaker, " ".join(words), start, end)


def _ends(words: Sequence[str], count: int, added: int, *, pause: float) -> bool:
    """Whether a turn is long enough: after a pause, by its words, or from ENOUGH_WORDS on with its sentence."""
    if pause > LONGEST_PAUSE_S or count + added > MOST_WORDS:
        return True
    return count >= ENOUGH_WORDS and words[-1].rstrip("\"'”’)").endswith(_SENTENCE_END)
