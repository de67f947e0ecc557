"""Conversations from files, folders, standard input and texts, in any form that is read: one door for all of them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from upshot.data.conversation import Conversation
from upshot.data.files import Kinds, as_path, not_found, open_data, text_of
from upshot.data.notices import shown
from upshot.data.plain_talk import plain_draft
from upshot.data.said import finished
from upshot.data.subtitles import subtitle_draft
from upshot.data.turn_lists import from_turns, json_draft
from upshot.errors import DataError, UsageError

__all__ = ["conversation_files", "conversation_of", "from_turns", "read_conversation", "read_folder"]

SUFFIXES: Final = (".txt", ".text", ".vtt", ".srt", ".json")  # of a folder; a file that is named may have any
FORMS: Final = ("text", "vtt", "srt", "json")
MAX_BYTES: Final = 20_000_000  # four hundred hours of talk
MAX_LINES: Final = 1_000_000
CONSENT: Final = ".consent.txt"
STANDARD_INPUT: Final = "standard input"

_KINDS: Final = Kinds((), "a conversation as .txt, .vtt, .srt or .json")
_TABLES: Final = (".csv", ".jsonl", ".ndjson", ".parquet")
_OTHER: Final = (
    *(".doc", ".docx", ".odt", ".rtf", ".pdf", ".xls", ".xlsx", ".ods", ".tsv", ".html", ".htm"),
    *(".mp3", ".mp4", ".m4a", ".wav", ".ogg", ".webm", ".mov"),
)
_JSON: Final = re.compile(r"\s*(?:\[\s*[{\]]|\[\s*\"|\{\s*[\"}])")
_WEBVTT: Final = re.compile(r"\s*WEBVTT(?:\s|$)")
_CUE: Final = re.compile(r"\s*(?:[0-9]+\s+)?[0-9:.,]{4,17}[ \t]*-->[ \t]*[0-9]")


def read_conversation(path: Path | str, *, encoding: str = "utf-8") -> Conversation:
    """The conversation of a file, or of standard input for '-'. What it holds decides its form, then its suffix.

    Raises:
        DataError: a file that cannot be read, D01-D13, or used: D25-D38, D61. No error holds words of it.
        UsageError: a table of conversations, or an unknown encoding.
    """
    if str(path) == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise DataError(f"{STANDARD_INPUT}: over the limit of {MAX_BYTES / 1e6:.0f} MB", code="D12")
        return conversation_of(_decoded(content, STANDARD_INPUT, encoding), name=STANDARD_INPUT)
    file = as_path(path)
    name, suffix = shown(file.name or str(file)), file.suffix.lower()
    if suffix in _TABLES:
        raise UsageError(f"{name}: a table of conversations, expected one conversation as .txt, .vtt, .srt or .json")
    text = _text(Path(path), name, encoding)
    found = _conversation(text, name, _form(text, suffix))
    beside = file.with_name(f"{file.stem}{CONSENT}")
    if found.consent or not beside.is_file():
        return found
    note = " ".join(_text(beside, shown(beside.name), encoding).split())
    return Conversation(found.name, found.turns, found.notes, note)


def read_folder(path: Path | str, *, encoding: str = "utf-8") -> Iterator[tuple[Path, Conversation | DataError]]:
    """Every file of `conversation_files` in order with its conversation, or with what is wrong with it.

    Raises:
        DataError: D01-D03, before the first of them.
    """
    files, _ = conversation_files(path)
    return ((file, _or_error(file, encoding)) for file in files)


def conversation_files(path: Path | str) -> tuple[list[Path], list[Path]]:
    """Files of a folder and its folders that are read, by name, and those that are passed over.

    Hidden files and notes of consent are in neither list.

    Raises:
        DataError: D01-D03; D02 as well where no file can be read.
    """
    folder = as_path(path)
    name = shown(folder.name or str(folder))
    if not folder.exists():
        raise not_found(path)
    if not folder.is_dir():
        raise DataError(f"{name}: not a folder", code="D02")
    found = [file for file in _walk(folder, name) if not file.name.endswith(CONSENT)]
    read = [file for file in found if file.suffix.lower() in SUFFIXES]
    if not read:
        raise DataError(f"{name}: no conversation in this folder ({', '.join(SUFFIXES)})", code="D02")
    return read, [file for file in found if file.suffix.lower() not in SUFFIXES]


def conversation_of(text: str, *, name: str = "", form: str | None = None) -> Conversation:
    """The conversation of a text in one of FORMS; without a form it is told by how text and name look.

    >>> conversation_of("Ann: Hi!\\nBen: Hello.").turns[1].speaker
    'Ben'

    Raises:
        DataError: D12 for too many lines, D25-D38, D61.
        UsageError: an unknown form.
    """
    if form is not None and form not in FORMS:
        raise UsageError(f"unknown form '{shown(form)}'; expected {', '.join(FORMS)}")
    return _conversation(text.removeprefix("\ufeff"), name, form or _form(text, Path(name).suffix.lower()))


def _conversation(text: str, name: str, form: str) -> Conversation:
    place = shown(name) or "the text"
    if (lines := max(text.count("\n"), text.count("\r"))) > MAX_LINES:
        raise DataError(f"{place}: {lines:,} lines are over the limit of {MAX_LINES:,}", code="D12")
    if form == "json":
        return finished(json_draft(text, name=place), name)
    if form == "text":
        return finished(plain_draft(text), name)
    return finished(subtitle_draft(text, form=form, name=place), name)


def _form(text: str, suffix: str) -> str:
    """What a text shows of itself first: a .txt may hold subtitles, and a .vtt SubRip."""
    head = text[:2000].removeprefix("\ufeff")
    if _WEBVTT.match(head):
        return "vtt"
    if suffix == ".json" or _JSON.match(head):
        return "json"
    if suffix == ".srt" or _CUE.match(head):
        return "srt"
    return "vtt" if suffix == ".vtt" else "text"


def _text(file: Path, name: str, encoding: str) -> str:
    if file.suffix.lower() in _OTHER:
        said = f"unsupported type '{file.suffix.lower()}' (use {_KINDS.expected})"
        raise DataError(f"{name}: {said}", code="D06")
    with open_data(file, encoding=encoding, max_bytes=MAX_BYTES, kinds=_KINDS) as data:
        return _decoded(data.handle.read(), name, encoding)


def _decoded(content: bytes, name: str, encoding: str) -> str:
    text = text_of(content, name=name, encoding=encoding)
    if not text.strip():
        raise DataError(f"{name}: file is empty", code="D04")
    return text


def _or_error(file: Path, encoding: str) -> Conversation | DataError:
    try:
        return read_conversation(file, encoding=encoding)
    except DataError as error:
        return error


def _walk(folder: Path, name: str) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise DataError(f"{name}: cannot be listed ({error.strerror})", code="D03")

    for place, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = sorted(inner for inner in folders if not inner.startswith("."))
        yield from (Path(place) / file for file in sorted(files) if not file.startswith("."))
