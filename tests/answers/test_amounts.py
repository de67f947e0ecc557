"""Amounts of a text: what they are, and what they may mean."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.answers.amounts import amounts_of, group_of, told_by


def read(text: str) -> list[tuple[str, str]]:
    """Kind and words of each amount."""
    return [(item.kind, text[item.start : item.end]) for item in amounts_of(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Take 5 mg of it.", [("dose", "5 mg")]),
        ("Take two tablets a day.", [("dose", "two tablets a day")]),
        ("Two white tablets, twice a day.", [("dose", "Two white tablets"), ("dose", "twice a day")]),
        ("Three times a day, please.", [("dose", "Three times a day")]),
        ("It was thirty-nine point two this morning.", [("number", "thirty-nine point two")]),
        ("Write to [EMAIL-1] of #Person12#.", []),
        ("Call [NUMBER-2] at 5.", [("number", "[NUMBER-2]"), ("time", "5")]),
        ("That's $45.", [("money", "$45")]),
        ("It costs forty-five dollars.", [("money", "forty-five dollars")]),
        ("We pay 1,200 euros.", [("money", "1,200 euros")]),
        ("It's at 9:30.", [("time", "9:30")]),
        ("It's at half past nine.", [("time", "half past nine")]),
        ("Come at seven.", [("time", "seven")]),
        ("Come at seven o'clock on Monday.", [("time", "seven o'clock"), ("date", "Monday")]),
        ("Come at twenty past eight.", [("time", "twenty past eight")]),
        ("Seven houses at seven corners.", [("number", "Seven houses"), ("number", "seven corners")]),
        ("We meet on March 3rd.", [("date", "March 3rd")]),
        ("We meet on the 3rd of March 2027.", [("date", "3rd of March 2027")]),
        ("We meet on 2027-03-04.", [("date", "2027-03-04")]),
        ("We meet on Friday, the 3rd.", [("date", "Friday, the 3rd")]),
        ("The parts come on the eleventh.", [("date", "eleventh")]),
        ("I live on the 3rd floor.", [("number", "3rd floor")]),
        ("May I go? In May I may.", [("date", "May")]),
        ("I need it by Friday.", [("deadline", "by Friday")]),
        ("I need it before noon.", [("deadline", "before noon")]),
        ("You have until the 3rd.", [("deadline", "until the 3rd")]),
        ("Reply within two weeks.", [("deadline", "within two weeks")]),
        ("Reply within a week.", [("deadline", "within a week")]),
        ("No later than March 5th.", [("deadline", "No later than March 5th")]),
        ("It's due by the end of the month.", [("deadline", "due by the end of the month")]),
        ("Send it by tomorrow morning.", [("deadline", "by tomorrow morning")]),
        ("The two of us may march.", []),
        ("One of them, please.", []),
        ("At home it's one twenty-eight.", [("number", "one twenty-eight")]),
        ("Call 555 0123 77.", [("number", "555 0123 77")]),
        ("It takes five working days.", [("number", "five working days")]),
        ("Two of the forty tests fail.", [("number", "Two"), ("number", "forty tests")]),
        ("Two Monday meetings, in room 3.", [("number", "Two"), ("date", "Monday"), ("number", "room 3")]),
        ("2 room 5", [("number", "2 room"), ("number", "5")]),
    ],
)
def test_an_amount_is_what_the_words_around_it_say(text: str, found: list[tuple[str, str]]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("seven bikes", "7 bikes"),
        ("half past nine", "9:30"),
        ("at nine.", "9 pm"),
        ("19:00", "7 o'clock"),
        ("two weeks", "fourteen days"),
        ("within a week", "seven days"),
        ("tomorrow", "the next day"),
        ("by noon", "at midday"),
        ("March 3rd", "2027-03-03"),
        ("on Fridays", "this friday"),
    ],
)
def test_two_ways_to_say_it_have_a_meaning_in_common(one: str, other: str) -> None:
    (a,), (b,) = amounts_of(one), amounts_of(other)
    assert a.values & b.means
    assert b.values & a.means


def test_a_date_asks_for_the_day_and_means_its_month() -> None:
    (day,), (month,) = amounts_of("on March 3rd"), amounts_of("in March")
    assert not day.values & month.means
    assert month.values & day.means


def test_what_is_told_is_looked_up_by_meaning_and_group() -> None:
    told = told_by(amounts_of("Pay $5 by Friday at 5 pm."))
    assert told["5"] == {"money", "when"}
    assert told["friday"] == {group_of("date")}


PIECES = st.sampled_from([*"0123456789 .,:-$/ab\n²", "one ", "half past ", "by the ", "May "])


@given(st.lists(PIECES, max_size=60).map("".join))
def test_amounts_stand_in_order_within_the_text(text: str) -> None:
    ends = [0]
    for item in amounts_of(text):
        assert item.values <= item.means
        assert item.values
        ends += [item.start, item.end]
    assert [*ends, len(text)] == sorted([*ends, len(text)])


@pytest.mark.parametrize(
    "piece", ["by the 3rd at half past nine, ", "1 ", "twenty ", "the ", "Friday ", "1.1.", "within "]
)
def test_time_grows_with_the_text_alone(piece: str) -> None:
    started = time.process_time()
    amounts_of(piece * 6000)
    amounts_of(" ".join(map(str, range(6000))))
    assert time.process_time() - started < 4
