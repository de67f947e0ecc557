"""CSV, strictly."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upshot.data.csv_rows import csv_records
from upshot.data.notices import Remarks
from upshot.data.tables import Reading, read_rows
from upshot.errors import UsageError

# What may stand in a text file: no lone surrogates (D38) and no NUL (D07); other control characters are D39.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\r\n")).filter(str.strip)
HAS_WORDS = TEXT.filter(lambda text: text.strip("\ufeff").strip())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(HAS_WORDS, TEXT), min_size=1, max_size=5))
def test_texts_written_as_csv_are_read_back(tmp_path: Path, texts: list[tuple[str, str]]) -> None:
    path = tmp_path / "x.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("dialogue", "summary"), *texts])
    rows, _ = read_rows(path)
    assert [row.dialogue for row in rows] == [text.replace("\r\n", "\n").replace("\r", "\n") for text, _ in texts]
    assert [row.summary for row in rows] == [summary for _, summary in texts]


def test_line_ends_of_every_kind_give_the_same_dialogues(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for end in ("\n", "\r\n", "\r"):
        text = f'dialogue,summary{end}"A: one{end}B: two","s{end}t"{end}"A: x",y{end}'
        path.write_bytes(text.encode())
        rows, notices = read_rows(path)
        assert [row.dialogue for row in rows] == ["A: one\nB: two", "A: x"]
        assert rows[0].summary == f"s{end}t"
        assert notices == []


def test_the_limit_of_the_csv_module_is_put_back(tmp_path: Path) -> None:
    path, before = tmp_path / "x.csv", csv.field_size_limit()
    path.write_text("dialogue,summary\n" + "a" * 200_000 + ",b\n")
    rows, _ = read_rows(path)
    assert len(rows[0].dialogue) == 200_000
    assert csv.field_size_limit() == before


def test_another_delimiter_is_used_when_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("dialogue;summary\nA: hi, you;b\n")
    assert read_rows(path, Reading(delimiter=";"))[0][0].dialogue == "A: hi, you"


def test_a_delimiter_that_csv_cannot_have_is_a_usage_error() -> None:
    for delimiter in ('"', "\n", ";;", ""):
        with pytest.raises(UsageError, match="delimiter"):
            csv_records([], file="x.csv", delimiter=delimiter, remarks=Remarks())
