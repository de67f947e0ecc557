"""Contested and corrected summaries in their file."""

import json
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import upshot.amendments
from kept_answer import answer_of
from upshot.amendments import Amendments
from upshot.data.tables import read_rows
from upshot.errors import BusyError, DataError, ResourceError, UsageError

TALK = "Ann: Is the zanzibar order here?\nBo: It comes on Friday."
CANARY = "zanzibar"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A place for the file."""
    return tmp_path / "amendments.sqlite"


def test_original_and_every_correction_stand_side_by_side(file: Path) -> None:
    with Amendments(file) as kept:
        name = kept.keep(answer_of("The order is here."), TALK)
        kept.dispute(name, by="Ann", reason="It is not here.")
        kept.correct(name, "The order comes on Friday.", by="Bo", reason="misread")
        kept.correct(name, "Ann's order comes on Friday.", by="Ann")
    with Amendments(file) as kept:
        found = kept.history(name)
    assert found.answer is not None
    assert found.answer.summary == "The order is here."
    assert [(item.kind, item.by, item.text) for item in found.amendments] == [
        ("disputed", "Ann", ""),
        ("corrected", "Bo", "The order comes on Friday."),
        ("corrected", "Ann", "Ann's order comes on Friday."),
    ]
    assert (found.summary, found.state, found.conversation) == ("Ann's order comes on Friday.", "corrected", TALK)
    assert found.consent == "both agreed on 3 May"
    assert [item.reason for item in found.amendments] == ["It is not here.", "misread", ""]


def test_the_file_itself_refuses_to_overwrite_or_drop(file: Path) -> None:
    with Amendments(file) as kept:
        name = kept.keep(answer_of("One."), TALK)
        kept.correct(name, "Two.", by="Ann")
    plain = sqlite3.connect(file)
    for statement in (
        "UPDATE amendment SET text = 'Three.'",
        "UPDATE amendment SET by = 'Bo'",
        "UPDATE record SET answer = '{}'",
        "UPDATE record SET forgotten = NULL",
        "DELETE FROM amendment",
        "DELETE FROM record",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            plain.execute(statement)
    plain.close()


def test_corrections_become_training_rows_that_the_gate_reads(file: Path, tmp_path: Path) -> None:
    with Amendments(file) as kept:
        corrected = kept.keep(answer_of("Wrong."), TALK)
        kept.correct(corrected, "The order comes\non Friday.", by="Bo")
        kept.keep(answer_of("Nobody said a word about this."), TALK)
        contested = kept.keep(answer_of("Wrong too."), TALK)
        kept.correct(contested, "Better.", by="Bo")
        kept.dispute(contested, by="Ann", reason="Still wrong.")
        kept.correct(kept.keep(answer_of("No text was kept.")), "Better.", by="Bo")
        rows = list(kept.export_rows())
    assert rows == [
        {
            "id": corrected,
            "dialogue": TALK,
            "summary": "The order comes on Friday.",
            "consent": "both agreed on 3 May",
        }
    ]
    table = tmp_path / "rows.jsonl"
    table.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (row,), _ = read_rows(table)
    assert (row.id, row.dialogue, row.summary) == (corrected, TALK, "The order comes on Friday.")


def test_forgetting_leaves_a_tombstone_and_no_letter_of_the_texts(file: Path) -> None:
    with Amendments(file) as kept:
        name = kept.keep(answer_of(f"The {CANARY} order."), TALK)
        kept.correct(name, f"The {CANARY} order comes.", by=f"Ms. {CANARY}", reason=CANARY)
        other = kept.keep(answer_of("Another one."), "Bo: Hi.")
        kept.forget(name)
        for path in file.parent.iterdir():
            assert CANARY.encode() not in path.read_bytes(), path.name
        kept.forget(name)
        found = kept.history(name)
        assert (found.state, found.answer, found.conversation, found.consent) == ("forgotten", None, "", "")
        assert [(item.kind, item.by, item.reason, item.text) for item in found.amendments] == [
            ("corrected", "", "", "")
        ]
        assert found.forgotten
        with pytest.raises(UsageError, match="was forgotten on 2"):
            kept.correct(name, "Again.", by="Bo")
        assert [item.id for item in kept.histories()] == [name, other]
        assert kept.history(other).state == "kept"


def test_the_file_is_for_its_owner_alone(file: Path) -> None:
    with Amendments(file) as kept:
        kept.keep(answer_of("One."))
        assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    file.chmod(0o644)
    with Amendments(file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "by", "reason", "said"),
    [
        (" ", "Ann", "", "the corrected summary is empty"),
        ("Fine.", "\t", "", "whoever amends is empty"),
        ("x" * 1_000_001, "Ann", "", "1,000,001 characters"),
        ("Fine.", "Ann", "y" * 1_000_001, "the reason has 1,000,001"),
        ("half \ud800", "Ann", "", "half a character"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(file: Path, text: str, by: str, reason: str, said: str) -> None:
    with Amendments(file) as kept:
        name = kept.keep(answer_of("One."))
        with pytest.raises(UsageError, match=said):
            kept.correct(name, text, by=by, reason=reason)
        with pytest.raises(UsageError, match="reason of a dispute is empty"):
            kept.dispute(name, by="Ann", reason="")
        assert kept.history(name).amendments == ()


def test_a_record_that_is_not_there_is_named_and_sql_in_a_name_is_only_a_name(file: Path) -> None:
    with Amendments(file) as kept:
        kept.keep(answer_of("One."))
        for call in (
            kept.history,
            kept.forget,
            lambda name: kept.correct(name, "Two.", by="Ann"),
        ):
            with pytest.raises(UsageError, match="no record '"):
                call("' OR 1=1; DROP TABLE record --")
        assert len(list(kept.histories())) == 1


def test_a_damaged_file_and_one_of_another_program_are_said_to_be_so(file: Path, tmp_path: Path) -> None:
    file.write_text("id,dialogue,summary\n" * 100, encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(DataError, match="no file of corrections, or damaged"), Amendments(file):
        pass
    assert file.read_bytes() == before
    other = tmp_path / "other.sqlite"
    plain = sqlite3.connect(other)
    plain.execute("CREATE TABLE mine (a)")
    plain.close()
    with pytest.raises(DataError, match="another program"), Amendments(other):
        pass
    plain = sqlite3.connect(other)
    assert plain.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
    plain.close()


def test_a_file_cut_in_half_is_damaged(file: Path) -> None:
    with Amendments(file) as kept:
        for number in range(40):
            kept.keep(answer_of(f"Number {number}."), TALK * 20)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(DataError, match="damaged"), Amendments(file) as kept:
        assert len(list(kept.histories())) == 40


def test_an_answer_of_another_version_names_its_record_without_its_text(file: Path) -> None:
    with Amendments(file) as kept:
        kept.keep(answer_of("One."), TALK)
    plain = sqlite3.connect(file)
    plain.execute("INSERT INTO record (id, at, answer) VALUES ('abc', 'now', ?)", (f'{{"summary": "{CANARY}"}}',))
    plain.commit()
    plain.execute("PRAGMA user_version = 9")
    plain.close()
    with pytest.raises(DataError, match="layout 9"), Amendments(file):
        pass
    plain = sqlite3.connect(file)
    plain.execute("PRAGMA user_version = 1")
    plain.close()
    with Amendments(file) as kept, pytest.raises(DataError, match="the answer of record 'abc'") as caught:
        kept.history("abc")
    assert CANARY not in str(caught.value)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "file.sqlite"):
        with pytest.raises(ResourceError, match="cannot be opened for writing"), Amendments(place):
            pass


def test_a_failed_transaction_changes_nothing_and_a_long_writer_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upshot.amendments, "_WAIT_S", 0.2)
    with Amendments(file) as kept:
        name = kept.keep(answer_of("One."))
        plain = sqlite3.connect(file, isolation_level=None)
        plain.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError, match="another process has been writing"):
            kept.correct(name, "Two.", by="Ann")
        assert kept.history(name).state == "kept"  # reading goes on
        plain.execute("ROLLBACK")
        plain.close()
        kept.correct(name, "Two.", by="Ann")
        assert kept.history(name).summary == "Two."


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from kept_answer import answer_of
from upshot.amendments import Amendments
for number in range(15):
    with Amendments(Path(sys.argv[1])) as kept:
        name = kept.keep(answer_of(f"Number {number}."), "Ann: Hi.")
        kept.correct(name, "Better.", by=sys.argv[3])
"""


def test_processes_that_write_at_once_lose_nothing(file: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(file), str(Path(__file__).parent)]
    writers = [subprocess.Popen([*command, f"writer {n}"], stderr=subprocess.PIPE) for n in range(4)]
    ends = [(writer.communicate()[1].decode(), writer.returncode) for writer in writers]
    assert {code for _, code in ends} == {0}, ends
    with Amendments(file) as kept:
        found = list(kept.histories())
    assert len(found) == 60
    assert {item.state for item in found} == {"corrected"}
    assert len({item.id for item in found}) == 60
