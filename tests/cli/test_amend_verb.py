"""The verb that contests and corrects."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from kept_answer import answer_of
from upshot.amendments import Amendments
from upshot.answers.answer import Answer
from upshot.cli.amend_verb import amend
from upshot.data.tables import read_rows
from upshot.data.transcripts import conversation_of
from upshot.errors import DataError, UpshotError, UsageError

TALK = "Ann: Is the order here?\nBo: It comes on Friday.\n"


def run(*arguments: str | Path, stdin: str = "") -> Result:
    """What the verb left; an error for people is raised as the door sees it."""
    result = CliRunner().invoke(amend, [str(argument) for argument in arguments], input=stdin)
    if isinstance(result.exception, UpshotError):
        raise result.exception
    return result


def about(talk: str, **masked: int) -> Answer:
    """An answer about a conversation, of which so many values were masked."""
    made = answer_of("The order is here.")
    source = made.source.model_copy(update={"sha256": conversation_of(talk).source_sha256})
    privacy = made.privacy.model_copy(update={"masked": masked})
    return made.model_copy(update={"source": source, "privacy": privacy})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of corrections with one record."""
    (tmp_path / "answer.json").write_text(about(TALK).model_dump_json(), encoding="utf-8")
    (tmp_path / "talk.txt").write_text(TALK, encoding="utf-8")
    made = tmp_path / "amendments.sqlite"
    assert run("keep", made, tmp_path / "answer.json", "--conversation", tmp_path / "talk.txt").exit_code == 0
    return made


def records(file: Path) -> list[dict]:
    """What list tells."""
    found: list[dict] = json.loads(run("list", file, "--json").stdout)
    return found


def test_a_summary_is_kept_contested_corrected_and_shown(file: Path) -> None:
    (record,) = records(file)
    name = record["id"]
    assert (record["state"], record["conversation"]) == ("kept", "kept")
    assert "disputed" in run("dispute", file, name, "--by", "Ann", "--reason", "It is not here.").stdout
    run("correct", file, name, "--by", "Bo", "--text", "-", "--reason", "misread", stdin="It comes on Friday.\n")
    lines = run("show", file, name).stdout.splitlines()
    assert [line.split("  ", 1)[-1] for line in lines] == [
        "AI-generated: The order is here.",
        "consent: both agreed on 3 May",
        "disputed by Ann (It is not here.)",
        "corrected by Bo (misread): It comes on Friday.",
    ]
    whole = json.loads(run("show", file, name, "--json").stdout)
    assert (whole["state"], whole["summary"], whole["answer"]["summary"]) == (
        "corrected",
        "It comes on Friday.",
        "The order is here.",
    )


def test_a_list_shows_states_and_no_text(file: Path) -> None:
    shown = run("list", file).stdout
    assert "kept" in shown
    assert "order" not in shown


def test_corrections_are_exported_as_rows_of_training(file: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    with pytest.raises(UsageError, match="no corrected record"):
        run("export", file, "--to", rows)
    run("correct", file, records(file)[0]["id"], "--by", "Bo", "--text", "It comes on Friday.")
    assert "1 training rows of 1 records (0 disputed, 0 corrected without" in run("export", file, "--to", rows).output
    (row,), _ = read_rows(rows)
    assert (row.dialogue, row.summary) == (TALK.strip(), "It comes on Friday.")
    with pytest.raises(UsageError, match="is there already"):
        run("export", file, "--to", rows)
    with pytest.raises(UsageError, match=r"ends in \.jsonl"):
        run("export", file, "--to", tmp_path / "rows.csv")


def test_forgetting_asks_first_and_says_what_it_does_not_reach(file: Path) -> None:
    name = records(file)[0]["id"]
    assert run("forget", file, name, stdin="n\n").exit_code == 1
    assert records(file)[0]["state"] == "kept"
    assert "copies and exports" in run("forget", file, name, "--yes").stdout
    assert records(file)[0]["state"] == "forgotten"
    assert "forgotten 2" in run("show", file, name).stdout.splitlines()[-1]


@pytest.mark.parametrize("verb", [("list",), ("show", "x"), ("dispute", "x", "--by", "a", "--reason", "b")])
def test_a_missing_file_is_an_error_and_none_is_made(tmp_path: Path, verb: tuple[str, ...]) -> None:
    missing = tmp_path / "none.sqlite"
    with pytest.raises(UsageError, match="no such file; upshot amend keep"):
        run(verb[0], missing, *verb[1:])
    assert not missing.exists()


def test_what_is_no_answer_is_refused_without_its_words(tmp_path: Path) -> None:
    wrong = tmp_path / "answer.json"
    for content in ('{"summary": "canary"}', "canary", "7"):
        wrong.write_text(content, encoding="utf-8")
        with pytest.raises(DataError, match="no answer of upshot") as caught:
            run("keep", tmp_path / "a.sqlite", wrong)
        assert "canary" not in str(caught.value)
    wrong.write_bytes(b"\xff\xfe{")
    with pytest.raises(DataError, match="not UTF-8"):
        run("keep", tmp_path / "a.sqlite", wrong)
    with pytest.raises(UsageError, match="cannot be read"):
        run("keep", tmp_path / "a.sqlite", tmp_path / "none.json")
    assert not (tmp_path / "a.sqlite").exists()


def test_the_list_of_one_answer_that_summarize_prints_can_be_kept(tmp_path: Path) -> None:
    answer, file = answer_of("The order is here.").model_dump(mode="json"), tmp_path / "a.sqlite"
    (tmp_path / "answers.json").write_text(json.dumps([answer]), encoding="utf-8")
    run("keep", file, tmp_path / "answers.json")
    assert records(file)[0]["conversation"] == "not kept"
    (tmp_path / "answers.json").write_text(json.dumps([answer, answer]), encoding="utf-8")
    with pytest.raises(DataError, match="2 answers; give a file with one"):
        run("keep", file, tmp_path / "answers.json")


def test_control_signs_of_a_text_do_not_reach_the_terminal(file: Path) -> None:
    name = records(file)[0]["id"]
    run("dispute", file, name, "--by", "Ann", "--reason", "red \x1b[31m [bold]text")
    shown = run("show", file, name).stdout
    assert "\x1b" not in shown
    assert "[bold]text" in shown


def test_only_the_conversation_that_was_summarised_is_kept_and_as_the_model_read_it(tmp_path: Path) -> None:
    made, answer, call = tmp_path / "a.sqlite", tmp_path / "answer.json", tmp_path / "call.vtt"
    call.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Write to ann@shop.example, Bo.\n", encoding="utf-8")
    (tmp_path / "other.txt").write_text("Ann: Hello.\n", encoding="utf-8")
    text = "Ann: Write to ann@shop.example, Bo."
    answer.write_text(about(text).model_dump_json(), encoding="utf-8")
    with pytest.raises(DataError, match="not the conversation that this answer is about"):
        run("keep", made, answer, "--conversation", tmp_path / "other.txt")
    run("keep", made, answer, "--conversation", call)
    answer.write_text(about(text, email=1, speaker=1).model_dump_json(), encoding="utf-8")
    run("keep", made, answer, "--conversation", call)
    with Amendments(made) as kept:
        assert [item.conversation for item in kept.histories()] == [text, "#Person1#: Write to [EMAIL-1], Bo."]
