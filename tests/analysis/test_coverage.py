"""What a summary draws on and leaves out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.analysis.coverage import Coverage, coverage_of, omitted_entities

TEXT = "\n".join(
    f"{speaker}: {words}"
    for speaker, words in [
        ("Ann", "The boiler leaks."), ("Bo", "Terrible."), ("Ann", "My aunt sells honey."),
        ("Bo", "From bees?"), ("Ann", "We fly on Friday."), ("Bo", "Pack sandals."),
    ]
)  # fmt: skip


def test_each_third_gives_what_its_turns_hold() -> None:
    assert coverage_of(TEXT, "The boiler leaks.") == Coverage(1.0, 0.0, 0.0)
    assert coverage_of(TEXT, "Honey comes from bees.").middle == 1.0
    assert coverage_of(TEXT, "They fly with sandals on.").end == 1.0
    assert coverage_of(TEXT, "The boiler leaks. Pack sandals.").beginning > 0.4


@pytest.mark.parametrize(("turns", "third"), [(1, "middle"), (2, "beginning"), (4, "beginning"), (6, "beginning")])
def test_a_turn_belongs_to_the_third_of_its_middle(turns: int, third: str) -> None:
    text = "\n".join(["Ann: The boiler leaks.", *(f"Bo: word{number}" for number in range(turns - 1))])
    assert getattr(coverage_of(text, "The boiler leaks."), third) == 1.0


@given(st.text(max_size=60), st.text(max_size=60))
def test_shares_sum_to_one_or_all_are_nothing(text: str, summary: str) -> None:
    found = coverage_of(text, summary)
    assert found.beginning + found.middle + found.end == pytest.approx(1.0) or found == Coverage(0.0, 0.0, 0.0)


def test_what_two_of_three_references_name_is_missed() -> None:
    references = ["They go to Lisbon with Tom.", "Ann will visit Lisbon.", "Ann and Bo travel."]
    assert [(f.text, f.strength) for f in omitted_entities(references, "Ann travels.")] == [("Lisbon", 2 / 3)]
    assert omitted_entities(references, "Ann travels to Lisbon.") == ()


def test_what_one_of_several_names_is_not_missed_and_what_the_only_one_names_is() -> None:
    assert omitted_entities(["They meet Tom.", "They meet a friend."], "They meet.") == ()
    assert [finding.text for finding in omitted_entities(["They meet Tom."], "They meet.")] == ["Tom"]
    assert omitted_entities([], "They meet.") == ()


def test_numbers_are_missed_by_value() -> None:
    references = ["It costs 120 pounds.", "The price is a hundred and twenty."]
    assert len(omitted_entities(references, "It costs money.")) == 1
    assert omitted_entities(references, "It costs 120.") == ()


def test_tags_are_missed_too() -> None:
    references = ["#Person1# asks #Person2#.", "#Person2# helps #Person1#.", "#Person1# is helped."]
    assert [finding.text for finding in omitted_entities(references, "#Person1# asks.")] == ["#Person2#"]
