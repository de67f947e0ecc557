"""Faulty and odd files, each with the exact outcome that the published list of codes promises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from upshot.data.findings import findings
from upshot.data.sources import load_splits
from upshot.data.tables import find_problems, read_rows
from upshot.errors import DataError
from upshot.recipe import DataSettings

HEAD = b"id,dialogue,summary\n"
TWO = b'{"id":"a","dialogue":"A: x","summary":"s"}\n{"id":"b","dialogue":"A: y","summary":"t"}\n'


@dataclass(frozen=True)
class Case:
    code: str
    file: str
    content: bytes
    message: str


ERRORS = (
    Case("D04", "x.csv", b"", "x.csv: file is empty"),
    Case("D04", "x.csv", b"\n\n", "x.csv: file is empty"),
    Case("D05", "x.csv", HEAD, "x.csv: no rows after the header"),
    Case("D05", "x.json", b"[]", "x.json: no rows"),
    Case("D06", "x.xlsx", b"PK\x03\x04", "x.xlsx: unsupported type '.xlsx' (use .csv, .jsonl or .json)"),
    Case("D07", "x.csv", HEAD + b"a,b\0c,d\n", "x.csv line 2: NUL byte, this is not a text file"),
    Case("D07", "x.jsonl", TWO.replace(b"A: y", b"\0"), "x.jsonl line 2: NUL byte, this is not a text file"),
    Case(
        "D08",
        "x.csv",
        HEAD + "1,café,x\n".encode("latin-1"),
        "x.csv line 2: byte 0xE9 is not valid UTF-8; convert the file or pass --encoding latin-1",
    ),
    Case(
        "D09",
        "x.csv",
        (HEAD + b"1,a,b\n").decode().encode("utf-16"),
        "x.csv: looks like UTF-16; convert the file or pass --encoding utf-16",
    ),
    Case(
        "D09",
        "x.csv",
        (HEAD + b"1,a,b\n").decode().encode("utf-16-le"),
        "x.csv: looks like UTF-16; convert the file or pass --encoding utf-16",
    ),
    Case("D11", "x.csv", b"\x1f\x8b\x08\0\0", "x.csv: is compressed (gzip); unpack it first"),
    Case("D11", "x.csv.gz", b"\x1f\x8b\x08\0\0", "x.csv.gz: is compressed (gzip); unpack it first"),
    Case("D11", "x.json", b"PK\x03\x04..", "x.json: is compressed (zip); unpack it first"),
    Case("D14", "x.csv", HEAD + b'1,"a,b\n2,c,d\n', "x.csv: the quote opened on line 2 is never closed"),
    Case("D14", "x.csv", HEAD + b'1,"a ""b""\nc","d\ne\n', "x.csv: the quote opened on line 3 is never closed"),
    Case(
        "D15",
        "x.csv",
        HEAD + b"1,Hi, there,c\n",
        "x.csv row 1 (line 2): 4 fields, the header has 3; is a text with commas missing its quotes?",
    ),
    Case(
        "D15",
        "x.csv",
        HEAD + b'1,"a\nb",c\n2,x,y,z\n',
        "x.csv row 2 (line 4): 4 fields, the header has 3; is a text with commas missing its quotes?",
    ),
    Case("D16", "x.csv", HEAD + b"1,a\n", "x.csv row 1 (line 2): 2 fields, the header has 3"),
    Case("D17", "x.csv", HEAD + b'1,"a"b,c\n', "x.csv row 1 (line 2): text after a closing quote"),
    Case(
        "D18", "x.csv", b"id;dialogue;summary\n1;a;b\n", "x.csv: one column 'id;dialogue;summary'; pass --delimiter ';'"
    ),
    Case(
        "D19",
        "x.csv",
        b"id,text,summary\n1,a,b\n",
        "x.csv: no column 'dialogue' (found: id, text, summary); use --column dialogue=text",
    ),
    Case("D20", "x.csv", b"id,dialogue,dialogue\n1,a,b\n", "x.csv: column 'dialogue' appears twice"),
    Case(
        "D22",
        "x.csv",
        HEAD + b"1," + b"a" * 1_200_000 + b",b\n",
        "x.csv row 1: 'dialogue' has 1,200,000 characters, the limit is 1,000,000",
    ),
    Case(
        "D25",
        "x.jsonl",
        TWO + b'{"id": "c" "x"}\n',
        "x.jsonl line 3: not valid JSON (Expecting ',' delimiter, column 12)",
    ),
    Case(
        "D26",
        "x.jsonl",
        TWO + b'{"id":"c","dial',
        "x.jsonl line 3: not valid JSON; it is the last line, the file may be cut off",
    ),
    Case("D27", "x.jsonl", TWO + b"[1]\n", "x.jsonl line 3: expected an object, got a list"),
    Case("D28", "x.jsonl", TWO + b'{"summary":"a","summary":"b"}\n', "x.jsonl line 3: key 'summary' appears twice"),
    Case("D29", "x.jsonl", TWO + b'{"id":NaN}\n', "x.jsonl line 3: 'NaN' is not a JSON value"),
    Case("D29", "x.jsonl", TWO + b'{"id":1e400}\n', "x.jsonl line 3: '1e400' is not a JSON value"),
    Case("D30", "x.jsonl", b"[" * 100_000, "x.jsonl line 1: nested deeper than 20"),
    Case("D30", "x.json", b"[\n" * 100_000, "x.json line 21: nested deeper than 20"),
    Case("D31", "x.jsonl", b'{"id":' + b"1" * 5000 + b"}\n", "x.jsonl line 1: number with more than 4,300 digits"),
    Case("D32", "x.json", TWO, "x.json: more than one JSON value; name the file .jsonl"),
    Case("D33", "x.jsonl", TWO + b'{"id":"c","dialogue":null,"summary":"u"}\n', "x.jsonl row 3: 'dialogue' is missing"),
    Case("D33", "x.jsonl", TWO + b'{"id":"c","summary":"u"}\n', "x.jsonl row 3: 'dialogue' is missing"),
    Case("D34", "x.csv", HEAD + b"1,a,b\n2,c,d\n3,  ,x\n", "x.csv row 3: 'dialogue' is empty"),
    Case(
        "D35",
        "x.csv",
        HEAD + b"1,a,b\n2,c,d\n3,e,\n",
        "x.csv row 3: 'summary' is empty (needed here; predict works without it)",
    ),
    Case(
        "D37",
        "x.jsonl",
        TWO + b'{"dialogue":7,"summary":"u"}\n',
        "x.jsonl row 3: 'dialogue' is a number, expected text",
    ),
    Case(
        "D38",
        "x.jsonl",
        TWO + b'{"dialogue":"\\ud800","summary":"u"}\n',
        "x.jsonl row 3: 'dialogue' holds half a surrogate pair (\\ud800)",
    ),
    Case("D42", "x.csv", HEAD + b"test_12,a,b\n2,c,d\ntest_12,e,f\n", "x.csv: id 'test_12' in rows 1 and 3"),
)

NOTICES = (
    Case(
        "D21", "x.csv", b"id, Dialogue ,summary\n1,a,b\n", "warning D21: x.csv: column ' Dialogue ' read as 'dialogue'"
    ),
    Case("D24", "x.csv", HEAD + b"\n1,a,b\n \n\n", "note D24: x.csv: 3 blank lines skipped"),
    Case(
        "D39",
        "x.csv",
        HEAD + b"1,a\x1b[2Jb,c\n2,a,b\n",
        "warning D39: x.csv: control characters removed in 1 row (first: row 1)",
    ),
    Case(
        "D40",
        "x.csv",
        HEAD + "1,a\ufffd,c\n2,\ufffd,d\n".encode(),
        "warning D40: x.csv: 2 rows hold U+FFFD; the text was decoded wrongly before",
    ),
    Case(
        "D41",
        "x.csv",
        HEAD + "1,a,b\n2,a\u202eb,c\n".encode(),
        "warning D41: x.csv: invisible or direction characters in 1 row (first: row 2)",
    ),
    Case(
        "D50",
        "x.csv",
        HEAD + b"1,a </s> b,c\n",
        "warning D50: x.csv: special tokens written as text in 1 row; they are read as plain text",
    ),
)

GATE = (
    Case(
        "D43", "x.csv", HEAD + b"1,A: hello,b\n2,A: Hello!,c\n3,A: bye,d\n", "x.csv: 1 dialogue appears more than once"
    ),
    Case(
        "D45",
        "x.csv",
        HEAD + b"1,#Person1#: one two,b\n2,#Person1#: three four,c\n3,no speaker here,d\n",
        "x.csv: 1 row has no '#Person1#:' style turns (first: row 3)",
    ),
    Case(
        "D48",
        "x.csv",
        HEAD + b"1,A: hi you,x\n2,A: a,b c d\n",
        "x.csv: 1 summary is as long as its dialogue (first: row 2)",
    ),
)


def _write(folder: Path, case: Case) -> Path:
    path = folder / case.file
    path.write_bytes(case.content)
    return path


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.code)
def test_a_faulty_file_gives_its_exact_message(case: Case, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_rows(_write(tmp_path, case))
    assert (caught.value.code, caught.value.message) == (case.code, case.message)
    assert caught.value.exit_code == 3
    assert case.message in [error.message for error in find_problems(tmp_path / case.file)]


@pytest.mark.parametrize("case", NOTICES, ids=lambda case: case.code)
def test_an_odd_file_is_read_and_remarked_on(case: Case, tmp_path: Path) -> None:
    rows, notices = read_rows(_write(tmp_path, case))
    assert rows
    assert case.message in [str(notice) for notice in notices]


@pytest.mark.parametrize("case", GATE, ids=lambda case: case.code)
def test_the_gate_warns_of_an_odd_file(case: Case, tmp_path: Path) -> None:
    data = load_splits(DataSettings(source=str(_write(tmp_path, case))), 1, divide_file=False)
    warnings = [(notice.code, notice.message) for notice in findings(data).warnings]
    assert warnings == [(case.code, case.message)]


def test_the_list_of_the_acceptance_is_covered() -> None:
    promised = {f"D{number:02d}" for number in (1, 4, 5, *range(7, 12), *range(14, 21), *range(25, 29), *range(33, 37))}
    promised |= {f"D{number}" for number in range(42, 46)}
    elsewhere = {"D01", "D10", "D36", "D44"}  # tests of their own below and in test_findings.py
    met = {case.code for case in (*ERRORS, *NOTICES, *GATE)} | elsewhere
    assert promised <= met
    assert len(promised) == 27


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_rows(tmp_path / "x.csv")
    assert str(caught.value) == f"error D01: {tmp_path}/x.csv: file not found"


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD + b"7,a,b\n")
    rows, notices = read_rows(path)
    assert (rows[0].id, notices) == ("7", [])


def test_texts_that_look_like_values_stay_text(tmp_path: Path) -> None:
    path, texts = tmp_path / "x.csv", ["None", "NA", "null", "nan", "007", "1e5", "True"]
    path.write_text("dialogue,summary\n" + "".join(f"{text},{text}\n" for text in texts))
    rows, notices = read_rows(path)
    assert [(row.dialogue, row.summary) for row in rows] == [(text, text) for text in texts]
    assert notices == []


def test_all_problems_of_a_file_are_listed_up_to_a_hundred(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(HEAD + b"1,a\n2,,x\n3,ok,fine\n4,b,\n")
    assert [error.code for error in find_problems(path)] == ["D16", "D34", "D35"]
    path.write_bytes(HEAD + b"1,a\n" * 300)
    assert len(find_problems(path)) == 100
