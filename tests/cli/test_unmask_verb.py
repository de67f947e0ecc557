"""unmask at the door: what --mask --key hid comes back, for whoever has the key."""

import csv
import json
import stat
from pathlib import Path

import pytest

from command import Result, upshot

ARM = ("--arm", "runs/demo/arms/full", "-q")
SECRET = "ann@shop.example"
MAIL = f"Maya Lind: Write to {SECRET}, Ben.\nBen: Thanks, Maya. Or I call 555-123-4567.\n"
CALL = "Zoe: I'm at 555-987-6543.\nOle: Fine, Zoe.\n"


@pytest.fixture
def talks(demo: tuple[Path, Result], tmp_path: Path) -> Path:
    """Two conversations in a folder of their own."""
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "mail.txt").write_text(MAIL)
    (tmp_path / "talks" / "call.txt").write_text(CALL)
    return tmp_path


def masked(demo: tuple[Path, Result], talks: Path, *names: str, key: str = "key.json") -> list[dict[str, object]]:
    files = [talks / "talks" / name for name in names]
    options = ("--mask", "--key", talks / key, "--json", "--out", talks / "answers.json")
    done = upshot("summarize", *files, *ARM, *options, cwd=demo[0])
    assert (done.code, done.out, done.err) == (0, "", "")
    found: list[dict[str, object]] = json.loads((talks / "answers.json").read_text())
    return found


def test_answers_come_back_with_names_and_values(demo: tuple[Path, Result], talks: Path) -> None:
    answers = masked(demo, talks, "mail.txt", "call.txt")
    assert SECRET not in json.dumps(answers)
    done = upshot("unmask", "answers.json", "--key", "key.json", cwd=talks)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert [item["source"]["speakers"] for item in found] == [["Maya Lind", "Ben"], ["Zoe", "Ole"]]
    left = [item["text"] for answer in found for item in answer["left_out"]]
    assert "555-123-4567" in left
    assert "555-987-6543" in left
    assert "as private as the conversation again" in done.err.split("Next:\n")[1]
    text = (talks / "answers.json").read_text()
    assert upshot("unmask", "-", "--key", "key.json", "-q", cwd=talks, stdin=text) == Result(0, done.out, "")


def test_a_table_a_folder_and_their_sheet_come_back(demo: tuple[Path, Result], talks: Path) -> None:
    rows = [("a", MAIL), ("b", ""), ("c", CALL)]
    with (talks / "calls.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("id", "dialogue"), *rows])
    options = ("--mask", "--key", talks / "key.json", "--out", talks / "a.jsonl", "--sheet", talks / "a.csv")
    done = upshot("summarize", talks / "calls.csv", "--arm", ARM[1], *options, cwd=demo[0])
    assert done.code == 0, done.err
    assert f"upshot unmask {talks / 'a.jsonl'} --key {talks / 'key.json'} > " in done.err
    assert SECRET not in done.out + done.err + (talks / "a.jsonl").read_text() + (talks / "a.csv").read_text()
    lines = upshot("unmask", "a.jsonl", "--key", "key.json", "-q", cwd=talks)
    found = [json.loads(line) for line in lines.out.splitlines()]
    assert [line["row"] for line in found] == [1, 2, 3]
    assert found[2]["source"]["speakers"] == ["Zoe", "Ole"]
    assert found[1]["error"]["code"] == "D34"
    sheet = upshot("unmask", "a.csv", "--key", "key.json", "-q", cwd=talks)
    assert (sheet.code, sheet.err) == (0, "")
    assert len(list(csv.DictReader(sheet.out.removeprefix("\ufeff").splitlines()))) == 3
    again = upshot("summarize", talks / "calls.csv", *ARM, *options, "--json", cwd=demo[0])
    assert json.loads(again.out)["kept"] == 3
    folder = upshot(
        "summarize", talks / "talks", *ARM, "--mask", "--key", talks / "f.key", "--out", talks / "f.jsonl", cwd=demo[0]
    )
    assert folder.code == 0, folder.err
    assert upshot("unmask", "f.jsonl", "--key", "f.key", "-q", cwd=talks).out.count("Maya Lind") >= 1


def test_a_batch_that_was_begun_without_its_key_gets_it_on_the_way(demo: tuple[Path, Result], talks: Path) -> None:
    asked = ("summarize", talks / "talks", *ARM, "--mask", "--out", talks / "f.jsonl", "--json")
    assert upshot(*asked, cwd=demo[0]).code == 0
    lines = (talks / "f.jsonl").read_bytes().splitlines(keepends=True)
    (talks / "f.jsonl").write_bytes(lines[0])
    done = upshot(*asked, "--key", talks / "key.json", cwd=demo[0])
    assert (json.loads(done.out)["kept"], json.loads(done.out)["made"]) == (1, 1)
    back = upshot("unmask", "f.jsonl", "--key", "key.json", "-q", cwd=talks)
    assert [json.loads(line)["source"]["speakers"][0] for line in back.out.splitlines()] == ["Zoe", "Maya Lind"]


def test_a_summary_as_text_comes_back_from_standard_input(demo: tuple[Path, Result], talks: Path) -> None:
    masked(demo, talks, "mail.txt")
    said = upshot("unmask", "-", "--key", "key.json", "-q", cwd=talks, stdin="#Person1# writes to [EMAIL-1].\n")
    assert said == Result(0, f"Maya Lind writes to {SECRET}.\n", "")
    strange = upshot("unmask", "-", "--key", "key.json", cwd=talks, stdin="Nobody.\n")
    assert "nothing was put back: no placeholder of this key stands in it" in strange.err


def test_a_wrong_key_and_no_key_are_told_without_a_word_of_it(demo: tuple[Path, Result], talks: Path) -> None:
    masked(demo, talks, "mail.txt")
    masked(demo, talks, "call.txt", key="other.json")
    asked = upshot("unmask", "answers.json", "--key", "key.json", cwd=talks)
    said = "error: call.txt: key.json holds no key of this conversation (it holds 1 of others)\n"
    assert asked == Result(2, "", said)
    damaged = (talks / "key.json").read_text().replace('"values"', '"value"')
    (talks / "bad.json").write_text(damaged)
    refused = upshot("unmask", "answers.json", "--key", "bad.json", cwd=talks)
    assert (refused.code, refused.out) == (3, "")
    assert "error: bad.json: key 1 is damaged" in refused.err
    assert SECRET not in refused.err
    foreign = upshot("unmask", "key.json", "--key", "answers.json", cwd=talks)
    assert (foreign.code, "error: answers.json: not a key; expected a key that" in foreign.err) == (3, True)
    none = upshot("unmask", "answers.json", "--key", "none.json", cwd=talks)
    assert (none.code, none.err) == (3, "error D01: none.json: file not found\n")


def test_a_key_that_others_may_read_is_told(demo: tuple[Path, Result], talks: Path) -> None:
    masked(demo, talks, "mail.txt")
    assert stat.S_IMODE((talks / "key.json").stat().st_mode) == 0o600
    assert "others on this machine" not in upshot("unmask", "answers.json", "--key", "key.json", cwd=talks).err
    (talks / "key.json").chmod(0o644)
    done = upshot("unmask", "answers.json", "--key", "key.json", cwd=talks)
    assert "note: others on this machine may read key.json; chmod 600 key.json\n" in done.err
