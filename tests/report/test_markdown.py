"""The technical report."""

import doctest
import re

import pytest

from report_run import write_run
from upshot.report import markdown as room
from upshot.report.facts import read_facts
from upshot.report.grid import Column, Line, Table
from upshot.report.markdown import fenced, literal, markdown, table_lines


def outside_fences(text: str) -> list[str]:
    """Lines that a Markdown reader renders, without the content of code blocks."""
    fence, lines = "", []
    for line in text.split("\n"):
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith("```"):
            fence = line.removesuffix("text")
        else:
            lines.append(line)
    assert fence == ""
    return lines


def test_the_examples_of_the_room_run():
    assert doctest.testmod(room) == (0, 1)


def test_the_report_goes_from_the_question_to_how_to_repeat_it(tmp_path):
    text = markdown(read_facts(write_run(tmp_path)))
    headings = [line[3:] for line in outside_fences(text) if line.startswith("## ")]
    assert headings == [
        "Question",
        "Verdict",
        "Method",
        "Results",
        "Training and cost",
        "Examples",
        "Limits",
        "How to reproduce",
    ]
    assert "AI-generated" in text
    assert "not measured" in text
    assert "upshot run recipe.yaml" in text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "```\n<img src=x onerror=alert(1)>\n```",
        "````",
        "[x](javascript:alert(1))",
        "# big\n---\n",
    ],
)
def test_text_of_the_run_stays_text(tmp_path, hostile):
    text = markdown(read_facts(write_run(tmp_path, payload=hostile)))
    lines = outside_fences(text)
    assert not [line for line in lines if re.search(r"<|(?<!\\)\]\(", line)]
    assert {line for line in lines if line.startswith("# ")} == {
        "# small-talks: a comparison of 3 ways to summarise conversations"
    }


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
