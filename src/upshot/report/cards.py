"""A model card for every arm: what it is, how good it is under which protocol, what it stands on, what it cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from upshot.report import protocol
from upshot.report.confidence_charts import confidence_sentence
from upshot.report.facts import ArmFacts, Facts
from upshot.report.licences import data_licence, weights_licence
from upshot.report.markdown_text import bullets, fenced, literal
from upshot.report.quantities import QUALITY, Measure, duration, share, short_count, size
from upshot.report.results import about

# OWNER/NAME; a path has a dot or a slash before it, or more parts.
_HUB_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w-]*(\.[0-9][\w-]*)*")
_ADAPTERS: Final = frozenset({"lora", "dora", "rslora", "ia3", "prompt", "prefix"})


def card(facts: Facts, arm: ArmFacts) -> str:
    """The text of `cards/ARM.md`; its front matter is what the Hugging Face hub reads."""
    parts = (
        ["---", yaml.safe_dump(front_matter(facts, arm), sort_keys=False, allow_unicode=True).rstrip(), "---", ""],
        [f"# {literal(arm.name)}", "", *_what_it_is(facts, arm), ""],
        ["## How good it is", "", *_scores(facts, arm), ""],
        ["## What goes wrong", "", *_errors(facts, arm), ""],
        ["## How it is asked", "", *_prompt(facts, arm), ""],
        ["## What it was trained on", "", *_training(facts, arm), ""],
        ["## Licence", "", _licence_sentence(facts, arm), ""],
        ["## Limits", "", *bullets(protocol.limits(facts))],
    )
    return "\n".join(line for part in parts for line in part).rstrip("\n") + "\n"


def front_matter(facts: Facts, arm: ArmFacts) -> dict[str, Any]:
    """Metadata in the hub's terms: licence, base, task, data set, and one `model-index` entry with the results."""
    settings = arm.settings
    base = settings.model.name if settings else facts.recipe.model.name
    licence = weights_licence(facts, base, trained=arm.trains)
    tuning = settings.tuning if settings else "none"
    found: dict[str, Any] = {"license": licence or "other"}
    if licence is None:
        found |= {"license_name": "not-known", "license_link": "LICENSE"}
    found |= {"library_name": "peft" if tuning in _ADAPTERS else "transformers", "pipeline_tag": "summarization"}
    if _HUB_ID.fullmatch(base):
        found["base_model"] = base
    if _HUB_ID.fullmatch(facts.recipe.data.source):
        found["datasets"] = [facts.recipe.data.source]
    found |= {"metrics": ["rouge"], "tags": ["dialogue-summarization", "upshot", tuning]}
    found["model-index"] = [{"name": f"{facts.recipe.name}-{arm.name}", "results": [_result(facts, arm)]}]
    return found


def _result(facts: Facts, arm: ArmFacts) -> dict[str, Any]:
    cells = facts.comparison["arms"][arm.name]
    source = facts.recipe.data.source
    known = source == "builtin" or _HUB_ID.fullmatch(source)
    data_set = {"name": source if known else facts.recipe.name, "split": "test"}
    metrics = [
        {"type": "rouge", "name": measure.title, "value": round(measure.scale * cells[measure.key]["mean"], 2)}
        for measure in QUALITY
        if measure.key.startswith("rouge") and measure.key in cells
    ]
    return {
        "task": {"type": "summarization", "name": "Dialogue summarization"},
        "dataset": {"type": data_set["name"], **data_set},
        "metrics": metrics,
    }


def _what_it_is(facts: Facts, arm: ArmFacts) -> Iterator[str]:
    base = arm.settings.model.name if arm.settings else facts.recipe.model.name
    tuning = arm.settings.tuning if arm.settings else "none"
    if arm.trains:
        kind = "all parameters trained" if tuning == "full" else f"an adapter ({tuning}) trained on the frozen base"
        yield f"An arm of the run *{literal(facts.recipe.name)}*: {literal(base)}, {kind}."
    else:
        yield f"An arm of the run *{literal(facts.recipe.name)}*: {literal(base)} as it is, asked by a prompt."
    yield ""
    yield "Its summaries are AI-generated. Mark them so, and keep the conversation within reach of whoever decides."
    parameters = arm.summary.get("parameters") or {}
    if parameters.get("all"):
        trained, total = parameters.get("trainable", 0), parameters["all"]
        yield ""
        yield f"{short_count(total)} parameters, {short_count(trained)} of them trained ({share(trained, total)})."


def _scores(facts: Facts, arm: ArmFacts) -> Iterator[str]:
    cells = facts.comparison["arms"][arm.name]
    human = (facts.comparison.get("reference_rows") or {}).get("human") or {}
    yield "| metric | this arm | people, each reference against the others |"
    yield "| --- | ---: | ---: |"
    for measure in QUALITY:
        yield f"| {measure.title} ({measure.unit}) | {_cell(cells, measure)} | {_cell(human, measure)} |"
    yield ""
    yield literal(about(facts.comparison))


def _cell(cells: Mapping[str, Any], measure: Measure) -> str:
    found = cells.get(measure.key)
    return literal(f"{measure.number(found['mean'])} {measure.interval(found['ci95'])}") if found else "not computed"


def _errors(facts: Facts, arm: ArmFacts) -> Iterator[str]:
    flags = (facts.analysis.get("flags") or {}).get(arm.name)
    if not flags:
        yield "Not analysed: `upshot analyse` does it."
        return
    count = facts.analysis["n"]
    yield f"Heuristic flags over {count:,} test dialogues, to be read with their measured worth in the report:"
    yield ""
    yield from bullets(f"{kind}: {number:,} of {count:,}" for kind, number in flags.items() if number)
    if said := confidence_sentence(facts, arm.name):
        yield ""
        yield said


def _prompt(facts: Facts, arm: ArmFacts) -> Iterator[str]:
    for found in protocol.prompts_of(facts):
        if arm.name in found.arms:
            yield from (*fenced(found.template), "", literal(found.separators))


def _training(facts: Facts, arm: ArmFacts) -> Iterator[str]:
    if not arm.trains:
        yield "On nothing in this run: its weights are the base's."
        return
    rows = ((facts.data.get("splits") or {}).get("train") or {}).get("rows")
    counted = f"{rows:,} rows of " if isinstance(rows, int) else ""
    yield literal(f"On {counted}{facts.recipe.data.source}; {_effort(arm)}.")
    yield ""
    yield from bullets(f"{name} sha256 {value}" for name, value in (facts.data.get("hashes") or {}).items())


def _effort(arm: ArmFacts) -> str:
    steps, seconds = arm.summary.get("steps"), arm.summary.get("training_seconds")
    parts = (
        f"{steps:,} steps" if isinstance(steps, int) else "",
        f"{duration(seconds)} of training" if seconds else "",
        f"{size(arm.summary['bytes'])} on disk" if arm.summary.get("bytes") else "",
    )
    return ", ".join(filter(None, parts)) or "its cost was not recorded"


def _licence_sentence(facts: Facts, arm: ArmFacts) -> str:
    base = arm.settings.model.name if arm.settings else facts.recipe.model.name
    weights, data = weights_licence(facts, base, trained=arm.trains), data_licence(facts)
    if weights is not None:
        said = f"The weights carry {weights}, from what they stand on"
        return f"{said}; the data of this run: {data or 'licence not known'}."
    return (
        f"Not known: the weights carry the terms of their base ({literal(base)}) and of the data "
        f"({data or 'licence not known'}). Settle them before you publish, and replace `license: other` above."
    )
