"""Numbers that the dialogue does not support."""

import pytest

from upshot.analysis.numbers import numbers_of, unsupported_numbers, values_of

TEXT = (
    "Ann: A hundred and fifty-two over ninety-four. See you on the 17th at half past eight.\n"
    "Bob: Maybe in two weeks. It cost 1,200 euros and a quarter of it was tax."
)


def found(summary: str) -> list[str]:
    return [finding.text for finding in unsupported_numbers(TEXT, summary)]


@pytest.mark.parametrize(
    "summary",
    [
        "Her pressure is 152 over 94.",
        "They meet at 8:30 on the 17th.",
        "They meet on the seventeenth.",
        "It cost 1200 euros.",
        "Both come back in 14 days.",
        "The two of them agree.",
        "#Person1# and #Person2# talk.",
    ],
)
def test_a_number_that_the_dialogue_says_in_some_form_is_supported(summary):
    assert found(summary) == []


@pytest.mark.parametrize(
    ("summary", "numbers"),
    [
        ("They meet at 9:30.", ["9:30"]),
        ("It cost 1,300 euros.", ["1,300"]),
        ("He comes in three weeks.", ["three"]),
        ("They meet on the 18th.", ["18"]),
    ],
)
def test_another_number_is_found(summary, numbers):
    assert found(summary) == numbers


def test_a_finding_says_which_sentence():
    (finding,) = unsupported_numbers(TEXT, "They meet. It cost 1,300 euros.")
    assert (finding.kind, finding.sentence) == ("unsupported-number", 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("twenty-five", "25"),
        ("a dozen eggs", "12 eggs"),
        ("half past eight", "8:30"),
        ("a hundred and fifty-two", "152"),
        ("1,200", "1200"),
        ("the seventeenth", "the 17th"),
    ],
)
def test_ways_to_write_a_number_have_a_value_in_common(one, other):
    assert values_of(one) & values_of(other)


def test_numbers_stand_where_they_were_read():
    text = "At noon he pays 40 euros."
    assert [text[number.start : number.end] for number in numbers_of(text)][-1] == "40"


@pytest.mark.parametrize(
    "odd", ["x² ² ½", "1" * 6000, "1 " * 3000, "twenty " * 3000, "٣ apples", "1," * 3000, "1.1" * 2000]
)
def test_odd_rows_of_digits_are_read_on_both_sides(odd: str) -> None:
    assert unsupported_numbers(f"Ann: I paid {odd}.", f"Ann paid {odd}.") is not None
    assert [item.text for item in unsupported_numbers(f"Ann: {odd}", "Ann pays 77.")] == ["77"]


def test_a_billion_is_one_number_with_what_stands_before_it():
    assert [sorted(number.values) for number in numbers_of("It costs 1.6 billion.")] == [["1600000000"]]
    assert not unsupported_numbers("Ann: One thousand million, or two billion.", "Ann says 2 billion.")


def test_digits_behind_a_spoken_point_belong_to_the_number():
    text = "Ann: It was thirty-nine point two, then 38 point oh five, and it costs three point five million."
    for told in ("It was 39.2.", "It was thirty-nine point two.", "It was 38.05.", "It costs 3.5 million."):
        assert not unsupported_numbers(text, told), told
    assert [item.text for item in unsupported_numbers(text, "It was thirty-nine point three.")] == [
        "thirty-nine point three"
    ]
    assert [sorted(number.values) for number in numbers_of("At that point two came. Point 5. It is 7 point.")] == [
        ["2"],
        ["5"],
        ["7"],
    ]
