"""Contested and corrected summaries: the original, every correction and who made it, side by side in one SQLite file.

Nothing is overwritten: the file itself refuses it. What may be done is to forget a record, which removes its texts and
leaves a tombstone with the times. The file is readable for its owner alone, and several processes may write to it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, get_args

from pydantic import ValidationError

from upshot.answers.answer import Answer
from upshot.answers.history import Amendment, History, Kind
from upshot.errors import BusyError, DataError, ResourceError, UsageError

_WAIT_S: Final = 10.0
_PAUSE_S: Final = 0.02
_APPLICATION: Final = 0x75707368  # "upsh": SQLite's mark of whose file it is
_VERSION: Final = 1
_LONGEST: Final = 1_000_000  # characters of a text that somebody gives
_SCHEMA: Final = f"""
CREATE TABLE record (
    id TEXT PRIMARY KEY, at TEXT NOT NULL, answer TEXT, conversation TEXT, consent TEXT, forgotten TEXT
) STRICT;
CREATE TABLE amendment (
    number INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL REFERENCES record (id),
    kind TEXT NOT NULL CHECK (kind IN {get_args(Kind)!r}), at TEXT NOT NULL, by TEXT, reason TEXT, text TEXT
) STRICT;
CREATE INDEX amendment_record ON amendment (record);
CREATE TRIGGER record_stays BEFORE UPDATE ON record
    WHEN NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.forgotten IS NULL
        OR NEW.answer IS NOT NULL OR NEW.conversation IS NOT NULL OR NEW.consent IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a record is never overwritten'); END;
CREATE TRIGGER record_remains BEFORE DELETE ON record
    BEGIN SELECT RAISE(ABORT, 'a record leaves a tombstone'); END;
CREATE TRIGGER amendment_stays BEFORE UPDATE ON amendment
    WHEN NEW.number IS NOT OLD.number OR NEW.record IS NOT OLD.record OR NEW.kind IS NOT OLD.kind
        OR NEW.at IS NOT OLD.at OR NEW.by IS NOT NULL OR NEW.reason IS NOT NULL OR NEW.text IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'an amendment is never overwritten'); END;
CREATE TRIGGER amendment_remains BEFORE DELETE ON amendment
    BEGIN SELECT RAISE(ABORT, 'an amendment leaves a tombstone'); END;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
"""


class Amendments:
    """The file of corrections at `path`, which `with` opens and closes; it is made where there is none.

    Raises on opening:
        DataError: a file that is damaged, or that another program made.
        ResourceError: a place that cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: sqlite3.Connection | None = None

    def __enter__(self) -> Amendments:
        """The opened file."""
        _exists(self._path)
        with self._speaking(), ExitStack() as unless_all_is_well:
            self._open = sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None)
            unless_all_is_well.callback(self.close)
            self._prepare(self._open)
            unless_all_is_well.pop_all()
        if self._path.stat().st_mode & 0o077:
            self._path.chmod(0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; closing twice changes nothing."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def keep(self, answer: Answer, conversation: str | None = None) -> str:
        """The id under which an answer is kept from now on, with its note of consent; a new one each time.

        `conversation` is the text that was summarised; without it the record cannot become a training row.
        """
        name = secrets.token_hex(6)
        values = (name, _now(), answer.model_dump_json(), conversation, answer.source.consent)
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO record (id, at, answer, conversation, consent) VALUES (?, ?, ?, ?, ?)", values
            )
        return name

    def correct(self, name: str, text: str, *, by: str, reason: str = "") -> None:
        """Keep `text` beside the summary of the record `name` as what it should say, with who says so and why.

        Raises:
            UsageError: an empty text or name of the corrector, one that is too long, no such record, a forgotten one.
        """
        self._amend(name, "corrected", text=_given("the corrected summary", text), by=by, reason=reason)

    def dispute(self, name: str, *, by: str, reason: str) -> None:
        """Keep that somebody contests the record `name`, and why; a later correction settles it.

        Raises:
            UsageError: an empty reason or name, one that is too long, no such record, a forgotten one.
        """
        self._amend(name, "disputed", text=None, by=by, reason=_given("the reason of a dispute", reason))

    def history(self, name: str) -> History:
        """The record `name` with everything that was said about it.

        Raises:
            UsageError: no such record.
        """
        found = next(self._histories("WHERE id = ?", (name,)), None)
        if found is None:
            raise UsageError(f"{self._path}: no record '{_short(name)}'; upshot amend list {self._path} names them")
        return found

    def histories(self) -> Iterator[History]:
        """All records, oldest first."""
        return self._histories("", ())

    def export_rows(self) -> Iterator[dict[str, str]]:
        """Training rows of the kept conversations: id, dialogue, summary (the latest correction) and consent.

        Records without a correction or a conversation give none, nor do those that are disputed and not settled.
        """
        for item in self.histories():
            if item.state == "corrected" and item.conversation:
                yield {
                    "id": item.id,
                    "dialogue": item.conversation,
                    "summary": " ".join(item.summary.split()),
                    "consent": item.consent,
                }

    def forget(self, name: str) -> None:
        """Remove every text of the record `name` from the file, names included; its id and the times remain.

        Raises:
            UsageError: no such record.
        """
        self.history(name)
        with self._writing() as connection:
            connection.execute("UPDATE amendment SET by = NULL, reason = NULL, text = NULL WHERE record = ?", (name,))
            connection.execute(
                "UPDATE record SET answer = NULL, conversation = NULL, consent = NULL, "
                "forgotten = coalesce(forgotten, ?) WHERE id = ?",
                (_now(), name),
            )
        with self._speaking():  # the old pages would stay in the log until somebody writes again
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            raise RuntimeError("Amendments is a context manager: use it with 'with'")
        return self._open

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA secure_delete = ON")  # forgotten texts are overwritten, not only unlinked
        if self._is_new(connection):
            with self._writing():
                if self._is_new(connection):  # another process may have been faster
                    for statement in _statements(_SCHEMA):
                        connection.execute(statement)
        mark, version = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        if mark != _APPLICATION:
            raise DataError(f"{self._path}: an SQLite file of another program; name another file for corrections")
        if version != _VERSION:
            said = f"{self._path}: written by another version of upshot (layout {version}, this one knows {_VERSION})"
            raise DataError(f"{said}; use that version, or export with it and begin a new file")
        _log_ahead(connection)

    def _is_new(self, connection: sqlite3.Connection) -> bool:
        return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]

    def _amend(self, name: str, kind: Kind, *, text: str | None, by: str, reason: str) -> None:
        values = (_given("the name of whoever amends", by), _bounded("the reason", reason), text)
        with self._writing() as connection:
            found = connection.execute("SELECT forgotten FROM record WHERE id = ?", (name,)).fetchone()
            if found is None:
                raise UsageError(f"{self._path}: no record '{_short(name)}'; upshot amend list {self._path} names them")
            if found[0]:
                raise UsageError(
                    f"{self._path}: record '{name}' was forgotten on {found[0][:10]} and cannot be amended"
                )
            connection.execute(
                "INSERT INTO amendment (record, kind, at, by, reason, text) VALUES (?, ?, ?, ?, ?, ?)",
                (name, kind, _now(), *values),
            )

    def _histories(self, where: str, values: tuple[str, ...]) -> Iterator[History]:
        with self._speaking():
            rows = self._connection.execute(
                f"SELECT id, at, answer, conversation, consent, forgotten FROM record {where} ORDER BY rowid",  # noqa: S608
                values,
            ).fetchall()
        for name, at, answer, conversation, consent, forgotten in rows:
            yield History(
                name,
                at,
                self._answer(name, answer),
                conversation or "",
                consent or "",
                forgotten or "",
                self._amendments(name),
            )

    def _answer(self, name: str, text: str | None) -> Answer | None:
        try:
            return None if text is None else Answer.model_validate_json(text)
        except ValidationError:
            said = f"{self._path}: the answer of record '{name}' is none that this version of upshot knows"
            raise DataError(f"{said}; restore the file from a copy, or forget the record") from None

    def _amendments(self, name: str) -> tuple[Amendment, ...]:
        with self._speaking():
            rows = self._connection.execute(
                "SELECT kind, at, by, reason, text FROM amendment WHERE record = ? ORDER BY number", (name,)
            ).fetchall()
        return tuple(Amendment(kind, at, by or "", reason or "", text or "") for kind, at, by, reason, text in rows)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is kept, or nothing."""
        with self._speaking():
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            with connection:  # commits, or rolls back where something is raised
                yield connection

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Errors of SQLite as errors for people."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                said = f"{self._path}: another process has been writing for {_WAIT_S:.0f} s"
                raise BusyError(f"{said}; nothing was changed, try again") from None
            raise ResourceError(f"{self._path}: cannot be read or written ({error}); nothing was changed") from None
        except sqlite3.DatabaseError as error:
            raise DataError(
                f"{self._path}: no file of corrections, or damaged ({error}); restore it from a copy"
            ) from None


def _exists(path: Path) -> None:
    """Make the file where there is none, for its owner alone."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise ResourceError(f"{path}: cannot be opened for writing ({error.strerror}); name another place") from None


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Let readers read while somebody writes. SQLite does not wait by itself where others have just opened the file."""
    until = time.monotonic() + _WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _statements(script: str) -> Iterator[str]:
    """Statements of a script one by one: all in one transaction, which `executescript` would end."""
    found = ""
    for line in script.splitlines():
        found += f"{line}\n"
        if sqlite3.complete_statement(found):
            yield found
            found = ""


def _given(what: str, text: str) -> str:
    if not text.strip():
        raise UsageError(f"{what} is empty; say it in words")
    return _bounded(what, text)


def _bounded(what: str, text: str) -> str:
    if len(text) > _LONGEST:
        raise UsageError(f"{what} has {len(text):,} characters; at most {_LONGEST:,} are kept")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"{what} holds half a character (a lone surrogate); give it as UTF-8 text") from None
    return text


def _short(name: Any) -> str:
    return str(name)[:40]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
