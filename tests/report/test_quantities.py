"""Numbers as the report prints them."""

import doctest

import pytest

from upshot.report import quantities
from upshot.report.quantities import MEASURES, number, plain


def test_the_examples_of_the_room_run():
    assert doctest.testmod(quantities) == (0, 8)


@pytest.mark.parametrize(("key", "value", "said"), [("rouge1", 0.4567, "45.7"), ("length_ratio", 0.957, "0.96")])
def test_a_metric_is_printed_in_its_own_unit(key, value, said):
    assert MEASURES[key].number(value) == said


def test_an_interval_stands_in_brackets_and_has_no_negative_zero():
    assert MEASURES["rouge1"].interval((-0.0, 0.069)) == "[0.0, 6.9]"
    assert MEASURES["rouge1"].number(-0.0004) == number(-0.04) == "0.0"


def test_zero_and_no_are_values_and_nothing_is_a_dash():
    assert [plain(value) for value in (0, 0.0, False, None, ())] == ["0", "0", "no", "–", "–"]
