"""The technical report as Markdown, in which text of the run stays text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from upshot.report import conclusions, costs, error_tables, ethics, protocol, results, variants
from upshot.report.chosen import Example, chosen
from upshot.report.confidence_charts import ABOUT, confidence_table, threshold_table
from upshot.report.facts import Facts
from upshot.report.judged_tables import judged_tables
from upshot.report.markdown_text import bullets, fenced, literal, table_lines
from upshot.report.probe_tables import probe_tables
from upshot.report.share_tables import share_tables
from upshot.report.slice_tables import slice_tables
from upshot.report.verdict import verdict

_QUESTION: Final = (
    "Which of these ways of summarising conversations comes nearest to what people write, by how much, "
    "how sure is that, and what does each cost?"
)


def markdown(facts: Facts) -> str:
    """The text of `report.md`: question, method, results, errors, limits, conclusion, ethics, how to repeat it."""
    parts = (
        _title(facts),
        _method(facts),
        _results(facts),
        _training(facts),
        _errors(facts),
        *_confidence(facts),
        ["## Examples", "", *(line for example in chosen(facts) for line in _example(example))],
        ["## Limits", "", *bullets(protocol.limits(facts))],
        ["## What was not done", "", *bullets(conclusions.not_done(facts))],
        ["## Conclusion", "", *bullets(conclusions.conclusion(facts))],
        _ethics(facts),
        _again(facts),
    )
    return "\n".join(line for part in parts for line in (*part, "")).rstrip("\n") + "\n"


def _title(facts: Facts) -> list[str]:
    about = [literal(facts.recipe.about), ""] if facts.recipe.about else []
    return [
        f"# {literal(facts.recipe.name)}: a comparison of {len(facts.arms)} ways to summarise conversations",
        "",
        "*Summaries of the arms are AI-generated.*",
        "",
        *about,
        "## Question",
        "",
        _QUESTION,
        "",
        "## Verdict",
        "",
        *bullets(sentence.text for sentence in verdict(facts.comparison)),
    ]


def _method(facts: Facts) -> list[str]:
    prompts = [
        line
        for prompt in protocol.prompts_of(facts)
        for line in (literal(f"{', '.join(prompt.arms)}: {prompt.separators}"), "", *fenced(prompt.template), "")
    ]
    return [
        "## Method",
        "",
        literal(results.about(facts.comparison)),
        "",
        "Every arm summarises the same dialogues. Each pair is tested on the differences of the same dialogue.",
        "",
        "### Data",
        "",
        *table_lines(protocol.data_table(facts)),
        *bullets(protocol.data_warnings(facts)),
        "",
        "### Model",
        "",
        *bullets(f"{name}: {value}" for name, value in protocol.model_pairs(facts)),
        "",
        "### Prompts",
        "",
        *prompts,
        "### Settings",
        "",
        *(table_lines(protocol.settings_table(facts)) if protocol.settings_table(facts).columns else ()),
        "The same for every arm that they apply to:",
        "",
        *bullets(f"{name}: {value}" for name, value in protocol.shared_settings(facts)),
    ]


def _results(facts: Facts) -> list[str]:
    found = (
        results.main_table(facts),
        conclusions.improvement_table(facts),
        results.pair_table(facts),
        *share_tables(facts),
        results.first_rows(facts),
        *variants.variant_tables(facts),
        results.other_references(facts),
        *judged_tables(facts),
    )
    return ["## Results", "", *(line for table in found for line in table_lines(table))]


def _training(facts: Facts) -> list[str]:
    found = (costs.training_table(facts), costs.evaluation_table(facts), costs.cost_table(facts))
    return ["## Training and cost", "", *(line for table in found for line in table_lines(table))]


def _errors(facts: Facts) -> list[str]:
    if not facts.analysis:
        return ["## Errors", "", "Not analysed: `upshot analyse` does it."]
    found = (
        *error_tables.flag_tables(facts),
        error_tables.heuristic_table(facts),
        error_tables.coverage_table(facts),
        *slice_tables(facts),
    )
    return [
        "## Errors",
        "",
        "Flags are heuristics: read each with its measured precision, and never as a rate of hallucination.",
        "",
        *(line for table in found for line in table_lines(table)),
    ]


def _confidence(facts: Facts) -> Iterator[list[str]]:
    """The section on confidence, where it was measured."""
    found = (confidence_table(facts), threshold_table(facts))
    if any(found):
        yield ["## Confidence", "", ABOUT, "", *(line for table in found for line in table_lines(table))]


def _ethics(facts: Facts) -> list[str]:
    return [
        "## Ethics",
        "",
        "### Bias by speaker",
        "",
        *(table_lines(ethics.favour_table(facts)) if ethics.favour_table(facts) else ("Not measured.", "")),
        *(line for table in probe_tables(facts) for line in table_lines(table)),
        "### Loss of information",
        "",
        *(bullets(ethics.loss(facts)) or ["Not measured."]),
        "",
        "### Privacy and consent",
        "",
        *bullets(ethics.privacy(facts)),
        "",
        "### Energy",
        "",
        literal(ethics.energy(facts)),
    ]


def _example(example: Example) -> Iterator[str]:
    yield from (f"### {literal(example.dialogue.id)}", "", literal("; ".join(example.reasons)), "")
    yield from (*fenced(example.dialogue.text), "")
    for number, reference in enumerate(example.dialogue.references, start=1):
        yield from (f"Reference {number}:", "", *fenced(reference), "")
    for output in example.outputs:
        flags = "".join(f", {flag}" for flag in output.flags)
        yield from (f"**{literal(output.arm)}**, ROUGE-1 {output.rouge1}{flags}:", "", *fenced(output.text), "")


def _again(facts: Facts) -> list[str]:
    return [
        "## How to reproduce",
        "",
        "The run folder holds the resolved recipe. In another place, with the same versions and data:",
        "",
        *fenced(protocol.COMMAND),
        "",
        *bullets(f"{name}: {value}" for name, value in (*protocol.made_with(facts), *protocol.hashes(facts))),
    ]
