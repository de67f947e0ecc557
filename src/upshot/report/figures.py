"""All charts of a report by the section that shows them, drawn once for the page and for the files."""

from __future__ import annotations

from dataclasses import dataclass, fields

from upshot.report.charts import interval_charts, learning_curves
from upshot.report.confidence_charts import confidence_charts
from upshot.report.difference_charts import cost_charts, difference_chart
from upshot.report.drawing import Chart, available
from upshot.report.error_charts import coverage_chart, error_charts
from upshot.report.facts import Facts
from upshot.report.length_charts import length_charts, score_by_charts
from upshot.report.notebook_charts import dialogue_charts


@dataclass(frozen=True, slots=True)
class Figures:
    """Charts by section; every part is empty where the libraries of the `report` extra are not installed."""

    intervals: tuple[Chart, ...] = ()
    differences: tuple[Chart, ...] = ()
    dialogues: tuple[Chart, ...] = ()
    curves: tuple[Chart, ...] = ()
    cost: tuple[Chart, ...] = ()
    errors: tuple[Chart, ...] = ()
    coverage: tuple[Chart, ...] = ()
    confidence: tuple[Chart, ...] = ()

    @property
    def all(self) -> tuple[Chart, ...]:
        """Every chart in reading order."""
        return tuple(chart for item in fields(self) for chart in getattr(self, item.name))


def figures_of(facts: Facts) -> Figures:
    """Every chart that the run has something for."""
    if not available():
        return Figures()
    return Figures(
        intervals=interval_charts(facts),
        differences=(*_some(difference_chart(facts)), *score_by_charts(facts), *length_charts(facts)),
        dialogues=dialogue_charts(facts),
        curves=learning_curves(facts),
        cost=cost_charts(facts),
        errors=error_charts(facts),
        coverage=_some(coverage_chart(facts)),
        confidence=confidence_charts(facts),
    )


def _some(chart: Chart | None) -> tuple[Chart, ...]:
    return () if chart is None else (chart,)
