"""report: a finished run as one page for people, one technical report and the charts as files, without a model."""

from __future__ import annotations

from pathlib import Path

from upshot.report.cards import card
from upshot.report.chart_files import write_charts
from upshot.report.facts import read_facts
from upshot.report.figures import figures_of
from upshot.report.markdown import markdown
from upshot.report.page import page
from upshot.rundir import RunDir, write_text


def write_report(run: RunDir) -> tuple[Path, Path]:
    """Paths of `report.html` and `report.md`, written anew from what the run folder holds.

    A model card for every arm stands in `cards/`, and the charts in `charts/`, as SVG and PNG, where their
    libraries are installed.

    Raises:
        UsageError: the run has no recipe or no comparison yet.
        ResourceError: a file cannot be written.
    """
    facts = read_facts(run)
    figures = figures_of(facts)
    paths = run.root / "report.html", run.root / "report.md"
    for path, text in zip(paths, (page(facts, figures), markdown(facts)), strict=True):
        write_text(path, _encodable(text))
    for arm in facts.arms:
        write_text(run.root / "cards" / f"{arm.name}.md", _encodable(card(facts, arm)))
    write_charts(run.root / "charts", figures.all)
    return paths


def _encodable(text: str) -> str:
    """The text with a question mark for half a surrogate pair, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
