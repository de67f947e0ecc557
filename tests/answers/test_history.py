"""What was said about an answer."""

import pytest

from kept_answer import answer_of
from upshot.answers.history import Amendment, History, Kind


def history(*amendments: Amendment, forgotten: str = "") -> History:
    """A record with these amendments."""
    return History("a", "now", None if forgotten else answer_of("First."), "Ann: Hi.", "", forgotten, amendments)


def amendment(kind: Kind, text: str = "") -> Amendment:
    """An amendment of this kind."""
    return Amendment(kind, "now", "Ann", "because", text)


@pytest.mark.parametrize(
    ("kinds", "state"),
    [((), "kept"), (("disputed",), "disputed"), (("disputed", "corrected"), "corrected")],
)
def test_the_state_is_what_happened_last(kinds: tuple[Kind, ...], state: str) -> None:
    assert history(*map(amendment, kinds)).state == state
    assert history(*map(amendment, kinds), forgotten="today").state == "forgotten"


def test_the_summary_is_the_latest_correction_or_the_original() -> None:
    assert history().summary == "First."
    assert history(amendment("corrected", "Second."), amendment("disputed")).summary == "Second."
    assert history(forgotten="today").summary == ""
