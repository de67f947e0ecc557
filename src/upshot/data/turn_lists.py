"""Turn lists: conversations as JSON, in the shapes of meeting tools, chat programs, data sets and language models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from upshot.data.clock import seconds_from
from upshot.data.conversation import Conversation, Said
from upshot.data.json_rows import json_value, kind_of
from upshot.data.notices import counted
from upshot.data.plain_talk import plain_draft
from upshot.data.said import Draft, finished
from upshot.errors import DataError

LISTS: Final = (
    "turns",
    "messages",
    "meeting_transcripts",
    "transcript",
    "transcripts",
    "dialogue",
    "dialog",
    "conversation",
    "utterances",
    "segments",
    "chat",
)
SPEAKERS: Final = ("speaker", "name", "speaker_name", "from", "author", "sender", "user", "participant", "role")
WORDS: Final = ("text", "content", "message", "utterance", "value", "words")
STARTS: Final = ("start", "start_s", "start_time", "begin", "time", "timestamp")
ENDS: Final = ("end", "end_s", "end_time", "stop")
# Instructions to a language model and what its tools answered are nobody's words.
SILENT_ROLES: Final = ("system", "developer", "tool", "function")


def json_draft(text: str, *, name: str) -> Draft:
    """Turns of a JSON text: a list of turns, or an object with one.

    Raises:
        DataError: D25, D27-D33 and D37.
    """
    return draft_of(json_value(text, name), name=name)


def draft_of(value: Any, *, name: str) -> Draft:
    """Turns of a JSON value: a list of turns or lines, or an object with one, also one level deeper.

    Raises:
        DataError: D27, D33 or D37.
    """
    holder = value if isinstance(value, Mapping) else {}
    found = _within(value)
    if isinstance(found, Mapping):
        holder, found = {**holder, **found}, _within(found)
    consent = holder.get("consent") or ""
    if not isinstance(consent, str):
        raise DataError(f"{name}: 'consent' is {kind_of(consent)}, expected text", code="D37")
    if isinstance(found, str) and isinstance(value, Mapping):
        draft = plain_draft(found)
    elif isinstance(found, Sequence) and not isinstance(found, str):
        draft = _lines(found) if found and all(isinstance(item, str) for item in found) else _turns(found, name)
    else:
        raise DataError(f"{name}: no list of turns in it; expected one under 'turns', or at the top", code="D33")
    draft.consent = consent or draft.consent
    return draft


def from_turns(records: Sequence[Mapping[str, Any]], *, name: str = "") -> Conversation:
    """The conversation of a list of turns, each with a speaker, words and, where known, times in seconds.

    >>> from_turns([{"speaker": "Ann", "text": "Hi!", "start": 1.5}]).turns
    (Said(speaker='Ann', text='Hi!', start_s=1.5, end_s=None),)

    Raises:
        DataError: D27 for what is no object, D33 without words, D34 where nobody says anything, D37 for other values.
    """
    return finished(_turns(records, name or "the turns"), name)


def _within(value: Any) -> Any:
    """A list of turns under its key, or the value itself where it is no object."""
    if not isinstance(value, Mapping):
        return value
    return next((value[key] for key in LISTS if value.get(key)), None)


def _lines(lines: Sequence[str]) -> Draft:
    return plain_draft("\n".join(" ".join(line.split()) for line in lines))


def _turns(records: Sequence[Any], name: str) -> Draft:
    draft = Draft()
    silent = without_time = 0
    for number, record in enumerate(records, 1):
        place = f"{name} turn {number}"
        if not isinstance(record, Mapping):
            raise DataError(f"{place}: expected an object, got {kind_of(record)}", code="D27")
        if record.get("role") in SILENT_ROLES:
            silent += 1
            continue
        start, end = _time(record, STARTS), _time(record, ENDS)
        without_time += start is None and any(record.get(key) is not None for key in STARTS)
        if start is not None and end is not None and end < start:
            end = None
        draft.said.append(Said(_speaker(record, place), _words(record, place), start, end))
    if silent:
        draft.notes.append(f"{counted(silent, 'turn')} of a system or a tool left out")
    if without_time:
        draft.notes.append(f"{counted(without_time, 'time')} left out: not seconds, and not hh:mm:ss")
    return draft


def _speaker(record: Mapping[str, Any], place: str) -> str:
    """The first key that names somebody; an object is asked for its name, a number is a name too."""
    for key in SPEAKERS:
        value = record.get(key)
        if isinstance(value, Mapping):
            value = value.get("name", value.get("role"))
        if value is None or value == "":
            continue
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
            return str(value)
        raise DataError(f"{place}: '{key}' is {kind_of(value)}, expected text", code="D37")
    return ""


def _words(record: Mapping[str, Any], place: str) -> str:
    keys = [key for key in WORDS if key in record]
    if not keys:
        raise DataError(f"{place}: no words; expected them under 'text' or 'content'", code="D33")
    value = next((record[key] for key in keys if record[key] is not None), "")
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return " ".join(_part(part, f"{place}: '{keys[0]}'") for part in value)
    raise DataError(f"{place}: '{keys[0]}' is {kind_of(value)}, expected text", code="D37")


def _part(part: Any, place: str) -> str:
    """A word, or a part of a message; parts that are no text (pictures, calls of tools) have no words."""
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping):
        text = part.get("text", part.get("word", ""))
        return text if isinstance(text, str) else ""
    raise DataError(f"{place} holds {kind_of(part)}, expected texts", code="D37")


def _time(record: Mapping[str, Any], keys: Sequence[str]) -> float | None:
    return next((seconds_from(record[key]) for key in keys if record.get(key) is not None), None)
