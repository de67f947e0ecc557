"""Text of a run as Markdown."""

import doctest

import pytest

from upshot.report import markdown_text as room
from upshot.report.grid import Column, Line, Table
from upshot.report.markdown_text import bullets, fenced, literal, table_lines


def test_the_examples_of_the_room_run():
    assert doctest.testmod(room) == (0, 1)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("1. one", "1\\. one"),
        ("- a", "\\- a"),
        ("0.5", "0.5"),
        ("http://x www.x", "http&#58;//x www&#46;x"),
        ("a\nb", "a b"),
    ],
)
def test_nothing_becomes_a_list_a_heading_or_a_link(text, escaped):
    assert literal(text) == escaped


def test_a_fence_is_longer_than_any_inside():
    assert fenced("a ```` b")[0] == "`````text"


def test_a_pipe_cannot_add_a_column_and_a_reason_fills_its_row():
    table = Table("t", (Column("a"), Column("b")), (Line("x|y", (), reason="none"),))
    assert list(table_lines(table))[-2] == "| x\\|y | none |  |"


def test_columns_of_two_groups_are_told_apart():
    columns = (Column("ROUGE-1", "%", "of the score"), Column("ROUGE-1", "%", "of the gain"), Column("n"))
    (heading,) = [line for line in table_lines(Table("t", columns, ())) if "ROUGE-1" in line]
    assert heading == "| arm | of the score: ROUGE-1 (%) | of the gain: ROUGE-1 (%) | n |"


def test_a_list_keeps_one_line_a_text():
    assert bullets(["a\nb", "- c"]) == ["- a b", "- \\- c"]
