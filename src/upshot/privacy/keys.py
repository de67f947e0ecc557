"""Keys of masked conversations in a file that stays with its owner: written once, for nobody else, and read back."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from upshot.data.conversation import Conversation
from upshot.data.files import Kinds, as_path, open_data
from upshot.errors import DataError, ResourceError, UsageError
from upshot.privacy.mask import Key, is_placeholder, mask
from upshot.rundir import STAGING, sync_folder

PRIVATE: Final = 0o600
_KINDS: Final = Kinds((), "a key that upshot summarize --key wrote")
_ENDS: Final = ('{"upshot_mask_key": 1, "keys": [', "\n]}\n")


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Entry(_Value):
    id: str
    source_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    values: dict[str, str]


class _File(_Value):
    upshot_mask_key: Literal[1]
    keys: list[_Entry]


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of one file by the hash and by the name of their conversations; printing it shows how many there are."""

    file: str
    by_hash: Mapping[str, Key] = field(repr=False)
    by_name: Mapping[str, tuple[Key, ...]] = field(repr=False)

    def of(self, name: str, sha256: str = "") -> Key:
        """The key of a conversation: by the hash of its text where that is known, else by its name.

        Raises:
            UsageError: there is none, or several conversations have this name.
        """
        if sha256:
            if sha256 in self.by_hash:
                return self.by_hash[sha256]
            raise UsageError(f"{name}: {self.file} holds no key of this conversation ({self._held(name)})")
        found = self.by_name.get(name, ())
        if not found:
            raise UsageError(f"{name}: {self.file} holds no key of this conversation ({self._held(name)})")
        if len(found) > 1:
            raise UsageError(
                f"{name}: {self.file} holds {len(found)} keys of conversations with this name; unmask the answers in "
                "JSON, which tell them apart"
            )
        return found[0]

    def only(self) -> Key:
        """The one key of the file, for a text that does not say which conversation it is about.

        Raises:
            UsageError: there are several, or none.
        """
        found = [key for keys in self.by_name.values() for key in keys]
        if len(found) != 1:
            names = list(self.by_name)[:3]
            such = f", such as --id {names[0]!r}" if names else ""
            raise UsageError(
                f"{self.file} holds keys of {len(found)} conversations; say whose text this is with --id NAME{such}"
            )
        return found[0]

    def _held(self, name: str) -> str:
        count = sum(map(len, self.by_name.values()))
        return "one of this name, of another text" if name in self.by_name else f"it holds {count} of others"


def write_keys(path: Path, conversations: Iterable[Conversation]) -> int:
    """How many keys there are: those of the conversations as `mask` makes them, in a new file of mode 0600.

    A file with these very keys stays as it is, so that what was stopped can go on. Nothing is ever written over.

    Raises:
        UsageError: the file is there and holds something else.
        ResourceError: it cannot be written.
    """
    if os.path.lexists(path):
        return _compared(path, conversations)
    temporary, count = path.with_name(f"{STAGING}{os.getpid()}-{path.name}"), -len(_ENDS)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with open(handle, "w", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123 - by its handle
            for piece in _pieces(conversations):
                stream.write(piece)
                count += 1
            stream.flush()
            os.fsync(stream.fileno())
        _publish(temporary, path)
    except OSError as error:
        raise ResourceError(f"{path}: the key cannot be written ({error.strerror})") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return count


def read_keys(path: Path) -> Keys:
    """The keys of a file.

    Raises:
        DataError: the file cannot be read (D01-D13), or holds no keys. No error holds a word of it.
    """
    with open_data(Path(path), kinds=_KINDS) as file:
        content = file.handle.read()
    try:
        found = _File.model_validate_json(content)
    except ValidationError as error:
        raise DataError(f"{file.name}: {_wrong(error)}; expected {_KINDS.expected}: take it from a copy") from None
    if strange := next((entry for entry in found.keys if not all(map(is_placeholder, entry.values))), None):
        number = 1 + found.keys.index(strange)
        raise DataError(f"{file.name}: key {number} is of no placeholders; expected {_KINDS.expected}")
    by_hash: dict[str, Key] = {}
    by_name: dict[str, tuple[Key, ...]] = {}
    for entry in found.keys:
        key = Key(entry.values)
        by_hash.setdefault(entry.source_sha256, key)
        if key not in by_name.get(entry.id, ()):
            by_name[entry.id] = (*by_name.get(entry.id, ()), key)
    return Keys(file.name, by_hash, by_name)


def open_to_others(path: Path) -> bool:
    """Whether others than its owner may read a file."""
    return bool(stat.S_IMODE(as_path(path).stat().st_mode) & 0o077)


def _pieces(conversations: Iterable[Conversation]) -> Iterator[str]:
    """The file's text: its beginning, a line a conversation, its end."""
    yield _ENDS[0]
    for number, conversation in enumerate(conversations):
        entry = {
            "id": conversation.name,
            "source_sha256": conversation.source_sha256,
            "values": dict(mask(conversation)[1].values),
        }
        yield f"{',' * (number > 0)}\n{json.dumps(entry, ensure_ascii=False)}"
    yield _ENDS[1]


def _publish(temporary: Path, path: Path) -> None:
    """Give the file its name, and never that of another that has come there meanwhile."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise _taken(path) from None
    except OSError:  # no links on this file system
        if os.path.lexists(path):
            raise _taken(path) from None
        temporary.rename(path)
    sync_folder(path.parent)


def _compared(path: Path, conversations: Iterable[Conversation]) -> int:
    """How many keys a file holds, where these are the conversations' own."""
    count = -len(_ENDS)
    try:
        if not path.is_file():
            raise _taken(path)
        with path.open(encoding="utf-8", newline="\n") as stream:
            for piece in _pieces(conversations):
                count += 1
                if stream.read(len(piece)) != piece:
                    raise _taken(path)
            if stream.read(1):
                raise _taken(path)
    except UnicodeDecodeError:
        raise _taken(path) from None
    except OSError as error:
        raise ResourceError(f"{path}: the key cannot be read ({error.strerror})") from None
    return count


def _taken(path: Path) -> UsageError:
    return UsageError(
        f"{path}: is there and holds other keys or something else; a key is never written over: give another file"
    )


def _wrong(error: ValidationError) -> str:
    """What is wrong with a file, without what it holds."""
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "not valid JSON"
    if first["loc"][:1] == ("upshot_mask_key",):
        return "no key of this version of upshot"
    place = next((part for part in first["loc"] if isinstance(part, int)), None)
    return "not a key" if place is None else f"key {place + 1} is damaged"
