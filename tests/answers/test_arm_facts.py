"""What a summarizer tells of itself, in words."""

from upshot.answers.about import About
from upshot.answers.arm_facts import Facts


def facts(about: About) -> Facts:
    return Facts("full", "abc", "{dialogue}", {}, "engine", 9, 512, about)


def test_what_it_learned_from_is_said_with_the_usual_length() -> None:
    assert facts(About("12 rows of calls.csv", 21)).trained_on == "12 rows of calls.csv, summaries of about 21 words"
    assert facts(About("12 rows of calls.csv")).trained_on == "12 rows of calls.csv"
    assert facts(About()).trained_on == "not known"


def test_it_says_whether_it_reads_tags() -> None:
    assert facts(About(tags=True)).tags
    assert not facts(About()).tags
