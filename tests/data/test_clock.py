"""Times of transcripts as seconds."""

import pytest

from upshot.data.clock import clock_seconds, seconds_from, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:01:02", 62.0),
        ("1:02", 62.0),
        ("100:00:00.5", 360_000.5),
        ("00:00:07,5", 7.5),
        ("00:00:07.123456", 7.123),
        ("75:00", 4500.0),
        ("1:75:00", None),
        ("0:61", None),
        ("1:2:3:4", None),
        ("", None),
        ("12", None),
    ],
)
def test_minutes_and_seconds_with_or_without_hours(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "half", "seconds"),
    [
        ("10:32", "", 37_920.0),
        ("10:32", "p", 81_120.0),
        ("12:05:09", "A", 309.0),
        ("12:00", "p", 43_200.0),
        ("25:00", "", None),
    ],
)
def test_times_of_day_have_hours_first(text: str, half: str, seconds: float | None) -> None:
    assert clock_seconds(text, half) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (12, 12.0),
        (0.25, 0.25),
        ("12.5s", 12.5),
        ("90", 90.0),
        ("00:01:02", 62.0),
        (1_714_000_000, None),
        (-1, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ("2026-05-03T10:32:00Z", None),
        ([1], None),
        (None, None),
        (10**400, None),
    ],
)
def test_values_of_turns_are_seconds_or_nothing(value: object, seconds: float | None) -> None:
    assert seconds_from(value) == seconds
