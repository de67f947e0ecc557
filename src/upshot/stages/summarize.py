"""summarize: batches. Conversations of a table or a folder become answers, one a line; a killed batch continues."""

from __future__ import annotations

import fcntl
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from upshot.answers.answer import Answer, Options
from upshot.data.batch_rows import Extent, Item, Rows, extent_of, items_of
from upshot.data.conversation import Conversation
from upshot.data.files import as_path
from upshot.errors import BusyError, DataError, NumbersError, ResourceError, StoppedError, UpshotError, UsageError
from upshot.events import Event, Stop, Tell, never, silent
from upshot.records import dump_lines, whole_lines
from upshot.rundir import drop_cut_line, lines_of, read_json, write_json

Summarize = Callable[[Sequence[Conversation], Options], list[Answer]]

# What is made between two looks at signals, and lost when a process is killed.
CHUNK_ROWS: Final = 32
CHUNK_CHARACTERS: Final = 60_000

_OWN_ERRORS: Final = (DataError, NumbersError, ResourceError)  # of one conversation; others are of the whole batch
_MARK: Final = ("arm", "weights_sha256", "prompt")


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What a batch came to. `made` and `kept` are rows of this start and of earlier ones, errors among them.

    `errors` counts rows without a summary by code ("" without one); `held_back` those withheld or abstained from.
    """

    out: Path
    rows: int
    made: int
    kept: int
    errors: Mapping[str, int]
    held_back: int
    seconds: float


@dataclass(slots=True)
class _Work:
    """A batch on its way: where answers go, what is asked for, and how far it is."""

    out: Path
    extent: Extent
    summarize: Summarize
    options: Options
    kept: int = 0
    done: int = 0
    characters_left: int = 0
    characters_made: int = 0
    held_back: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def count(self, line: Mapping[str, Any]) -> None:
        """Add a row that stands in the file."""
        self.done += 1
        if "error" in line:
            self.errors[line["error"].get("code") or ""] += 1
        elif line.get("abstained") or line.get("privacy", {}).get("withheld"):
            self.held_back += 1

    @property
    def progress(self) -> Event:
        """How far it is; the time left is that of the characters that are left."""
        eta = self.seconds * self.characters_left / self.characters_made if self.characters_made else None
        facts = {"done": self.done, "total": self.extent.rows, "errors": self.errors.total()}
        times = {"seconds": round(self.seconds, 2), "eta_s": None if eta is None else round(eta, 1)}
        return Event("summarized", self.out.name, facts | times)


def summarize_rows(
    rows: Rows, out: Path, summarize: Summarize, *, options: Options, tell: Tell = silent, stop: Stop = never
) -> BatchFacts:
    """Write one answer a line, in the order of the rows; rows that stand there already are not made again.

    A row that cannot be read or summarised stands there as its row, id and error, without its text.

    Raises:
        StoppedError: a signal asked for the end; finished rows are kept, the same command continues.
        DataError: the source cannot be read to its end; nothing was summarised then.
        UsageError: `out` holds something else, or answers of another source, other options or another arm.
        BusyError, ResourceError: another process writes there; it cannot be written.
    """
    _check_target(rows, out)
    extent = extent_of(rows)
    for note in extent.notes:
        tell(Event("note", note))
    work = _Work(out, extent, summarize, options, characters_left=extent.characters)
    with _held(out) as stream:
        state = _state_of(out, _inputs(rows, extent, options))
        _count_kept(work)
        items = items_of(rows)
        for item in islice(items, work.kept):
            work.characters_left -= item.characters
        tell(work.progress)
        for chunk in _chunks(items):
            _check_stop(work, stop)
            lines = _lines(chunk, work)
            _check_arm(lines, state, out)
            _write(stream, lines, out)
            for line in lines:
                work.count(line)
            said = sum(item.characters for item in chunk)
            work.characters_left -= said
            work.characters_made += said
            tell(work.progress)
    made = work.done - work.kept
    return BatchFacts(out, extent.rows, made, work.kept, dict(work.errors), work.held_back, round(work.seconds, 2))


def state_path(out: Path) -> Path:
    """The file beside the answers that says what they were made from: another batch is never mixed into them."""
    return out.with_name(f"{out.name}.inputs.json")


def _check_target(rows: Rows, out: Path) -> None:
    sources = rows.source if isinstance(rows.source, tuple) else (rows.source,)
    if out.is_dir():
        raise UsageError(f"{out}: is a folder, expected a .jsonl file to write")
    places = [as_path(source).resolve() for source in sources]
    if out.resolve() in places:
        raise UsageError(f"{out}: is what is to be summarised; give another file for the answers")
    if any(place.is_dir() and out.resolve().is_relative_to(place) for place in places):
        raise UsageError(f"{out}: lies in the folder that is to be summarised; give a place outside of it")


def _inputs(rows: Rows, extent: Extent, options: Options) -> dict[str, Any]:
    columns = {"column": rows.column, "id_column": rows.id_column, "delimiter": rows.delimiter}
    asked = {f"options.{name}": value for name, value in options.model_dump(mode="json").items()}
    return {"source": extent.sha256, "rows": extent.rows, **columns, "encoding": rows.encoding, **asked}


@contextmanager
def _held(out: Path) -> Iterator[IO[str]]:
    """The file of answers, open to add to, for this process alone."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        stream = out.open("a", encoding="utf-8", newline="\n")
    except OSError as error:
        raise ResourceError(f"{out}: cannot be written ({error.strerror})") from None
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield stream
    except BlockingIOError:
        raise BusyError(f"{out} is in use by another process") from None
    finally:
        with suppress(OSError):  # what could not be written has been told
            stream.close()


def _state_of(out: Path, inputs: dict[str, Any]) -> dict[str, Any]:
    """What the answers are made from, kept beside them.

    Raises:
        UsageError: they are made from something else.
    """
    path = state_path(out)
    found = read_json(path)
    if out.stat().st_size == 0:
        write_json(path, inputs)
        return inputs
    if not found:
        raise UsageError(f"{out}: exists and is no batch of upshot's ({path.name} is missing); give another file")
    differ = [name for name in inputs | found if name not in _MARK and inputs.get(name) != found.get(name)]
    if differ:
        raise UsageError(
            f"{out}: holds answers of another batch ({', '.join(differ)}: different); give another file, or delete it"
        )
    return found


def _count_kept(work: _Work) -> None:
    drop_cut_line(work.out)
    for number, line in enumerate(whole_lines(lines_of(work.out), str(work.out)), 1):
        if not isinstance(line, dict) or line.get("row") != number or number > work.extent.rows:
            raise UsageError(f"{work.out} line {number}: is not row {number}; it was edited: delete it and start again")
        work.count(line)
    work.kept = work.done


def _chunks(items: Iterator[Item]) -> Iterator[list[Item]]:
    chunk: list[Item] = []
    characters = 0
    for item in items:
        if chunk and (len(chunk) == CHUNK_ROWS or characters + item.characters > CHUNK_CHARACTERS):
            yield chunk
            chunk, characters = [], 0
        chunk.append(item)
        characters += item.characters
    if chunk:
        yield chunk


def _check_stop(work: _Work, stop: Stop) -> None:
    signal = stop()
    if signal is not None:
        said = f"stopped after {work.done} of {work.extent.rows} rows"
        raise StoppedError(f"{said}; finished rows are kept, the same command continues", signal_number=signal)


def _lines(chunk: Sequence[Item], work: _Work) -> list[dict[str, Any]]:
    """A line for every row, in order."""
    sound = [item.found for item in chunk if isinstance(item.found, Conversation)]
    made = iter(_answers(sound, work))
    return [_line(item, item.found if isinstance(item.found, UpshotError) else next(made)) for item in chunk]


def _answers(conversations: Sequence[Conversation], work: _Work) -> Sequence[Answer | UpshotError]:
    """An answer or an error for each; where one conversation spoils a batch, the others are made without it."""
    if not conversations:
        return []
    try:
        made = work.summarize(conversations, work.options)
    except _OWN_ERRORS as error:
        if len(conversations) == 1:
            return [error]
        return [answer for one in conversations for answer in _answers([one], work)]
    assert len(made) == len(conversations), "summarize gives one answer a conversation"
    return made


def _line(item: Item, made: Answer | UpshotError) -> dict[str, Any]:
    start = {"row": item.number, "id": item.id}
    if isinstance(made, UpshotError):
        return start | {"error": {"code": made.code, "message": made.message}}
    return start | made.model_dump(mode="json") | {"id": item.id}


def _check_arm(lines: Sequence[Mapping[str, Any]], state: dict[str, Any], out: Path) -> None:
    """Remember which arm writes these answers.

    Raises:
        UsageError: earlier ones were written by another.
    """
    first = next((line["generated_by"] for line in lines if "generated_by" in line), None)
    if first is None:
        return
    marks = {name: first[name] for name in _MARK}
    if not state.keys() & marks.keys():
        state |= marks
        write_json(state_path(out), state)
    check_model(out, state, marks)


def check_model(out: Path, state: Mapping[str, Any], marks: Mapping[str, str]) -> None:
    """Nothing. `marks` are arm, weights_sha256 and prompt of the model that shall go on, `state` what stands beside.

    Raises:
        UsageError: the answers that are there were written by another.
    """
    differ = [name for name in _MARK if name in state and state[name] != marks[name]]
    if differ:
        raise UsageError(f"{out}: holds answers of another model ({', '.join(differ)}: different); give another file")


def _write(stream: IO[str], lines: Sequence[Mapping[str, Any]], out: Path) -> None:
    try:
        stream.write(dump_lines(lines))
        stream.flush()
        os.fsync(stream.fileno())
    except OSError as error:
        raise ResourceError(f"{out}: cannot be written ({error.strerror})") from None
