"""report: a finished run as one page for people and one technical report, without a model."""

from __future__ import annotations

from pathlib import Path

from upshot.report.facts import read_facts
from upshot.report.markdown import markdown
from upshot.report.page import page
from upshot.rundir import RunDir, write_text


def write_report(run: RunDir) -> tuple[Path, Path]:
    """Paths of `report.html` and `report.md`, written anew from what the run folder holds.

    Raises:
        UsageError: the run has no recipe or no comparison yet.
        ResourceError: a file cannot be written.
    """
    facts = read_facts(run)
    paths = run.root / "report.html", run.root / "report.md"
    for path, text in zip(paths, (page(facts), markdown(facts)), strict=True):
        write_text(path, _encodable(text))
    return paths


def _encodable(text: str) -> str:
    """The text with a question mark for half a surrogate pair, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
