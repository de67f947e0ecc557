"""What people see while a stage works: progress on a terminal, plain lines elsewhere, nothing with -q."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from upshot.data.notices import counted
from upshot.events import Event, Stop
from upshot.report.quantities import NO_INTERVAL

PLAIN_INTERVAL_S = 15.0
PLAIN_WIDTH = 200  # columns of a table off a terminal, where nothing says how wide it may be


def span(ends: Sequence[float] | None, form: str) -> str:
    """An interval as text, or that there is none.

    >>> span((0.1, 0.2), "{:.1f} to {:.1f}"), span(None, "{}-{}")
    ('[0.1 to 0.2]', '(no interval)')
    """
    return f"[{form.format(*ends)}]" if ends else NO_INTERVAL


class Screen:
    """A listener for stages. Chatter goes to stderr, results to stdout."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.console = _Chatter(stderr=True, highlight=False, emoji=False)
        terminal = sys.stdout.isatty()
        self.results = _Results(
            highlight=False, emoji=False, soft_wrap=not terminal, width=None if terminal else PLAIN_WIDTH
        )
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._key: tuple[str, ...] = ()
        self._shown_at = 0.0

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if event.kind == "warning":
            self._say(f"[yellow]{escape(event.text)}[/]", always=True)
        elif not self.quiet:
            handler = getattr(self, f"_on_{event.kind}", None)
            if handler:
                handler(event)

    def say(self, text: str) -> None:
        """A line of chatter; on a terminal it is wrapped between words, and what follows is set in."""
        if not self.quiet:
            self._say("\n".join(escape(line) for whole in text.split("\n") for line in _hanging(whole, self.console)))

    def words(self, text: str) -> None:
        """Text for people on standard output, letter by letter; on a terminal wrapped between words."""
        self.close()
        lines = [visible(line) for line in text.split("\n")]
        print_line("\n".join(line for whole in lines for line in _hanging(whole, self.results)))

    def result(self, content: str | Table) -> None:
        """A result, on standard output."""
        self.close()
        self.results.print(content)

    def next_steps(self, *commands: str) -> None:
        """What to do now, the last lines of every success; nothing without a command."""
        self.close()
        if commands and not self.quiet:
            self._chat("\n".join(("\n[bold]Next:[/]", *(f"  {escape(command)}" for command in commands))))

    def close(self) -> None:
        """End a progress bar that is still shown."""
        if self._progress is not None:
            self._progress.stop()
            self._progress, self._task, self._key = None, None, ()

    def _say(self, line: str, *, always: bool = False) -> None:
        if always or not self.quiet:
            self._chat(line)

    def _chat(self, line: str) -> None:
        """Print on standard error; where its disk is full nothing more is said, and the work goes on."""
        try:
            (self._progress.console if self._progress else self.console).print(line, soft_wrap=True)
        except OSError:
            _silence()

    def _on_note(self, event: Event) -> None:
        self._say(f"[dim]{escape(event.text)}[/]")

    def _on_arm(self, event: Event) -> None:
        self.close()
        self._say(f"[bold]arm {escape(event.text)}[/]")

    def _on_step(self, event: Event) -> None:
        facts = event.facts
        text = f"training {facts['arm']}  loss {facts['loss']:.3f}  lr {facts['lr']:.2g}"
        self._bar(("train", facts["arm"]), text, facts["step"], facts["total"])

    def _on_predicted(self, event: Event) -> None:
        facts = event.facts
        self._bar(
            ("predict", facts["arm"], facts["split"]), f"predicting {facts['split']}", facts["done"], facts["total"]
        )

    def _on_evaluation(self, event: Event) -> None:
        facts = event.facts
        scores = f"ROUGE-1 {100 * facts['rouge1']:.1f}, ROUGE-2 {100 * facts['rouge2']:.1f}"
        self._say(f"  epoch {facts['epoch']:g}: validation loss {facts['loss']:.3f}, {scores}")
        self._say(f"  [dim]{escape(visible(facts['sample']))}: {escape(visible(facts['summary']))}[/]")

    def _on_trained(self, event: Event) -> None:
        facts = event.facts
        counts = facts["parameters"]
        share = 100 * counts["trainable"] / counts["all"]
        self._say(
            f"  trained {counts['trainable']:,} of {counts['all']:,} parameters ({share:.2f} %) in "
            f"{facts['training_seconds']:.0f} s; reloaded in a fresh process, it generates the same text"
        )

    def _on_condensed(self, event: Event) -> None:
        self._bar(("condensed",), "summarising in parts", event.facts["done"], event.facts["total"])

    def _on_summarized(self, event: Event) -> None:
        self._bar(("summarized",), "summarising", event.facts["done"], event.facts["total"])

    def _on_plan(self, event: Event) -> None:
        plan = event.facts["plan"]
        there = f"{plan.memory_bytes / 1e9:.1f} GB memory available, {plan.free_bytes / 1e9:.0f} GB disk free"
        need = f"about {plan.memory_need_bytes / 1e9:.1f} and {plan.need_bytes / 1e9:.1f} GB needed"
        self._say(f"[dim]{plan.cores} cores, {there} ({need})[/]")
        for arm in plan.arms:
            work = f"{arm.steps:,} steps on {arm.rows:,} rows, " if arm.steps else ""
            state = "finished" if arm.finished else f"about {max(arm.minutes, 0.1):.1f} min"
            self._say(f"[dim]  {escape(arm.name)}: {work}{arm.dialogues:,} dialogues, {state}[/]")
        if not all(arm.finished for arm in plan.arms):
            together = counted(max(1, round(plan.minutes)), "minute")
            self._say(f"[dim]  together about {together} (a rough estimate)[/]")

    def _bar(self, key: tuple[str, ...], text: str, done: int, total: int) -> None:
        """Move the one progress bar; off a terminal, a line now and then."""
        if not self.console.is_terminal:
            if key != self._key or done == total or time.monotonic() - self._shown_at > PLAIN_INTERVAL_S:
                self._key, self._shown_at = key, time.monotonic()
                self._chat(f"  {escape(text)}  {done}/{total}")
            return
        if key != self._key:
            self.close()
            columns = (TextColumn("  {task.description}"), BarColumn(30), MofNCompleteColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=self.console, transient=True)
            self._progress.start()
            self._task = self._progress.add_task(escape(text), total=total)
            self._key = key
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, description=escape(text))


def visible(text: str) -> str:
    """Text whose control characters are shown as escapes, so that data cannot steer a terminal.

    >>> visible("a" + chr(27) + "[31m")
    'a\\\\x1b[31m'
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _hanging(text: str, console: Console) -> list[str]:
    """A line in lines of the terminal's width, those after its first set in; off a terminal it is one."""
    if not console.is_terminal or cell_len(text) <= console.width:
        return [text]
    body = text.lstrip(" ")
    indent = len(text) - len(body)
    further = " " * (indent + 2 * (indent > 0 or body.startswith("- ")))
    lines = Text(body).wrap(console, max(20, console.width - len(further)))
    return [f"{further if number else ' ' * indent}{line.plain.rstrip()}" for number, line in enumerate(lines)]


class _Chatter(Console):
    """Standard error, on which no work depends, whether anybody reads it or not."""

    def on_broken_pipe(self) -> None:
        """Say nothing more."""
        _silence()


class _Results(Console):
    """Standard output, whose reader may leave in the middle, as `| head` does."""

    def on_broken_pipe(self) -> None:
        """Leave without a word."""
        _reader_left()


def _silence() -> None:
    sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives


def print_json(content: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON document on standard output."""
    print_line(json.dumps(content, indent=2, ensure_ascii=False))


def print_line(text: str) -> None:
    """A text on standard output as it is, without markup or wrapping."""
    print_text(f"{text}\n")


def print_text(text: str) -> None:
    """As `print_line`, without a line end of our own."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _reader_left()


def _reader_left() -> None:
    """End with success: the reader has what it wanted. The interpreter's last flush must find an open file."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)


@contextmanager
def listening(*, quiet: bool) -> Iterator[tuple[Screen, Stop]]:
    """A screen and a `Stop` that knows of SIGINT and SIGTERM. The first signal asks; the second ends at once."""
    screen = Screen(quiet=quiet)
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        asked.append(number)
        screen.say("stopping after this step, saving first (once more to stop at once)")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield screen, lambda: asked[0] if asked else None
    finally:
        screen.close()
        for number, handler in before.items():
            signal.signal(number, handler)
