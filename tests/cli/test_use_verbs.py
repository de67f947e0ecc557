"""summarize and doctor: results on standard output, what is amiss in one line."""

import json
import re
from pathlib import Path

import pytest

from command import Result, upshot

FULL = "runs/demo/arms/full"


def test_a_trained_arm_summarizes_files_and_standard_input(demo: tuple[Path, Result]) -> None:
    folder = demo[0]
    done = upshot("summarize", "examples/clinic.txt", "--arm", FULL, cwd=folder)
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == 1
    text = (folder / "examples" / "clinic.txt").read_text()
    assert upshot("summarize", "-", "--arm", f"{FULL}/weights", cwd=folder, stdin=text).out == done.out
    assert "DialogSum" not in done.err


def test_two_files_give_two_lines_in_their_order_and_json_says_what_is_known(demo: tuple[Path, Result]) -> None:
    folder = demo[0]
    (folder / "long.txt").write_text("\n".join(f"Ann: this is turn {n} of many" for n in range(60)))
    files = ["long.txt", "examples/clinic.txt"]
    done = upshot("summarize", *files, "--arm", FULL, cwd=folder)
    assert len(done.out.splitlines()) == 2
    assert "note: long.txt is longer than 96 tokens; its end was cut" in done.err
    records = json.loads(upshot("summarize", *files, "--arm", FULL, "--json", cwd=folder).out)
    assert [record["file"] for record in records] == files
    assert [record["summary"] for record in records] == done.out.splitlines()
    assert [record["truncated"] for record in records] == [True, False]
    assert all(record["generated_by_ai"] for record in records)
    assert all(record["tokens"] <= 6 and record["logprob"] < 0 for record in records)


@pytest.mark.parametrize(
    ("name", "content", "line", "code"),
    [
        ("no.txt", None, "error D01: no.txt: file not found", 3),
        (".", None, "error D02: : is a folder, expected a text file with one 'Name: text' a line", 3),
        ("empty.txt", b" \n", "error D04: empty.txt: file is empty", 3),
        ("zero.txt", b"Ann: a\nBen: \0\n", "error D07: zero.txt line 2: NUL byte, this is not a text file", 3),
        (
            "old.txt",
            b"Ann: a\nBen: caf\xe9\n",
            "error D08: old.txt line 2: byte 0xE9 is not valid UTF-8; convert the file",
            3,
        ),
        ("/dev/zero", None, "error D13: zero: not a regular file", 3),
        (
            "talks.csv",
            b"id,dialogue\n",
            "error: talks.csv: a table, expected a text file of one conversation; tables: upshot init talks.csv",
            2,
        ),
    ],
)
def test_a_file_that_is_no_conversation_is_refused(
    name: str, content: bytes | None, line: str, code: int, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert upshot("summarize", name, "--arm", "nowhere", cwd=tmp_path) == Result(code, "", line + "\n")


def test_standard_input_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert upshot("summarize", "-", cwd=tmp_path) == Result(3, "", "error D04: standard input: file is empty\n")


def test_an_arm_that_is_not_there_or_damaged_is_told_with_4(finished: Path) -> None:
    done = upshot("summarize", "examples/clinic.txt", "--arm", "runs/demo/arms/best", cwd=finished)
    assert done.code == 4
    assert done.err.startswith("error: runs/demo/arms/best: no such folder; expected 'starter' or an arm such as")
    untrained = upshot("summarize", "examples/clinic.txt", "--arm", "runs/demo/arms/zero-shot", cwd=finished)
    assert (untrained.code, len(untrained.err.splitlines())) == (4, 1)
    weights = finished / FULL / "weights" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(bytes(content))
    damaged = upshot("summarize", "examples/clinic.txt", "--arm", FULL, cwd=finished)
    assert damaged.code == 4
    assert "model.safetensors: checksum differs" in damaged.err


def test_doctor_gives_a_cure_for_everything_that_is_not_well(tmp_path: Path) -> None:
    checks = json.loads(upshot("doctor", "--offline", "--json", cwd=tmp_path).out)
    assert {check["state"] for check in checks} <= {"ok", "warn", "fail"}
    assert all(check["cure"] for check in checks if check["state"] != "ok")
    shown = upshot("doctor", "--offline", cwd=tmp_path)
    assert len(re.findall(r"^(?:ok|warn|fail) ", shown.out, re.M)) == len(checks)
    assert (shown.code == 5) == any(check["state"] == "fail" for check in checks)


def test_export_says_how_far_it_is_from_its_source(demo: tuple[Path, Result], tmp_path: Path) -> None:
    done = upshot("export", FULL, "--to", str(tmp_path / "ct2"), "--texts", "4", cwd=demo[0])
    assert done.code == 0, done.err
    size, parity, texts = done.out.splitlines()
    assert re.fullmatch(r".*ct2: \d+\.\d MB", size)
    assert re.search(r"differs from the source's by \S+ a token on average, by \S+ at most", parity)
    assert re.fullmatch(r"the same summary as transformers writes: [0-4] of 4 greedy, [0-4] with beams", texts)
    assert "predict.engine=ct2" in done.err
    again = upshot("export", FULL, "--to", str(tmp_path / "ct2"), "--texts", "4", "--json", cwd=demo[0])
    assert json.loads(again.out)["texts"]["dialogues"] == 4
    assert upshot("export", "starter", cwd=demo[0]).code == 2
    assert upshot("export", "absent", cwd=demo[0]).code == 4
