"""Batches at the door: which files hold many conversations, and what is said of them."""

import signal
from pathlib import Path

import pytest

from command import Result, upshot
from upshot.cli.summarize_batch import conversations_of, rows_of
from upshot.data.batch_rows import Rows
from upshot.errors import StoppedError, UsageError
from upshot.events import never

OUT = Path("a.jsonl")


def test_tables_and_folders_hold_many_conversations(tmp_path: Path) -> None:
    assert rows_of([str(tmp_path)], OUT, None, None, "utf-8") == Rows(tmp_path)
    assert rows_of(["calls.csv"], OUT, "dialogue=text", "id=nr", "latin-1") == Rows(
        Path("calls.csv"), "text", "nr", encoding="latin-1"
    )
    assert rows_of(["calls.json"], OUT, "text", None, "utf-8") == Rows(Path("calls.json"), "text")
    assert rows_of(["talk.json"], OUT, None, None, "utf-8") is None
    for files, out in ((["calls.csv"], None), (["calls.csv", "talk.txt"], OUT)):
        with pytest.raises(UsageError, match=r"calls\.csv: many conversations"):
            rows_of(files, out, None, None, "utf-8")


def test_conversations_carry_the_ids_of_their_rows_and_bad_rows_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("id,dialogue\na,Ann: Hello.\nb,\nc,Ben: Bye.\n")
    found = list(conversations_of(Rows(tmp_path / "calls.csv"), never))
    assert [(item.name, item.text) for item in found] == [("a", "Ann: Hello."), ("c", "Ben: Bye.")]
    with pytest.raises(StoppedError) as error:
        list(conversations_of(Rows(tmp_path / "calls.csv"), lambda: signal.SIGTERM))
    assert error.value.exit_code == 143


def test_after_a_batch_comes_its_sheet(demo: tuple[Path, Result], tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("id,dialogue\na,Ann: Hello.\n")
    asked = ("summarize", tmp_path / "calls.csv", "--arm", "runs/demo/arms/full", "--out", tmp_path / "a.jsonl")
    done = upshot(*asked, cwd=demo[0])
    assert "Next:\n  the same command with --sheet FILE.csv    # the answers as a table, too\n" in done.err
    done = upshot(*asked, "--sheet", tmp_path / "a.csv", cwd=demo[0])
    assert f"Next:\n  {tmp_path / 'a.csv'}    # in a spreadsheet program\n" in done.err
