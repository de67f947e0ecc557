"""A described data set or model on the terminal: tables, bars and a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rich.markup import escape
from rich.table import Table

from upshot.stages.describe import bars, tree_lines

if TYPE_CHECKING:
    from upshot.cli.screen import Screen

SPREADS: Final = {
    "dialogue_words": "words of a dialogue",
    "summary_words": "words of a summary",
    "turns": "turns of a dialogue",
    "speakers": "speakers of a dialogue",
}


def show_data(facts: Mapping[str, Any], screen: Screen) -> None:
    """Nothing; a table of lengths and the pictures of each split are printed, then what the gate remarks on."""
    screen.result(f"[bold]{escape(facts['source'])}[/]")
    for split, figures in facts["splits"].items():
        count = f"{figures['references_per_dialogue']:.3g}"
        each = f"{count} {'reference' if count == '1' else 'references'} each"
        screen.result(f"\n[bold]{split}[/]: {figures['rows']:,} rows, {figures['dialogues']:,} dialogues, {each}")
        screen.result(_lengths(figures))
        for line in _pictures(figures):
            screen.result(line)
    for level in ("note", "warning"):
        for notice in facts[f"{level}s"]:
            code = f" {notice['code']}" if notice["code"] else ""
            screen.result(escape(f"{level}{code}: {notice['message']}"))


def _lengths(figures: Mapping[str, Any]) -> Table:
    """Mean, quantiles and maximum of every length that the split has."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for label in ("mean", "p5", "p50", "p95", "p99", "longest"):
        table.add_column(label, justify="right")
    for key, label in SPREADS.items():
        spread = figures[key]
        if spread:
            counts = (f"{spread[name]:,}" for name in ("p5", "p50", "p95", "p99", "max"))
            table.add_row(label, f"{spread['mean']:.1f}", *counts)
    return table


def _pictures(figures: Mapping[str, Any]) -> Iterator[str]:
    for key, counts in figures["histograms"].items():
        if counts:
            yield f"\n{SPREADS[key]}"
            yield from map(escape, bars(counts))
    if figures["topics"]:
        yield f"\ntopics, the commonest of {figures['different_topics']:,}"
        yield from map(escape, bars(figures["topics"]))


def show_model(facts: Mapping[str, Any], screen: Screen) -> None:
    """Nothing; family, counts, head and size of a model are printed, then its module tree."""
    parameters, embedding = facts["parameters"], facts["embedding"]
    screen.result(f"[bold]{escape(facts['name'])}[/]: {escape(facts['family'])}, {parameters['all']:,} parameters")
    for name, count in parameters["parts"].items():
        screen.result(escape(f"  {name}: {count:,} ({100 * count / max(1, parameters['all']):.1f} %)"))
    screen.result(
        f"embeddings: {embedding['rows']:,} rows of {embedding['width']:,}, {embedding['tokenizer']:,} of them tokens; "
        f"{'a head of its own' if facts['head'] == 'own' else 'the head shares them'}"
    )
    if facts["stored"]:
        kinds = ", ".join(f"{count:,} in {kind}" for kind, count in facts["stored"]["weights"].items())
        screen.result(escape(f"on disk: {facts['stored']['bytes'] / 1e6:,.1f} MB ({kinds})"))
    screen.result(escape(f"an adapter may target: {', '.join(facts['linear'])}"))
    lora = facts["adapter_example"]
    if lora:
        share = 100 * lora["trainable"] / lora["all"]
        screen.result(
            f"LoRA of rank {lora['r']} on {', '.join(lora['targets'])}: {lora['trainable']:,} of {lora['all']:,} "
            f"parameters ({share:.2f} %)"
        )
    screen.result("")
    for line in tree_lines(facts["tree"]):
        screen.result(escape(line))
