"""Data files opened safely: kind, size and magic bytes first, then physical lines of text with line ends kept."""

from __future__ import annotations

import codecs
import errno
import hashlib
import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from upshot.data.notices import shown, shown_path
from upshot.errors import DataError, UsageError

SUFFIXES: Final = (".csv", ".jsonl", ".ndjson", ".json", ".parquet")
MAX_BYTES: Final = 2_000_000_000
LINE_END: Final = re.compile(r"\r\n|\r|\n")

_MAGIC: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_PACKED_SUFFIXES: Final = (".gz", ".zip", ".bz2", ".xz", ".zst")
_HEAD_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Kinds:
    """Suffixes that are read (none: any), and what messages call such files."""

    suffixes: tuple[str, ...]
    expected: str


TABLES: Final = Kinds(SUFFIXES, ".csv, .jsonl or .json")


@dataclass(frozen=True, slots=True)
class DataFile:
    """An open data file. `name` is what messages call it, `sha256` the hash of all its bytes."""

    path: Path
    name: str
    suffix: str
    sha256: str
    handle: IO[bytes]


@contextmanager
def open_data(
    path: Path, *, encoding: str = "utf-8", max_bytes: int = MAX_BYTES, kinds: Kinds = TABLES
) -> Iterator[DataFile]:
    """An open, hashed data file at its first byte; `~` is the home folder.

    A file that is not found is named by its path as given, every other by its name alone.

    Raises:
        DataError: D01-D04, D06, D09, D11-D13 when it opens; D56 when it changed until the block ended.
    """
    name, suffix = shown(path.name or str(path)), path.suffix.lower()
    given, path = path, as_path(path)
    try:
        before = _stat(given, name, kinds)
        with path.open("rb") as handle:
            head = handle.read(_HEAD_BYTES)
            if kinds.suffixes:
                _check_suffix(head, name, suffix, kinds)
            check_head(head, name=name, encoding=encoding, binary=suffix == ".parquet")
            if before.st_size > max_bytes:
                raise DataError(f"{name}: {_size(before.st_size)} is over the limit of {_size(max_bytes)}", code="D12")
            handle.seek(0)
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
            handle.seek(0)
            yield DataFile(path, name, suffix, sha256, handle)
        if _version(before) != _version(path.stat()):
            raise DataError(f"{name}: changed while it was being read", code="D56")
    except OSError as error:
        raise _unreadable(error, name, given) from None


def as_path(name: Path | str) -> Path:
    """The path of a name, with `~` as the home folder where there is one."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def text_lines(file: DataFile, encoding: str = "utf-8") -> Iterator[str]:
    """Physical lines with their line ends as they are; a byte order mark is left out.

    Raises:
        DataError: D07 for a NUL, D08 for bytes that the encoding does not know.
        UsageError: no such encoding.
    """
    try:
        text = io.TextIOWrapper(file.handle, encoding=encoding, newline="")
    except (LookupError, ValueError):
        raise _no_encoding(encoding) from None
    try:
        with text:
            for number, line in enumerate(text, 1):
                if "\0" in line:
                    raise DataError(f"{file.name} line {number}: NUL byte, this is not a text file", code="D07")
                yield line.removeprefix("\ufeff") if number == 1 else line
    except UnicodeError:
        raise _undecodable(file.path.read_bytes(), file.name, encoding) from None


def line_at(text: str, position: int) -> int:
    """Number of the physical line that holds the character at `position`, from 1.

    >>> line_at("a\\r\\nb\\rc\\nd", 7)
    4
    """
    return 1 + len(LINE_END.findall(text[:position]))


def text_of(content: bytes, *, name: str, encoding: str = "utf-8") -> str:
    """Text of all bytes of a file or a stream, line ends as they are; a byte order mark is left out.

    Raises:
        DataError: D04, D07-D09, D11.
        UsageError: no such encoding.
    """
    check_head(content[:_HEAD_BYTES], name=name, encoding=encoding)
    try:
        text = content.decode(encoding)
    except (LookupError, ValueError) as error:
        if isinstance(error, UnicodeError):
            raise _undecodable(content, name, encoding) from None
        raise _no_encoding(encoding) from None
    if (place := text.find("\0")) >= 0:
        raise DataError(f"{name} line {line_at(text, place)}: NUL byte, this is not a text file", code="D07")
    return text.removeprefix("\ufeff")


def check_head(head: bytes, *, name: str, encoding: str, binary: bool = False) -> None:
    """Nothing for the first bytes of a file that may be read.

    Raises:
        DataError: D04 empty, D11 packed, D09 UTF-16 where the encoding is UTF-8.
    """
    if not head:
        raise DataError(f"{name}: file is empty", code="D04")
    if packed := _packed(head):
        raise DataError(f"{name}: is compressed ({packed}); unpack it first", code="D11")
    if not binary and _codec(encoding) in ("utf-8", "utf-8-sig") and _looks_like_utf16(head):
        raise DataError(f"{name}: looks like UTF-16; convert the file or pass --encoding utf-16", code="D09")


def _stat(path: Path, name: str, kinds: Kinds) -> os.stat_result:
    try:
        found = as_path(path).stat()
    except ValueError:  # a NUL inside the name
        raise not_found(path) from None
    if stat.S_ISDIR(found.st_mode):
        raise DataError(f"{name}: is a folder, expected {kinds.expected}", code="D02")
    if not stat.S_ISREG(found.st_mode):
        raise DataError(f"{name}: not a regular file", code="D13")
    return found


def _check_suffix(head: bytes, name: str, suffix: str, kinds: Kinds) -> None:
    if suffix not in kinds.suffixes and not (_packed(head) and suffix in _PACKED_SUFFIXES):
        raise DataError(f"{name}: unsupported type '{shown(suffix)}' (use {kinds.expected})", code="D06")


def _packed(head: bytes) -> str | None:
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def _looks_like_utf16(head: bytes) -> bool:
    """With its mark, or without one: Latin text then has a zero in every second byte, and in those only."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    zeros = (head[0::2].count(0), head[1::2].count(0))
    return min(zeros) == 0 and max(zeros) > 0.4 * len(head) / 2


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        return encoding


def _no_encoding(encoding: str) -> UsageError:
    return UsageError(f"unknown encoding '{shown(encoding)}'; try utf-8 or latin-1")


def _undecodable(data: bytes, name: str, encoding: str) -> DataError:
    """The error with the place of the first bad byte, which streams do not tell: it wants the whole file."""
    label, advice = ("UTF-8", "latin-1") if _codec(encoding) in ("utf-8", "utf-8-sig") else (encoding, "utf-8")
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        line = line_at(data[: error.start].decode(encoding, "replace"), len(data))
        return DataError(
            f"{name} line {line}: byte 0x{data[error.start]:02X} is not valid {label}; "
            f"convert the file or pass --encoding {advice}",
            code="D08",
        )
    except UnicodeError:
        pass  # some codecs (UTF-16 without its mark) name no place
    return DataError(f"{name}: not valid {label}; convert the file or pass --encoding {advice}", code="D08")


def not_found(path: Path | str) -> DataError:
    """The error of a path at which nothing stands, as it was given."""
    return DataError(f"{shown_path(path)}: file not found", code="D01")


def _unreadable(error: OSError, name: str, given: Path) -> DataError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return not_found(given)
    if isinstance(error, PermissionError):
        return DataError(f"{name}: permission denied", code="D03")
    if error.errno == errno.ELOOP:
        return DataError(f"{name}: not a regular file", code="D13")
    return DataError(f"{name}: cannot be read ({error.strerror or error})")


def _version(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _size(number: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} bytes"
