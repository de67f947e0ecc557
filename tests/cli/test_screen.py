"""What people see: progress in plain lines off a terminal, results apart from chatter, no control characters."""

import io
import json
import os
import re
import signal
import sys
from contextlib import redirect_stdout

import pytest

from upshot.cli.screen import Screen, listening, print_json, span, visible
from upshot.events import Event

STEP = {"arm": "full", "step": 1, "total": 3, "loss": 2.5, "lr": 1e-4}
EVALUATION = {"arm": "full", "step": 3, "epoch": 1.0, "loss": 2.0, "rouge1": 0.251, "rouge2": 0.05}


class Stream:
    """One of the two streams, with everything that was written to it so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str], kept: list[str], index: int) -> None:
        self.capsys, self.kept, self.index = capsys, kept, index

    def getvalue(self) -> str:
        for index, text in enumerate(self.capsys.readouterr()):
            self.kept[index] += text
        return self.kept[self.index]


@pytest.fixture
def streams(capsys: pytest.CaptureFixture[str]) -> tuple[Stream, Stream]:
    kept = ["", ""]
    return Stream(capsys, kept, 0), Stream(capsys, kept, 1)


def test_progress_off_a_terminal_is_the_first_and_the_last_line(streams: tuple[Stream, Stream]) -> None:
    screen = Screen()
    for step in (1, 2, 3):
        screen(Event("step", "full", STEP | {"step": step}))
    assert streams[1].getvalue().splitlines() == [
        "  training full  loss 2.500  lr 0.0001  1/3",
        "  training full  loss 2.500  lr 0.0001  3/3",
    ]
    assert streams[0].getvalue() == ""


def test_an_evaluation_shows_one_sample_without_its_control_characters(
    streams: tuple[Stream, Stream],
) -> None:
    sample = {"sample": "d[1]\x1b[2J", "summary": "They [bold]talk\x1b]0;x\x07."}
    Screen()(Event("evaluation", "full", EVALUATION | sample))
    assert streams[1].getvalue().splitlines() == [
        "  epoch 1: validation loss 2.000, ROUGE-1 25.1, ROUGE-2 5.0",
        "  d[1]\\x1b[2J: They [bold]talk\\x1b]0;x\\x07.",
    ]


def test_quiet_keeps_warnings_and_results(streams: tuple[Stream, Stream]) -> None:
    screen = Screen(quiet=True)
    for kind in ("note", "arm", "warning"):
        screen(Event(kind, f"a {kind}"))
    screen(Event("step", "full", STEP))
    screen.say("chatter")
    screen.next_steps("more")
    screen.result("a result")
    assert (streams[0].getvalue(), streams[1].getvalue()) == ("a result\n", "a warning\n")


def test_without_a_next_step_nothing_is_said_of_it(streams: tuple[Stream, Stream]) -> None:
    Screen().next_steps()
    assert streams[1].getvalue() == ""
    Screen().next_steps("more")
    assert streams[1].getvalue() == "\nNext:\n  more\n"


def test_an_event_of_an_unknown_kind_is_not_shown(streams: tuple[Stream, Stream]) -> None:
    Screen()(Event("later", "text"))
    assert streams[1].getvalue() == ""


def test_json_keeps_every_letter(streams: tuple[Stream, Stream]) -> None:
    print_json({"summary": "Žofie [bold] said ‘no’"})
    assert json.loads(streams[0].getvalue()) == {"summary": "Žofie [bold] said ‘no’"}
    assert "Žofie" in streams[0].getvalue()


def test_control_characters_become_visible_and_text_stays() -> None:
    assert visible("a\x1b[31m\nb\t\u202e\u200bc") == "a\\x1b[31m\\nb\\t\\u202e\\u200bc"
    assert visible("Žofie: déjà vu, 東京 🙂") == "Žofie: déjà vu, 東京 🙂"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_handlers_go_back(number: int, streams: tuple[Stream, Stream]) -> None:
    before = signal.getsignal(number)
    with listening(quiet=False) as (_, stop):
        assert stop() is None
        os.kill(os.getpid(), number)
        assert stop() == number
    assert signal.getsignal(number) is before
    assert "stopping after this step, saving first" in streams[1].getvalue()


def test_standard_output_and_error_are_looked_up_when_something_is_printed() -> None:
    first, second = io.StringIO(), io.StringIO()
    with redirect_stdout(first):
        screen = Screen()
    with redirect_stdout(second):
        screen.result("late")
    assert (first.getvalue(), second.getvalue()) == ("", "late\n")
    assert sys.stdout is not second


def test_an_interval_is_in_brackets_or_said_to_be_missing() -> None:
    assert span((0.1, 0.25), "{:.1f} to {:.2f}") == "[0.1 to 0.25]"
    assert span(None, "{}-{}") == "(no interval)"


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> Screen:
    """A screen whose streams say that they are terminals of so many columns."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    return Screen()


def test_a_terminal_gets_lines_of_its_width_with_what_follows_set_in(
    streams: tuple[Stream, Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = on_a_terminal(monkeypatch, 30)
    screen.say("  note: one two three four five six seven [eight]\nshort")
    screen.words("- one two three four five six :smile: seven\nA line that is not a list but long.\nx\x1b[2J")
    assert plain(streams[1].getvalue()).splitlines() == [
        "  note: one two three four",
        "    five six seven [eight]",
        "short",
    ]
    assert streams[0].getvalue().splitlines() == [
        "- one two three four five",
        "  six :smile: seven",
        "A line that is not a list but",
        "long.",
        "x\\x1b[2J",
    ]


def test_off_a_terminal_a_line_stays_one(streams: tuple[Stream, Stream]) -> None:
    screen = Screen()
    screen.say("  " + "word " * 100 + ":smile:")
    screen.words("word " * 100)
    assert streams[1].getvalue() == "  " + "word " * 100 + ":smile:\n"
    assert streams[0].getvalue() == "word " * 100 + "\n"


def plain(text: str) -> str:
    """Text without what sets colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
