"""Turns and speakers."""

import pytest

from upshot.data.turns import Turn, has_person_tags, speakers_of, turns_of


def test_tags_and_names_begin_turns() -> None:
    text = "#Person1#: Hi.\n# Person 2 # :Hello.\nDr. Lee: Good day.\namanda: hey\n王先生：你好"
    assert speakers_of(text) == ("#Person1#", "#Person2#", "Dr. Lee", "amanda", "王先生")


@pytest.mark.parametrize("line", ["at 10:30 we go", "see https://x.org", "I think so: yes", "12: no", "Well, Tom: no"])
def test_a_colon_alone_makes_no_speaker(line: str) -> None:
    assert turns_of(f"Ann: hi\n{line}") == (Turn("Ann", f"hi\n{line}"),)


def test_lines_before_the_first_name_have_no_speaker() -> None:
    assert turns_of("[door opens]\nAnn: hi\n\n") == (Turn("", "[door opens]"), Turn("Ann", "hi"))
    assert turns_of("") == ()
    assert speakers_of("just text") == ()


def test_odd_tags_are_no_person_tags() -> None:
    assert has_person_tags("x\n#Person1#: hi")
    assert not has_person_tags("#Person1: hi\nAnn: ho")
