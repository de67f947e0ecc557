"""The report as one HTML page that needs nothing but itself: no script, no address, no font to fetch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from upshot.report import charts, costs, protocol, results, variants
from upshot.report.chosen import chosen
from upshot.report.facts import Facts
from upshot.report.grid import Table
from upshot.report.verdict import verdict

_ROOM: Final = Path(__file__).parent
# Nothing is fetched and no script runs, whatever a dialogue holds.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page(facts: Facts) -> str:
    """The text of `report.html`. Every text of the run is escaped; the style sheet and charts alone are ours."""
    environment = Environment(
        loader=FileSystemLoader(_ROOM), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html").render(**_content(facts)).lstrip()


def _content(facts: Facts) -> dict[str, Any]:
    style = (_ROOM / "page.css").read_text(encoding="utf-8")
    return {
        "policy": POLICY,
        "style": Markup(style),  # noqa: S704 - a file of the package
        "facts": facts,
        "started": str(facts.provenance.get("started") or "")[:16].replace("T", " "),
        "small": bool(facts.comparison.get("small")),
        "sentences": verdict(facts.comparison),
        "legend": tuple((place, arm.name) for place, arm in enumerate(facts.arms) if arm.steps or arm.evaluations),
        "main": results.main_table(facts),
        "pairs": results.pair_table(facts),
        "more_results": _more_results(facts),
        "charts_installed": charts.available(),
        "install": charts.INSTALL,
        "interval_charts": charts.interval_charts(facts) if charts.available() else (),
        "curves": charts.learning_curves(facts) if charts.available() else (),
        "training": costs.training_table(facts),
        "evaluations": costs.evaluation_table(facts),
        "cost": costs.cost_table(facts),
        "examples": chosen(facts),
        "data": protocol.data_table(facts),
        "data_warnings": protocol.data_warnings(facts),
        "settings": protocol.settings_table(facts),
        "shared": protocol.shared_settings(facts),
        "prompts": protocol.prompts_of(facts),
        "limits": protocol.limits(facts),
        "command": protocol.COMMAND,
        "base_model": protocol.model_pairs(facts),
        "versions": protocol.made_with(facts),
        "hashes": protocol.hashes(facts),
    }


def _more_results(facts: Facts) -> tuple[Table, ...]:
    found = (results.first_rows(facts), *variants.variant_tables(facts), results.other_references(facts))
    return tuple(table for table in found if table is not None)
