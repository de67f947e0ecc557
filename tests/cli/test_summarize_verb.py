"""summarize: summaries on standard output, what to check on standard error, many into a file."""

import csv
import json
import shlex
from pathlib import Path

import pytest

from command import Result, process, upshot
from upshot.answers.answer import Answer

FULL = "runs/demo/arms/full"


def test_an_arm_and_the_runs_winner_summarize_files_and_standard_input(demo: tuple[Path, Result]) -> None:
    folder = demo[0]
    done = upshot("summarize", "examples/clinic.txt", "--arm", FULL, cwd=folder)
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == 1
    assert "AI-generated summary; confidence " in done.err
    assert "Next:\n" in done.err
    text = (folder / "examples" / "clinic.txt").read_text()
    assert upshot("summarize", "-", "--arm", f"{FULL}/weights", cwd=folder, stdin=text).out == done.out
    assert "DialogSum" not in done.err
    of_the_run = upshot("summarize", "examples/clinic.txt", "--arm", "runs/demo", cwd=folder)
    assert of_the_run.code == 0, of_the_run.err
    assert "of runs/demo: ROUGE-1 " in of_the_run.err
    assert upshot("summarize", "examples/clinic.txt", "--arm", FULL, "-q", cwd=folder).err == ""


def test_after_the_demo_a_process_of_its_own_needs_no_torch(demo: tuple[Path, Result]) -> None:
    (place,) = (demo[0] / "runs" / "demo" / "arms").glob("*/ct2-float32/about.json")
    arm = place.parent.parent.relative_to(demo[0])
    done = process("summarize", "examples/clinic.txt", "--arm", arm, "--json", cwd=demo[0])
    assert done.code == 0, done.err
    (answer,) = json.loads(done.out)
    assert answer["generated_by"]["engine"].startswith("CTranslate2 ")


def test_json_holds_the_answers_in_the_order_of_the_files(demo: tuple[Path, Result]) -> None:
    folder = demo[0]
    (folder / "long.txt").write_text("\n".join(f"Ann: this is turn {n} of many" for n in range(60)))
    files = ["long.txt", "examples/clinic.txt"]
    done = upshot("summarize", *files, "--arm", FULL, cwd=folder)
    assert len(done.out.splitlines()) == 2
    assert "long.txt: " in done.err
    assert " tokens in 60 turns do not fit 96 tokens: " in done.err
    assert " parts were summarised; the summary is put together from the summaries of " in done.err
    records = json.loads(upshot("summarize", *files, "--arm", FULL, "--json", cwd=folder).out)
    answers = [Answer.model_validate(record) for record in records]
    assert [answer.id for answer in answers] == ["long.txt", "clinic.txt"]
    assert [answer.summary for answer in answers] == done.out.splitlines()
    assert [bool(answer.source.parts) for answer in answers] == [True, False]
    cut = json.loads(upshot("summarize", "long.txt", "--arm", FULL, "--json", "--long", "cut", cwd=folder).out)
    assert cut[0]["source"]["truncated"]
    assert any("of 60 turns whole" in note for note in cut[0]["notes"])


def test_options_reach_the_answer(demo: tuple[Path, Result]) -> None:
    (demo[0] / "mail.txt").write_text("Ann: Write to ann@shop.example, Ben.\nBen: Thanks, Ann.\n")
    options = ["--mask", "--words", "12", "--bullets", "--samples", "2", "--withhold-sensitive", "--abstain-below", "1"]
    done = upshot("summarize", "mail.txt", "--arm", FULL, "--json", *options, cwd=demo[0])
    assert done.code == 0, done.err
    (answer,) = json.loads(done.out)
    assert answer["privacy"]["masked"] == {"email": 1, "speaker": 2}
    assert answer["generated_by"]["decoding"]["min_new_tokens"] > 1
    assert answer["confidence"]["agreement"] is not None
    assert answer["summary"] == "" or answer["summary"].startswith("- ")
    assert "shop.example" not in done.out + done.err
    kept = upshot("summarize", "mail.txt", "--arm", FULL, "--speakers", "tags", cwd=demo[0])
    assert "put back" in kept.err


def test_details_are_in_the_json_where_they_are_asked_for(demo: tuple[Path, Result]) -> None:
    plain, told = (
        json.loads(upshot("summarize", "examples/clinic.txt", "--arm", FULL, "--json", *more, cwd=demo[0]).out)[0]
        for more in ([], ["--details"])
    )
    assert (plain["certainty"], plain["alternative"]) == ([], None)
    assert len(told["certainty"]) >= 1
    assert {key: told[key] for key in ("summary", "sentences", "confidence")} == {
        key: plain[key] for key in ("summary", "sentences", "confidence")
    }


def test_a_page_and_a_file(demo: tuple[Path, Result], tmp_path: Path) -> None:
    page = upshot("summarize", "examples/clinic.txt", "--arm", FULL, "--markdown", cwd=demo[0])
    assert page.out.startswith("# clinic.txt\n")
    assert "## Evidence" in page.out
    written = upshot(
        "summarize",
        "examples/clinic.txt",
        "--arm",
        FULL,
        "--markdown",
        "--out",
        tmp_path / "a" / "p.md",
        cwd=demo[0],
    )
    assert written.out == ""
    assert (tmp_path / "a" / "p.md").read_text().split("\n---\n")[0] == page.out.split("\n---\n")[0]
    both = upshot("summarize", "examples/clinic.txt", "--arm", FULL, "--markdown", "--json", cwd=demo[0])
    assert (both.code, both.err.startswith("error: --json and --markdown")) == (2, True)


def test_a_table_and_a_folder_are_summarised_into_a_file(demo: tuple[Path, Result], tmp_path: Path) -> None:
    folder, out = demo[0], tmp_path / "answers.jsonl"
    done = upshot("summarize", "calls.csv", "--arm", FULL, "--out", out, cwd=folder)
    assert done.code == 0, done.err
    assert f"{out}: 20 rows, " in done.out
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 20
    assert all(line["summary"] for line in lines)
    again = upshot("summarize", "calls.csv", "--arm", FULL, "--out", out, "--json", cwd=folder)
    assert json.loads(again.out)["kept"] == 20
    assert "Next:" in done.err
    sheet = upshot(
        "summarize", "calls.csv", "--arm", FULL, "--out", out, "--sheet", tmp_path / "answers.csv", cwd=folder
    )
    assert sheet.code == 0, sheet.err
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 20
    files = upshot("summarize", "examples", "--arm", FULL, "--out", tmp_path / "folder.jsonl", cwd=folder)
    assert files.code == 0, files.err
    for wrong, said in (
        (["calls.csv"], "error: calls.csv: many conversations; say where their answers go, with --out ANSWERS.jsonl\n"),
        (["calls.csv", "long.txt"], "error: calls.csv: many conversations; give a table or a folder by itself\n"),
    ):
        assert upshot("summarize", *wrong, "--arm", "nowhere", cwd=folder) == Result(2, "", said)


def test_lists_of_several_conversations_stand_apart_under_their_names(demo: tuple[Path, Result]) -> None:
    (demo[0] / "mail.txt").write_text("Ann: Write to me, Ben.\nBen: Thanks, Ann.\n")
    asked = ("summarize", "examples/clinic.txt", "mail.txt", "--arm", FULL, "--bullets")
    done = upshot(*asked, "-q", cwd=demo[0])
    first, second = done.out.split("\n\n")
    assert first.startswith("clinic.txt:\n- ")
    assert second.startswith("mail.txt:\n- ")
    assert upshot(*asked, "-q", "--out", "lists.txt", cwd=demo[0]).code == 0
    assert (demo[0] / "lists.txt").read_text() == done.out
    alone = upshot("summarize", "mail.txt", "--arm", FULL, "--bullets", "-q", cwd=demo[0])
    assert alone.out == second.removeprefix("mail.txt:\n")


def test_what_is_kept_back_says_why_instead_of_a_summary(demo: tuple[Path, Result]) -> None:
    (demo[0] / "ill.txt").write_text("Ann: I have diabetes and take insulin.\nBen: Diabetes, insulin? Oh.\n")
    asked = ("summarize", "examples/clinic.txt", "--arm", FULL)
    kept = upshot(*asked, "--abstain-below", "100", cwd=demo[0])
    if "confidence not known" in kept.err:  # too few validation summaries: no threshold
        assert "no threshold was applied" in kept.err
    else:
        assert kept.out == ("(no summary; kept back: less certain than the threshold, 100 % of validation summaries)\n")
        assert "check names, numbers" not in kept.err
        assert "AI-generated" not in kept.err


def test_what_comes_next_is_a_command_that_can_be_typed(demo: tuple[Path, Result], tmp_path: Path) -> None:
    file = tmp_path / "my talk.txt"
    file.write_text("Ann: Hello, Ben.\nBen: Hello.\n")
    done = upshot("summarize", file, "--arm", FULL, cwd=demo[0])
    steps = done.err.split("Next:\n")[1].splitlines()
    assert steps == [
        f"  upshot summarize '{file}' --arm {FULL} --markdown    # with the turns behind each sentence",
        f"  upshot serve {FULL}    # the same on a page in the browser",
    ]
    page = upshot(*shlex.split(steps[0], comments=True)[1:], cwd=demo[0])
    assert page.out.startswith("# my talk.txt\n")
    assert "--json    # everything known about a summary" in page.err
    many = upshot("summarize", file, "examples/clinic.txt", "--arm", FULL, cwd=demo[0])
    assert "upshot summarize FILE --arm" in many.err


def test_a_batch_without_any_summary_fails_and_keeps_its_lines(demo: tuple[Path, Result], tmp_path: Path) -> None:
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "a.txt").write_bytes(b"Ann: caf\xe9\n")
    out = tmp_path / "answers.jsonl"
    done = upshot("summarize", tmp_path / "talks", "--arm", FULL, "--out", out, cwd=demo[0])
    assert done.code == 3
    assert done.error == f"error: {out}: none of 1 rows could be summarised; each line there says why\n"
    assert json.loads(out.read_text(encoding="utf-8"))["error"]["code"] == "D08"


def test_a_sheet_is_for_many_conversations(demo: tuple[Path, Result], tmp_path: Path) -> None:
    done = upshot("summarize", "examples/clinic.txt", "--arm", FULL, "--sheet", tmp_path / "a.csv", cwd=demo[0])
    assert (done.code, done.err.startswith("error: --sheet is for a table or a folder")) == (2, True)


@pytest.mark.parametrize(
    ("name", "content", "line", "code"),
    [
        ("no.txt", None, "error D01: no.txt: file not found", 3),
        ("empty.txt", b" \n", "error D04: empty.txt: file is empty", 3),
        ("zero.txt", b"Ann: a\nBen: \0\n", "error D07: zero.txt line 2: NUL byte, this is not a text file", 3),
        (
            "old.txt",
            b"Ann: a\nBen: caf\xe9\n",
            "error D08: old.txt line 2: byte 0xE9 is not valid UTF-8; convert the file or pass --encoding latin-1",
            3,
        ),
        ("/dev/zero", None, "error D13: zero: not a regular file", 3),
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


def test_another_encoding_is_read_where_it_is_named(demo: tuple[Path, Result]) -> None:
    (demo[0] / "old.txt").write_bytes("Ann: We meet at the café.\nBen: Fine.\n".encode("latin-1"))
    done = upshot("summarize", "old.txt", "--arm", FULL, "--encoding", "latin-1", cwd=demo[0])
    assert done.code == 0, done.err


def test_an_arm_that_is_not_there_or_damaged_is_told_with_4(finished: Path) -> None:
    done = upshot("summarize", "examples/clinic.txt", "--arm", "runs/demo/arms/best", cwd=finished)
    assert done.code == 4
    assert "has no arm 'best' (arms: zero-shot, few-shot, full, lora)" in done.err
    nowhere = upshot("summarize", "examples/clinic.txt", "--arm", "runs/none", cwd=finished)
    assert (nowhere.code, "no such folder; expected 'starter', a run" in nowhere.err) == (4, True)
    examples = upshot("summarize", "examples/clinic.txt", "--arm", "runs/demo/arms/few-shot", cwd=finished)
    assert (examples.code, "puts training examples before" in examples.err) == (2, True)
    for path in (finished / FULL).glob("ct2-*/model.bin"):
        path.write_bytes(b"no")
    weights = finished / FULL / "weights" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(bytes(content))
    damaged = upshot("summarize", "examples/clinic.txt", "--arm", FULL, cwd=finished)
    assert damaged.code == 4
    assert "model.safetensors: checksum differs" in damaged.err


def test_a_conversation_is_never_written_over_and_a_batch_has_one_form(tmp_path: Path) -> None:
    talk = tmp_path / "talk.txt"
    talk.write_text("Ann: Hello, Ben.\n")
    (tmp_path / "calls.csv").write_text("id,dialogue\n1,Ann: Hello.\n")
    refused = upshot("summarize", "talk.txt", "--out", "./talk.txt", cwd=tmp_path)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "error: talk.txt: is what is to be summarised; give another file with --out\n"
    assert talk.read_text() == "Ann: Hello, Ben.\n"
    page = upshot("summarize", "calls.csv", "--out", "answers.md", "--markdown", cwd=tmp_path)
    assert page.code == 2
    assert "--markdown is for single conversations" in page.err


def test_a_column_is_named_as_the_error_says(demo: tuple[Path, Result], tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("nr,text\n7,Ann: Hello.\n")
    asked = ["summarize", tmp_path / "calls.csv", "--arm", FULL, "--out", tmp_path / "a.jsonl", "-q"]
    refused = upshot(*asked, cwd=demo[0])
    assert "use --column dialogue=text" in refused.err
    done = upshot(*asked, "--column", "dialogue=text", "--id-column", "id=nr", cwd=demo[0])
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "a.jsonl").read_text())["id"] == "7"
    of_another = upshot(*asked, "--column", "text", "--id-column", "nr", "--arm", "runs/demo/arms/lora", cwd=demo[0])
    assert of_another.code == 2
    assert "holds answers of another model (arm, weights_sha256: different)" in of_another.err
