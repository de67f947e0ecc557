"""How the numbers came about: settings of the arms, their prompts, the data, and what is needed to repeat the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from upshot.prompts import template_text
from upshot.recipe import Arm
from upshot.report.cautions import count_of
from upshot.report.facts import Facts
from upshot.report.grid import Cell, Column, Line, Table
from upshot.report.quantities import ABSENT, joined, number, plain, size

# Printed elsewhere: prompts with their separators, grids and seeds with their tables.
_LEFT_OUT: Final = frozenset(
    {"seeds", "grid", "template", "turn_separator", "shot_separator", "batch_tokens", "scratch"}
)
_ALWAYS: Final = frozenset({"tuning", "train.epochs", "train.learning_rate", "train.batch_size"})
_LORA: Final = ("r", "alpha", "dropout", "targets")
# Which adapter settings act on which tuning; none on the others.
_ADAPTER: Final = {
    "lora": _LORA,
    "dora": _LORA,
    "rslora": _LORA,
    "ia3": ("targets", "feedforward"),
    "prompt": ("virtual_tokens",),
    "prefix": ("virtual_tokens",),
}
COMMAND: Final = "upshot run recipe.yaml"


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """One prompt template with the arms that use it and how turns and examples are separated in it."""

    arms: tuple[str, ...]
    template: str
    separators: str


def settings_table(facts: Facts) -> Table:
    """One line an arm, one column a setting that differs or that every reader looks for."""
    flat = _settings(facts)
    keys = [key for key in _keys(flat) if _stands_out(flat, key)]
    columns = tuple(Column(key.rpartition(".")[2], group=key.rpartition(".")[0]) for key in keys)
    lines = tuple(
        Line(arm.name, tuple(Cell(flat[arm.name].get(key, ABSENT)) for key in keys), colour=place)
        for place, arm in enumerate(facts.arms)
    )
    return Table("Settings of the arms", columns, lines, about="A dash: the setting does not apply to the arm.")


def shared_settings(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Settings that are the same for every arm that they apply to, as pairs of name and value."""
    flat = _settings(facts)
    return tuple((key, value) for key in _keys(flat) if not _stands_out(flat, key) for value in _values(flat, key))


def prompts_of(facts: Facts) -> tuple[PromptFacts, ...]:
    """The different prompts of the run, in the order of the arms."""
    users: dict[tuple[str, str], list[str]] = {}
    for arm in facts.arms:
        if arm.settings is not None:
            users.setdefault((template_text(arm.settings.prompt.template), _separators(arm.settings)), []).append(
                arm.name
            )
    return tuple(PromptFacts(tuple(names), template, separators) for (template, separators), names in users.items())


def data_table(facts: Facts) -> Table | None:
    """Counts and lengths of every split, or None where the gate left no record."""
    columns = (
        Column("file"),
        Column("rows"),
        Column("dialogues"),
        Column("references", "a dialogue"),
        Column("dialogue", "words"),
        Column("summary", "words"),
        Column("turns", "a dialogue"),
    )
    lines = tuple(Line(split, _split_cells(found)) for split, found in (facts.data.get("splits") or {}).items())
    return (
        Table("Data", columns, lines, first="split", about=f"Source: {facts.data.get('source', ABSENT)}")
        if lines
        else None
    )


def data_warnings(facts: Facts) -> tuple[str, ...]:
    """What the gate had to say about the data, warnings before notes."""
    found = (*(facts.data.get("warnings") or ()), *(facts.data.get("notes") or ()))
    return tuple(": ".join(filter(None, (item.get("code"), item.get("message")))) for item in found)


def model_pairs(facts: Facts) -> tuple[tuple[str, str], ...]:
    """What is known of the base model, as pairs of name and value."""
    return tuple(_flat_pairs(facts.provenance.get("base_model") or {"name": facts.recipe.model.name}))


def made_with(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Seed, machine and versions of the run, as pairs of name and value."""
    return _provenance(facts, "seed", "hardware", "versions")


def hashes(facts: Facts) -> tuple[tuple[str, str], ...]:
    """SHA-256 of what went into the run, as pairs of name and value."""
    return _provenance(facts, "hashes")


def limits(facts: Facts) -> tuple[str, ...]:
    """What this report cannot say."""
    return (
        "ROUGE and chrF count shared words with the references. They do not see whether a summary is true: "
        "a swapped speaker costs almost nothing. Read the examples.",
        f"The intervals cover the choice of these {count_of(facts.comparison)}, not another domain, language or year, "
        "and not the chance in training.",
        "References are one way to summarise. Where people agree little, a good summary can score low.",
        "Times, memory and speed belong to the machine named below and to the load it had.",
        "Flags of the error analysis are rules of thumb: they miss most errors of content, and each stands beside its "
        "measured precision."
        if facts.analysis
        else "Errors of content were not analysed.",
    )


def _settings(facts: Facts) -> dict[str, dict[str, str]]:
    return {arm.name: dict(_arm_settings(arm.settings)) if arm.settings else {} for arm in facts.arms}


def _arm_settings(arm: Arm) -> Iterator[tuple[str, str]]:
    """Settings that act on this arm, by dotted name."""
    values = arm.model_dump(by_alias=True)
    adapter = {key: values["adapter"][key] for key in _ADAPTER.get(arm.tuning, ())}
    acting = {**values, "adapter": adapter, "train": values["train"] if arm.trains else {}}
    acting["generation"] = _decoding(values["generation"])
    acting["prompt"] = {"wording": _short(arm.prompt.template), **values["prompt"]}
    return ((key, value) for key, value in _flat_pairs(acting) if key.rpartition(".")[2] not in _LEFT_OUT)


def _decoding(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Without what only sampling or only beams read."""
    idle = () if settings["sample"] else ("temperature", "top_k", "top_p")
    idle = idle if settings["beams"] > 1 else (*idle, "length_penalty")
    return {key: value for key, value in settings.items() if key not in idle}


def _provenance(facts: Facts, *keys: str) -> tuple[tuple[str, str], ...]:
    return tuple(_flat_pairs({key: facts.provenance[key] for key in keys if facts.provenance.get(key) is not None}))


def _flat_pairs(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Pairs of dotted name and value."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat_pairs(inner, f"{prefix}.{key}".lstrip("."))
    elif prefix:
        yield prefix, size(value) if prefix.endswith("_bytes") and isinstance(value, int) else plain(value)


def _short(template: str) -> str:
    return template if len(template) <= 40 and "\n" not in template else "own text, see Prompts"


def _keys(flat: Mapping[str, Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(key for settings in flat.values() for key in settings))


def _values(flat: Mapping[str, Mapping[str, str]], key: str) -> set[str]:
    """The different values of a setting over the arms that have one."""
    return {settings.get(key, ABSENT) for settings in flat.values()} - {ABSENT}


def _stands_out(flat: Mapping[str, Mapping[str, str]], key: str) -> bool:
    found = _values(flat, key)
    return len(found) > 1 or (bool(found) and (key in _ALWAYS or key.startswith("adapter.")))


def _separators(arm: Arm) -> str:
    turns = f"turns are separated by {arm.prompt.turn_separator!r}"
    if arm.prompt.speakers == "tags":
        turns += "; speakers' names are read as #Person1#, #Person2# and so on, and put back into the summaries"
    if arm.shots is None:
        return turns
    shots = arm.shots
    which = f"rows {joined(list(map(str, shots.rows)))}" if shots.rows else f"{shots.count} chosen by {shots.select}"
    return f"{turns}; solved examples from train ({which}), separated by {arm.prompt.shot_separator!r}"


def _split_cells(found: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        Cell(plain(found.get("file"))),
        Cell(_count(found.get("rows"))),
        Cell(_count(found.get("dialogues"))),
        Cell(number(found.get("references_per_dialogue"))),
        *(_quantiles(found.get(key)) for key in ("dialogue_words", "summary_words", "turns")),
    )


def _quantiles(found: Mapping[str, Any] | None) -> Cell:
    return (
        Cell(f"median {_count(found.get('p50'))}", below=f"longest {_count(found.get('max'))}")
        if found
        else Cell(ABSENT)
    )


def _count(value: float | None) -> str:
    return ABSENT if value is None else f"{value:,}"
