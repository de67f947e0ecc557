"""--key of summarize: a file of its own, only with a mask, and never written over."""

from pathlib import Path

import pytest

from command import Result, upshot

FULL = "runs/demo/arms/full"
SECRET = "ann@shop.example"


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A conversation with a value in it, in a folder of its own."""
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "mail.txt").write_text(f"Ann: Write to {SECRET}, Ben.\nBen: Thanks, Ann.\n")
    return tmp_path / "talks" / "mail.txt"


def test_a_key_needs_a_mask(talk: Path) -> None:
    done = upshot("summarize", talk, "--key", "key.json", cwd=talk.parent.parent)
    assert done == Result(2, "", "error: --key is for what --mask replaces; give both, or neither\n")


@pytest.mark.parametrize("place", ["talks/mail.txt", "talks/../talks/mail.txt", "a.json"])
def test_a_key_has_a_file_of_its_own(talk: Path, place: str) -> None:
    folder = talk.parent.parent
    done = upshot("summarize", talk, "--mask", "--key", place, "--out", "a.json", "--json", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert "is read or written for something else; give the key a file of its own" in done.err
    assert SECRET in talk.read_text()
    assert not (folder / "a.json").exists()


def test_a_key_in_the_folder_that_is_summarised_would_be_read_as_a_conversation(talk: Path) -> None:
    folder = talk.parent.parent
    done = upshot("summarize", "talks", "--mask", "--key", "talks/key.json", "--out", "a.jsonl", cwd=folder)
    assert done.code == 2
    assert "lies in the folder that is to be summarised; give the key a place outside of it" in done.err


def test_a_key_is_written_once_and_the_same_command_may_come_again(demo: tuple[Path, Result], talk: Path) -> None:
    key = talk.with_name("mail.key.json")
    asked = ("summarize", talk, "--arm", FULL, "--mask", "--key", key)
    done = upshot(*asked, cwd=demo[0])
    assert done.code == 0, done.err
    assert f"key of 1 conversation: {key}" in done.err
    assert f"upshot unmask FILE --key {key}" in done.err.split("Next:\n")[1]
    assert SECRET not in done.out + done.err
    before = key.read_bytes()
    assert SECRET.encode() in before
    assert upshot(*asked, cwd=demo[0]).out == done.out
    talk.write_text("Ann: Another talk.\n")
    refused = upshot(*asked, cwd=demo[0])
    assert (refused.code, refused.out) == (2, "")
    assert f"error: {key}: is there and holds other keys or something else; a key is never written over" in refused.err
    assert key.read_bytes() == before


def test_of_several_conversations_answers_in_json_are_what_can_be_unmasked(
    demo: tuple[Path, Result], talk: Path
) -> None:
    key = talk.with_name("k.json")
    done = upshot("summarize", talk, "examples/clinic.txt", "--arm", FULL, "--mask", "--key", key, cwd=demo[0])
    assert f"key of 2 conversations: {key}" in done.err
    assert "Next:\n  the same command with --json --out FILE" in done.err


def test_an_arm_that_is_not_there_leaves_no_key(talk: Path) -> None:
    done = upshot("summarize", talk, "--arm", "nowhere", "--mask", "--key", "key.json", cwd=talk.parent.parent)
    assert done.code == 4
    assert not (talk.parent.parent / "key.json").exists()
