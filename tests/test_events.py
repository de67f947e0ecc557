"""What a stage tells."""

from upshot.events import Event, never, silent


def test_an_event_is_a_kind_a_line_and_facts() -> None:
    assert Event("note") == Event("note", "", {})
    assert Event("note").facts is not Event("note").facts


def test_the_quiet_listener_and_the_stop_that_never_comes() -> None:
    assert silent(Event("step", "x", {"step": 1})) is None
    assert never() is None
