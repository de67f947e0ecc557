"""The run folder, the only memory between stages: atomic writes, one lock, one place that knows the file names."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from upshot.errors import BusyError, DataError, ResourceError, UsageError
from upshot.records import CURE, Dialogue, Prediction, Row, Score, load_lines

STAGING = ".staging-"
WINDOW: Final = 10_000  # records in memory at once, where a file passes in windows

T = TypeVar("T", Prediction, Score, Dialogue, Row)


@dataclass(frozen=True, slots=True)
class RunDir:
    """Paths of a run's files."""

    root: Path

    @property
    def arms(self) -> Path:
        """Folder of all arms."""
        return self.root / "arms"

    def arm(self, name: str) -> Path:
        """Folder of one arm."""
        return self.arms / name

    def weights(self, name: str) -> Path:
        """Hugging Face folder of a trained arm."""
        return self.arm(name) / "weights"

    def before(self, name: str) -> Path:
        """Where an arm's folder is put aside: the first free `before/NAME-N`. Nothing else reads that folder."""
        taken = {path.name for path in (self.root / "before").glob("*")}
        return self.root / "before" / next(f"{name}-{n}" for n in count(1) if f"{name}-{n}" not in taken)

    def exported(self, name: str, quantization: str) -> Path:
        """An arm in CTranslate2's form."""
        return self.arm(name) / f"ct2-{quantization}"

    def split(self, name: str) -> Path:
        """The rows or dialogues of a split as the run uses them."""
        return self.root / "data" / f"{name}.jsonl"

    def predictions(self, arm: str, split: str) -> Path:
        """Predictions of an arm: `predictions.jsonl` for the test, `validation.jsonl` for the validation split."""
        return self.arm(arm) / ("predictions.jsonl" if split == "test" else f"{split}.jsonl")


def write_text(path: Path, text: str) -> None:
    """Write a file so that a crash leaves the old content or the new, never a part.

    Raises:
        ResourceError: no space, no permission, or the path is something else.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """As `write_text`, for bytes."""
    temporary = path.with_name(f"{STAGING}{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise ResourceError(f"{path}: cannot be written ({error.strerror})") from None


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object atomically."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, or an empty one where there is no file.

    Raises:
        DataError: the file holds something else.
    """
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise DataError(f"{path}: not valid JSON; {CURE}")
    return content


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Add one JSON object to a log; a reader ignores a line that a crash cut off.

    Raises:
        ResourceError: the line cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    except OSError as error:
        raise ResourceError(f"{path}: cannot be written ({error.strerror})") from None


def lines_of(path: Path) -> Iterator[str]:
    """Lines of a run's file one by one, with their ends; none where there is no file. A crash may cut off the last."""
    if path.exists():
        with path.open(encoding="utf-8", newline="\n") as stream:
            try:
                yield from stream
            except UnicodeDecodeError:
                raise DataError(f"{path}: not UTF-8 text; {CURE}") from None


def drop_cut_line(path: Path) -> None:
    """Remove the last line of a log where a crash cut it off: the next would be glued to it."""
    if not path.exists():
        return
    with path.open("r+b") as stream:
        end = stream.seek(0, os.SEEK_END)
        while end > 0:
            begin = max(0, end - 65_536)
            stream.seek(begin)
            found = stream.read(end - begin).rfind(b"\n")
            if found >= 0:
                stream.truncate(begin + found + 1)
                return
            end = begin
        stream.truncate(0)


@contextmanager
def staged_file(path: Path) -> Iterator[IO[str]]:
    """A text file to write piece by piece, published under `path` in one rename when the block ends well.

    Raises:
        ResourceError: no space, no permission, or the path is something else.
    """
    temporary = path.with_name(f"{STAGING}{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ResourceError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_text(path: Path) -> str:
    """Text of a run's file, or an empty string where there is none.

    Raises:
        DataError: the file is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text; {CURE}") from None


def read_lines(path: Path, kind: type[T]) -> list[T]:
    """Records of a run's file of JSON Lines, none where there is no file.

    Raises:
        DataError: a line that is no such record, or a prediction, score or dialogue whose id stands there twice.
    """
    return _once_each(load_lines(read_text(path), kind, str(path)), kind, path)


def read_windows(path: Path, kind: type[T]) -> Iterator[list[T]]:
    """Records as `read_lines` has them, but at most WINDOW of them at a time: a split may be larger than the memory."""
    lines = lines_of(path)
    while window := load_lines(islice(lines, WINDOW), kind, str(path)):
        yield _once_each(window, kind, path)


def _once_each(records: list[T], kind: type[T], path: Path) -> list[T]:
    if kind is not Row:
        ids = Counter(record.id for record in records)
        if twice := next((name for name, count in ids.items() if count > 1), None):
            raise DataError(f"{path}: id '{twice}' stands there {ids[twice]} times; keep one line of each dialogue")
    return records


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, published under `target` in one rename with a manifest of checksums written last.

    Raises:
        ResourceError: the disk is full or not writable; nothing of the attempt stays.
    """
    staging = target.parent / f"{STAGING}{os.getpid()}-{target.name}"
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        yield staging
        write_json(staging / "MANIFEST.json", {"files": _checksums(staging)})
        for path in staging.rglob("*"):
            _sync(path)
        if target.exists():
            shutil.rmtree(target)
        staging.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        free = shutil.disk_usage(target.parent if target.parent.exists() else "/").free / 1e6
        raise ResourceError(f"{target}: cannot be saved ({error.strerror}; {free:.1f} MB free)") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def damage(folder: Path) -> str | None:
    """What is wrong with a folder that has a manifest, or None: every file is there with its checksum."""
    manifest = folder / "MANIFEST.json"
    if not manifest.exists():
        return "MANIFEST.json is missing"
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        files = {name: entry["sha256"] for name, entry in content["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return "MANIFEST.json is not readable"
    for name, checksum in files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if file_sha256(path) != checksum:
            return f"{name}: checksum differs"
    return None


def _checksums(folder: Path) -> dict[str, dict[str, Any]]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": file_sha256(path)} for path in paths
    }


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def value_sha256(value: Any) -> str:
    """Hex SHA-256 of a JSON-ready value, independent of key order."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def remove(path: Path) -> None:
    """Remove a file or folder of a run, if it is there."""
    if path.is_dir():
        (path / "MANIFEST.json").unlink(missing_ok=True)  # a half-deleted folder must not look whole
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def move(source: Path, target: Path) -> None:
    """Move a folder of a run to a free place on the same disk in one rename.

    Raises:
        ResourceError: it cannot be moved; then it is where it was.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        sync_folder(target.parent)
        sync_folder(source.parent)
    except OSError as error:
        raise ResourceError(f"{source}: cannot be moved to {target} ({error.strerror})") from None


@contextmanager
def locked(root: Path) -> Iterator[RunDir]:
    """The run folder, made if needed, held by this process alone. The kernel frees the lock when the process dies.

    Raises:
        BusyError: another process holds it.
        UsageError: the path is a file.
        ResourceError: the folder cannot be made.
    """
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root}: is a file, expected a run folder")
    try:
        root.mkdir(parents=True, exist_ok=True)
        stream = (root / ".lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise ResourceError(f"{root}: cannot be written ({error.strerror})") from None
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            raise BusyError(f"{root} is in use by {stream.read().strip() or 'another process'}") from None
        stream.truncate(0)
        stream.write(f"process {os.getpid()} since {datetime.now():%H:%M}")
        stream.flush()
        for leftover in list(root.rglob(f"{STAGING}*")):
            remove(leftover)
        yield RunDir(root)


def sync_folder(folder: Path) -> None:
    """Make a rename durable: fsync of the folder itself."""
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
