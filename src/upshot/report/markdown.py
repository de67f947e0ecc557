"""The technical report as Markdown, in which text of the run stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from upshot.report import costs, protocol, results, variants
from upshot.report.chosen import Example, chosen
from upshot.report.facts import Facts
from upshot.report.grid import Table
from upshot.report.verdict import verdict

# Markup, HTML and what readers turn into links by themselves; then what means a list or heading at the start of a line.
_ACTIVE: Final = re.compile(r"[\\`*_\[\]|~$<>&@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_LEADING: Final = re.compile(r"^(\d*)([#+=-]|(?<=\d)[.)](?=\s|$))")
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;", ":": "&#58;", "@": "&#64;", ".": "&#46;"}
_QUESTION: Final = (
    "Which of these ways of summarising conversations comes nearest to what people write, by how much, "
    "how sure is that, and what does each cost?"
)


def markdown(facts: Facts) -> str:
    """The text of `report.md`: question, method, results, examples, limits, how to repeat it."""
    parts = (
        _title(facts),
        _method(facts),
        _results(facts),
        _training(facts),
        ["## Examples", "", *(line for example in chosen(facts) for line in _example(example))],
        ["## Limits", "", *_list(protocol.limits(facts))],
        _again(facts),
    )
    return "\n".join(line for part in parts for line in (*part, "")).rstrip("\n") + "\n"


def literal(text: str) -> str:
    """Text in one line that no Markdown reader takes for markup, HTML or a link.

    >>> literal("a|b <i>*c*")
    'a\\\\|b &lt;i&gt;\\\\*c\\\\*'
    """
    escaped = _ACTIVE.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), " ".join(text.split()))
    return _LEADING.sub(r"\1\\\2", escaped)


def fenced(text: str) -> list[str]:
    """Lines of a code block that the text cannot end: its fence is longer than any run of backticks inside."""
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return [f"{fence}text", *text.splitlines(), fence]


def table_lines(table: Table | None) -> Iterator[str]:
    """Lines of a table with its title; nothing for no table."""
    if table is None:
        return
    columns = (
        " ".join(filter(None, (column.title, f"({column.unit})" if column.unit else ""))) for column in table.columns
    )
    yield from (f"**{literal(table.title)}**", "")
    yield _row([table.first, *map(literal, columns)])
    yield _row(["---", *("---:" for _ in table.columns)])
    for line in table.lines:
        name = literal(f"{line.name} ({line.note})" if line.note else line.name)
        filled = [literal(str(cell)) for cell in line.cells] or [literal(line.reason), *("" for _ in table.columns[1:])]
        yield _row([name, *filled])
    yield ""
    if table.about:
        yield from (literal(table.about), "")


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
        *_list(sentence.text for sentence in verdict(facts.comparison)),
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
        *_list(protocol.data_warnings(facts)),
        "",
        "### Model",
        "",
        *_list(f"{name}: {value}" for name, value in protocol.model_pairs(facts)),
        "",
        "### Prompts",
        "",
        *prompts,
        "### Settings",
        "",
        *(table_lines(protocol.settings_table(facts)) if protocol.settings_table(facts).columns else ()),
        "The same for every arm that they apply to:",
        "",
        *_list(f"{name}: {value}" for name, value in protocol.shared_settings(facts)),
    ]


def _results(facts: Facts) -> list[str]:
    found = (
        results.main_table(facts),
        results.pair_table(facts),
        results.first_rows(facts),
        *variants.variant_tables(facts),
        results.other_references(facts),
    )
    return ["## Results", "", *(line for table in found for line in table_lines(table))]


def _training(facts: Facts) -> list[str]:
    found = (costs.training_table(facts), costs.evaluation_table(facts), costs.cost_table(facts))
    return ["## Training and cost", "", *(line for table in found for line in table_lines(table))]


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
        *_list(f"{name}: {value}" for name, value in (*protocol.made_with(facts), *protocol.hashes(facts))),
    ]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _list(texts: Iterable[str]) -> list[str]:
    return [f"- {literal(text)}" for text in texts]
