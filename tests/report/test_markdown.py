"""The technical report."""

import re

import pytest

from report_run import write_run
from upshot.report.facts import read_facts
from upshot.report.markdown import markdown


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


def test_the_report_goes_from_the_question_to_how_to_repeat_it(tmp_path):
    text = markdown(read_facts(write_run(tmp_path)))
    headings = [line[3:] for line in outside_fences(text) if line.startswith("## ")]
    assert headings == [
        "Question",
        "Verdict",
        "Method",
        "Results",
        "Training and cost",
        "Errors",
        "Examples",
        "Limits",
        "What was not done",
        "Conclusion",
        "Ethics",
        "How to reproduce",
    ]
    assert "AI-generated" in text
    assert "not measured" in text
    assert "upshot run recipe.yaml" in text


def test_the_sections_that_need_the_error_analysis_say_how_to_make_it(tmp_path):
    bare = markdown(read_facts(write_run(tmp_path / "bare")))
    assert "Not analysed: `upshot analyse` does it." in bare
    full = markdown(read_facts(write_run(tmp_path / "full", analysed=True)))
    assert "Not analysed" not in full
    assert "continues the dialogue" in full
    assert "never as a rate of hallucination" in full


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
    text = markdown(read_facts(write_run(tmp_path, payload=hostile, analysed=True)))
    lines = outside_fences(text)
    assert not [line for line in lines if re.search(r"<|(?<!\\)\]\(", line)]
    assert {line for line in lines if line.startswith("# ")} == {
        "# small-talks: a comparison of 3 ways to summarise conversations"
    }
