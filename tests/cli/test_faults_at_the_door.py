"""Thirty faulty or odd inputs at the command line: the promised line, the promised exit code, never a traceback."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from command import Result, process, upshot
from small_project import settings, write_recipe, write_splits
from upshot.recipe_file import dump_recipe, parse_recipe
from upshot.records import Dialogue, Prediction, dump_lines
from upshot.rundir import RunDir, write_text

HEAD: Final = b"id,dialogue,summary\n"
GOOD: Final = b'{"id":"%d","dialogue":"A: x","summary":"s"}\n'
LINES: Final = b"".join(GOOD % number for number in range(6))


@dataclass(frozen=True)
class Case:
    """A file, what is asked of it, and what must be said. Exit code 0 with no line: accepted without a remark."""

    code: str
    content: bytes | None
    said: str = ""
    file: str = "x.csv"
    exit_code: int = 3
    options: tuple[str, ...] = ()


CASES: Final = (
    Case("D01", None, "error D01: x.csv: file not found"),
    Case("D04", b"", "error D04: x.csv: file is empty"),
    Case("D05", HEAD, "error D05: x.csv: no rows after the header"),
    Case("D07", HEAD + b"1,a\0b,c\n", "error D07: x.csv line 2: NUL byte, this is not a text file"),
    Case(
        "D08",
        HEAD + b"1,caf\xe9,c\n",
        "error D08: x.csv line 2: byte 0xE9 is not valid UTF-8; convert the file or pass --encoding latin-1",
    ),
    Case(
        "D09",
        (HEAD + b"1,a,b\n").decode().encode("utf-16"),
        "error D09: x.csv: looks like UTF-16; convert the file or pass --encoding utf-16",
    ),
    Case("D10", b"\xef\xbb\xbf" + HEAD + b"1,A: hello there,b\n", exit_code=0),
    Case("D11", b"\x1f\x8b\x08\0\0", "error D11: x.csv: is compressed (gzip); unpack it first"),
    Case("D14", HEAD + b'1,"a,b\n2,c,d\n', "error D14: x.csv: the quote opened on line 2 is never closed"),
    Case(
        "D15",
        HEAD + b"1,Hi, there,c\n",
        "error D15: x.csv row 1 (line 2): 4 fields, the header has 3; is a text with commas missing its quotes?",
    ),
    Case("D16", HEAD + b"1,a\n", "error D16: x.csv row 1 (line 2): 2 fields, the header has 3"),
    Case("D17", HEAD + b'1,"a"b,c\n', "error D17: x.csv row 1 (line 2): text after a closing quote"),
    Case(
        "D18",
        b"id;dialogue;summary\n1;a;b\n",
        "error D18: x.csv: one column 'id;dialogue;summary'; pass --delimiter ';'",
    ),
    Case(
        "D19",
        b"id,text,summary\n1,a,b\n",
        "error D19: x.csv: no column 'dialogue' (found: id, text, summary); use --column dialogue=text",
    ),
    Case("D20", b"id,dialogue,dialogue\n1,a,b\n", "error D20: x.csv: column 'dialogue' appears twice"),
    Case(
        "D25",
        LINES + b'{"id": "c" "summary": "x"}\n' + GOOD % 9,
        "error D25: x.jsonl line 7: not valid JSON (Expecting ',' delimiter, column 12)",
        "x.jsonl",
    ),
    Case(
        "D26",
        LINES + b'{"id":"c","dial',
        "error D26: x.jsonl line 7: not valid JSON; it is the last line, the file may be cut off",
        "x.jsonl",
    ),
    Case("D27", LINES + b"[1]\n", "error D27: x.jsonl line 7: expected an object, got a list", "x.jsonl"),
    Case(
        "D28",
        LINES + b'{"summary":"a","summary":"b"}\n',
        "error D28: x.jsonl line 7: key 'summary' appears twice",
        "x.jsonl",
    ),
    Case(
        "D33",
        LINES + b'{"id":"c","dialogue":null,"summary":"u"}\n',
        "error D33: x.jsonl row 7: 'dialogue' is missing",
        "x.jsonl",
    ),
    Case("D34", HEAD + b"1,a,b\n2,c,d\n3,  ,x\n", "error D34: x.csv row 3: 'dialogue' is empty"),
    Case(
        "D35",
        HEAD + b"1,a,b\n2,c,d\n3,e,\n",
        "error D35: x.csv row 3: 'summary' is empty (needed here; predict works without it)",
    ),
    Case(
        "D36",
        HEAD
        + b"".join(
            b"%d,A: it is %s you see,%s\n" % (n, t, t) for n, t in enumerate((b"None", b"NA", b"nan", b"007", b"1e5"))
        ),
        exit_code=0,
    ),
    Case("D42", HEAD + b"test_12,a,b\n2,c,d\ntest_12,e,f\n", "error D42: x.csv: id 'test_12' in rows 1 and 3"),
    Case(
        "D43",
        HEAD + b"1,A: hello you,b\n2,A: Hello you!,c\n3,A: bye now,d\n",
        "warning D43: x.csv: 1 dialogue appears more than once",
        exit_code=0,
    ),
    Case(
        "D45",
        HEAD + b"1,#Person1#: one two,b\n2,#Person1#: three four,c\n3,no speaker here,d\n",
        "warning D45: x.csv: 1 row has no '#Person1#:' style turns (first: row 3)",
        exit_code=0,
    ),
)
ELSEWHERE: Final = ("D44", "D53", "D57", "D60")  # the tests below


def check(folder: Path, case: Case, *more: str) -> Result:
    if case.content is not None:
        (folder / case.file).write_bytes(case.content)
    return upshot("check", case.file, "--model", "none", *case.options, *more, cwd=folder)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_check_says_what_is_promised(case: Case, tmp_path: Path) -> None:
    done = check(tmp_path, case)
    assert done.code == case.exit_code, done
    assert "Traceback" not in done.err
    if case.exit_code:
        assert (done.out, done.err) == ("", case.said + "\n")
    elif case.said:
        assert case.said in done.out.splitlines()
        assert "1 warning" in done.out.splitlines()
    else:
        assert "nothing is wrong" in done.out.splitlines()
        assert "warning" not in done.out


def test_the_thirty_inputs_of_the_acceptance_are_met() -> None:
    numbers = (1, 4, 5, *range(7, 12), *range(14, 21), *range(25, 29), *range(33, 37), *range(42, 46), 53, 57, 60)
    met = [case.code for case in CASES] + list(ELSEWHERE)
    assert sorted(met) == [f"D{number:02d}" for number in numbers]
    assert len(met) == 30


@pytest.mark.parametrize("case", [case for case in CASES if case.exit_code], ids=lambda case: case.code)
def test_run_stops_at_the_same_line(case: Case, tmp_path: Path) -> None:
    if case.content is not None:
        (tmp_path / case.file).write_bytes(case.content)
    (tmp_path / "mine.yaml").write_text(f"data: {{source: {case.file}}}\narms: {{zero-shot: {{}}}}\n")
    done = upshot("run", "mine.yaml", "--quiet", cwd=tmp_path)
    assert done == Result(case.exit_code, "", case.said + "\n")


@pytest.mark.parametrize("verb", ["init", "describe"])
@pytest.mark.parametrize("code", ["D01", "D08", "D15", "D19", "D33", "D42"])
def test_init_and_describe_stop_at_the_same_line(verb: str, code: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.code == code)
    if case.content is not None:
        (tmp_path / case.file).write_bytes(case.content)
    done = upshot(verb, case.file, cwd=tmp_path)
    assert done == Result(case.exit_code, "", case.said + "\n")
    assert not list(tmp_path.glob("*.yaml"))


@pytest.mark.parametrize(
    ("code", "content", "said"),
    [
        ("D01", None, "error D01: x.csv: file not found"),
        ("D04", b"", "error D04: x.csv: file is empty"),
        ("D05", b"ref,arm\n", "error D05: x.csv: no rows after the header"),
        ("D08", b"ref,arm\na,caf\xe9\n", "error D08: x.csv line 2: byte 0xE9 is not valid UTF-8; convert the file"),
        ("D14", b'ref,arm\n"a,b\n', "error D14: x.csv line 2: a quote is opened and never closed"),
        ("D15", b"ref,arm\na,b,c\n", "error D15: x.csv row 1 (line 2): 3 fields, the header has 2"),
        ("D16", b"ref,arm\na\n", "error D16: x.csv row 1 (line 2): 1 fields, the header has 2"),
        ("D17", b'ref,arm\n"a"b,c\n', "error D17: x.csv line 2: text after a closing quote"),
        ("D19", b"text,arm\na,b\n", "error D19: x.csv: no column 'ref' (found: text, arm)"),
        ("D20", b"ref,arm,arm\na,b,c\n", "error D20: x.csv: column 'arm' appears twice"),
        ("D34", b"ref,arm\n ,b\n", "error D34: x.csv row 1: 'ref' is empty"),
    ],
)
def test_compare_refuses_a_faulty_table(code: str, content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "x.csv").write_bytes(content)
    done = upshot("compare", "--table", "x.csv", "--reference", "ref", "--prediction", "arm", cwd=tmp_path)
    assert done == Result(2 if code == "D19" else 3, "", said + "\n")


def test_compare_takes_texts_that_look_like_values_and_a_byte_order_mark(tmp_path: Path) -> None:
    rows = "".join(f"{text} of it,{text}\r\n" for text in ("None", "NA", "null", "007", "1e5", "True"))
    (tmp_path / "x.csv").write_bytes(b"\xef\xbb\xbf" + f"ref,arm\r\n{rows}".encode())
    done = upshot("compare", "--table", "x.csv", "--reference", "ref", "--prediction", "arm", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "n=6 rows (no grouping given)" in done.out


def test_dialogues_that_splits_share_are_a_warning_and_with_strict_an_error(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_bytes(HEAD + b"t1,A: hello there,b\nt2,A: good night,c\n")
    (tmp_path / "validation.csv").write_bytes(HEAD + b"v1,A: something else,b\n")
    (tmp_path / "test.csv").write_bytes(HEAD + b"x1,A: Good night!,b\n")
    said = "D44: 1 dialogue of test.csv is in train.csv (first: x1 = t2); data.clean removes them"
    done = upshot("check", ".", "--model", "none", cwd=tmp_path)
    assert done.code == 0
    assert f"warning {said}" in done.out.splitlines()
    assert upshot("check", ".", "--model", "none", "--strict", cwd=tmp_path) == Result(3, "", f"error {said}\n")


def test_predictions_that_lack_a_dialogue_are_refused_by_score(tmp_path: Path) -> None:
    run = RunDir(tmp_path / "runs" / "few")
    write_text(run.root / "recipe.yaml", dump_recipe(parse_recipe("name: few\narms: {full: {tuning: full}}")))
    dialogues = [Dialogue(f"test_{n}", f"A: {n}", ("It is so.",), (f"test_{n}_1",)) for n in range(500)]
    made = [Prediction(item.id, "It is.", 3, False, -0.5, 9, False) for item in dialogues]
    write_text(run.split("test"), dump_lines(dialogues))
    write_text(run.predictions("full", "test"), dump_lines(made[:17] + made[19:]))
    done = upshot("score", "runs/few", cwd=tmp_path)
    assert done == Result(3, "", "error D53: 498 predictions for 500 references; first missing id: test_17\n")


def test_a_prompt_without_a_slot_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    write_recipe(tmp_path / "mine.yaml", write_splits(tmp_path / "data"), "{zero-shot: {}, full: {tuning: full}}")
    done = upshot("run", "mine.yaml", *settings("arms.full.prompt.template=p3"), cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error D57: prompt 'p3' has no {dialogue}")
    assert not (tmp_path / "runs" / "small" / "arms").exists()


def test_an_unknown_key_of_a_recipe_is_named_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        "name: x\n" * 1 + "\n\n\n\ntrain:\n  learing_rate: 1.0e-4\narms: {full: {}}\n"
    )
    done = upshot("run", "recipe.yaml", cwd=tmp_path)
    assert done == Result(
        2, "", "error D60: recipe.yaml line 7: unknown key 'learing_rate' (did you mean 'learning_rate'?)\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "arms: !!python/object/apply:os.system ['touch pwned']",
        "arms: [",
        "- a",
        "",
        "train: {epochs: -1}\narms: {a: {}}",
        "arms: {../../outside: {}}",
        "arms: {a/b: {}}",
        "arms: {'': {}}",
        "\x00",
    ],
)
def test_other_faults_of_a_recipe_are_one_error_and_run_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(text)
    for arguments in (["run", "recipe.yaml"], ["check", "recipe.yaml"], ["train", "recipe.yaml", "--set", "seed=2"]):
        done = upshot(*arguments, cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("error D60: ")
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.yaml"]


def test_a_fault_is_the_same_in_a_process_of_its_own(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.code == "D15")
    (tmp_path / case.file).write_bytes(case.content or b"")
    assert process("check", case.file, cwd=tmp_path) == Result(3, "", case.said + "\n")
    table = process("compare", "--table", case.file, "--reference", "dialogue", "--prediction", "summary", cwd=tmp_path)
    assert (table.code, table.out) == (3, "")
    assert table.err.startswith("error D15: x.csv row 1 (line 2): 4 fields")


def test_all_errors_are_listed_on_request(tmp_path: Path) -> None:
    case = Case("D16", HEAD + b"1,a\n2,,x\n3,ok,fine\n4,b,\n")
    done = check(tmp_path, case, "--all-errors")
    assert (done.code, done.out) == (3, "")
    assert [line[:10] for line in done.err.splitlines()] == ["error D16:", "error D34:", "error D35:"]


def test_conversations_without_summaries_can_be_checked_on_request(tmp_path: Path) -> None:
    case = Case("D19", b"id,dialogue\n1,A: hello there\n")
    assert check(tmp_path, case).err.startswith("error D19: x.csv: no column 'summary'")
    assert check(tmp_path, case, "--column", "summary=").code == 0


def test_options_mend_what_the_messages_say_they_mend(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id;text;summary\n1;A: caf\xe9 at noon;b\n")
    mended = ("--delimiter", ";", "--encoding", "latin-1", "--column", "dialogue=text")
    done = upshot("check", "a.csv", "--model", "none", *mended, cwd=tmp_path)
    assert (done.code, "nothing is wrong" in done.out) == (0, True), done
