"""The report as one HTML page that needs nothing but itself: no address, no font to fetch, one script of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from upshot.report import (
    browser,
    conclusions,
    confidence_charts,
    costs,
    drawing,
    error_tables,
    ethics,
    judged_tables,
    probe_tables,
    protocol,
    results,
    share_tables,
    slice_tables,
    variants,
)
from upshot.report.cautions import count_of
from upshot.report.chosen import chosen
from upshot.report.facts import Facts
from upshot.report.figures import Figures, figures_of
from upshot.report.grid import Table
from upshot.report.verdict import verdict

_ROOM: Final = Path(__file__).parent
# Nothing is fetched, whatever a dialogue holds; `policy` adds the one script that may run.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page(facts: Facts, figures: Figures | None = None) -> str:
    """The text of `report.html`. Every text of the run is escaped; styles, script and charts alone are ours.

    `figures` are drawn where they are not given.
    """
    environment = Environment(
        loader=FileSystemLoader(_ROOM), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["anchor"] = _anchor
    shown = figures_of(facts) if figures is None else figures
    content = _frame(facts) | _numbers(facts) | _errors(facts) | _method(facts)
    return environment.get_template("page.html").render(**content, figures=shown).lstrip()


def policy(script_hash: str) -> str:
    """The Content-Security-Policy under which only the script with this hash runs.

    >>> policy("sha256-abc=").endswith("; script-src 'sha256-abc='")
    True
    """
    return f"{_POLICY}; script-src '{script_hash}'"


def _anchor(name: str) -> str:
    """The id of a dialogue as the browser's script reads it in an address, where half a surrogate pair is a '?'."""
    return quote(name.encode("utf-8", "replace"))


def _frame(facts: Facts) -> dict[str, Any]:
    """What stands around the content: policy, styles, script, title."""
    examples = browser.content(facts, {arm.name: arm.findings for arm in facts.arms}, facts.precision)
    style = (_ROOM / "page.css").read_text(encoding="utf-8")
    return {
        "browser": examples,
        "policy": policy(examples.script_hash),
        "style": Markup(style) + examples.style,  # noqa: S704 - a file of the package
        "facts": facts,
        "started": str(facts.provenance.get("started") or "")[:16].replace("T", " "),
        "small": bool(facts.comparison.get("small")),
        "counted": count_of(facts.comparison),
        "sentences": (*verdict(facts.comparison), *conclusions.used(facts)),
        "charts_installed": drawing.available(),
        "install": drawing.INSTALL,
    }


def _numbers(facts: Facts) -> dict[str, Any]:
    return {
        "main": results.main_table(facts),
        "pairs": results.pair_table(facts),
        "shares": share_tables.share_tables(facts),
        "more_results": _more_results(facts),
        "training": costs.training_table(facts),
        "evaluations": costs.evaluation_table(facts),
        "cost": costs.cost_table(facts),
        "examples": chosen(facts),
    }


def _errors(facts: Facts) -> dict[str, Any]:
    """What `upshot analyse` and `upshot probe` left, empty where they did not run."""
    return {
        "about_errors": error_tables.ABOUT,
        "flags": error_tables.flag_tables(facts),
        "heuristics": error_tables.heuristic_table(facts),
        "coverage": error_tables.coverage_table(facts),
        "favour": ethics.favour_table(facts),
        "form": error_tables.form_table(facts),
        "about_confidence": confidence_charts.ABOUT,
        "areas": confidence_charts.confidence_table(facts),
        "thresholds": confidence_charts.threshold_table(facts),
        "about_slices": slice_tables.ABOUT,
        "slices": slice_tables.slice_tables(facts),
        "not_measurable": slice_tables.not_measurable(facts),
        "probes": probe_tables.probe_tables(facts),
    }


def _method(facts: Facts) -> dict[str, Any]:
    return {
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
    found = (
        conclusions.improvement_table(facts),
        results.first_rows(facts),
        *variants.variant_tables(facts),
        results.other_references(facts),
        *judged_tables.judged_tables(facts),
    )
    return tuple(table for table in found if table is not None)
