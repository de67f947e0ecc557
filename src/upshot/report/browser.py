"""The example browser and the blind rating: every text of a run once, as one block of data beside its script."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from upshot.analysis.finding import KINDS
from upshot.data.turns import turns_of
from upshot.metrics.surface import count_words
from upshot.ratings import MARKS
from upshot.records import Dialogue
from upshot.report.chosen import rivals
from upshot.report.facts import ArmFacts, Facts
from upshot.report.rating import deal
from upshot.rundir import value_sha256

# Arm to dialogue id to the object of that line of `findings.jsonl`.
Findings = Mapping[str, Mapping[str, Mapping[str, Any]]]
# Detector (a key of KINDS, or "notebook:CATEGORY") to its entry of `precision.json`.
Worth = Mapping[str, Mapping[str, Any]]

_ROOM: Final = Path(__file__).parent
_SCRIPTS: Final = ("marks.js", "browser.js", "rating.js")
_NOTEBOOK: Final = "notebook:"
# HTML ends a script at "</script" and reads "<!--" in it, whatever its type; older JSON readers end lines at U+2028/9.
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_CUT_OUTPUT, _CUT_DIALOGUE, _EMPTY = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Browser:
    """What `browser.html` needs. `data` and `script` are safe in script elements, `style` in a style element.

    `script_hash` is the source that the policy's `script-src` has to name, such as 'sha256-...'.
    """

    data: Markup
    script: Markup
    style: Markup
    script_hash: str


def content(facts: Facts, findings: Findings, worth: Worth | None = None) -> Browser:
    """The browser of a run. What an arm has no findings for is shown without, and detectors without worth say so."""
    script = script_text()
    return Browser(
        data=Markup(safe_json(_data(facts, findings, worth or {}))),  # noqa: S704 - escaped by safe_json
        script=Markup(script),  # noqa: S704 - files of the package
        style=Markup((_ROOM / "browser.css").read_text(encoding="utf-8")),  # noqa: S704 - a file of the package
        script_hash=script_hash(script),
    )


def script_text() -> str:
    """The one script of the page."""
    return "\n".join((_ROOM / name).read_text(encoding="utf-8") for name in _SCRIPTS)


def script_hash(text: str) -> str:
    """The source expression of a script for a Content-Security-Policy, without its quotes.

    >>> script_hash("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='

    Source: "Content Security Policy Level 3", W3C, section 2.3.1.
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def safe_json(value: Any) -> str:
    r"""JSON that cannot end the script element around it.

    >>> safe_json({"text": "</script>"})
    '{"text":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPES)


def run_hash(facts: Facts) -> str:
    """What names the texts that raters read, as the page and its exports give it: arms, pairs, dialogues, outputs."""
    return value_sha256([[arm.name for arm in facts.arms], _pairs(facts), _texts(facts)])[:16]


def _data(facts: Facts, findings: Findings, worth: Worth) -> dict[str, Any]:
    """The block in the order in which the script reads it; lists instead of objects where there are many."""
    names = [arm.name for arm in facts.arms]
    kinds = _kinds(findings, names)
    places = {kind: place for place, kind in enumerate(kinds)}
    best, rival = rivals(facts)
    block = {
        "name": facts.recipe.name,
        "seed": facts.recipe.seed,
        "arms": names,
        "compare": [names.index(best.name), names.index((rival or best).name)],
        "marks": list(MARKS),
        "kinds": [_described(kind, worth) for kind in kinds],
        "dialogues": [_dialogue(item, facts.arms, findings, places) for item in facts.dialogues],
        "pairs": _pairs(facts),
    }
    return {"run": run_hash(facts), **block}


def _pairs(facts: Facts) -> list[list[int]]:
    """The dealt pairs as numbers of dialogue, left arm and right arm."""
    numbers = {dialogue.id: number for number, dialogue in enumerate(facts.dialogues)}
    places = {arm.name: place for place, arm in enumerate(facts.arms)}
    return [[numbers[pair.id], places[pair.a], places[pair.b]] for pair in deal(facts, facts.recipe.seed)]


def _texts(facts: Facts) -> list[list[str]]:
    """What raters read: ratings of one set of texts never mix with those of another."""
    outputs = [[arm.outputs[name].prediction for name in arm.outputs] for arm in facts.arms]
    return [[dialogue.text for dialogue in facts.dialogues], *outputs]


def _kinds(findings: Findings, names: Sequence[str]) -> list[str]:
    """Kinds that occur, in the order of the table, then those of the notebook."""
    records = [record for name in names for record in findings.get(name, {}).values()]
    found = {finding["kind"] for record in records for finding in record.get("findings", ())}
    notebook = {_NOTEBOOK + category for record in records for category in record.get("heuristics", ())}
    return [kind for kind in KINDS if kind in found] + sorted(notebook)


def _described(kind: str, worth: Worth) -> list[str]:
    """Kind, tier, what it says, and how far it was right where that was measured."""
    if kind.startswith(_NOTEBOOK):
        tier, text = "notebook", f"notebook heuristic: {kind.removeprefix(_NOTEBOOK)}"
    else:
        tier, text = KINDS[kind].tier, KINDS[kind].text
    measured = worth.get(kind)
    if not measured or measured.get("precision") is None:
        return [kind, tier, text, "precision not measured"]
    said = f"precision {measured['precision']:.2f} on {measured['set']}, base rate {measured['base_rate']:.2f}"
    return [kind, tier, text, said]


def _dialogue(dialogue: Dialogue, arms: Iterable[ArmFacts], findings: Findings, places: Mapping[str, int]) -> list[Any]:
    """Id, topic, speakers, turns (speaker's place or -1, text), references, words, and one output an arm."""
    turns = turns_of(dialogue.text)
    speakers = list(dict.fromkeys(turn.speaker for turn in turns if turn.speaker))
    said = [[speakers.index(turn.speaker) if turn.speaker else -1, turn.text] for turn in turns]
    outputs = [_output(arm, dialogue.id, findings.get(arm.name, {}).get(dialogue.id, {}), places) for arm in arms]
    words = count_words(dialogue.text)
    return [dialogue.id, dialogue.topic, speakers, said, list(dialogue.references), words, outputs]


def _output(arm: ArmFacts, name: str, record: Mapping[str, Any], places: Mapping[str, int]) -> list[Any] | int:
    """Text, ROUGE-1 (mean over references, or -1), flags, findings, sentences with their turns; 0 for no output."""
    found = arm.outputs.get(name)
    if found is None:
        return 0
    text = found.prediction
    score = arm.scores.get(name)
    odd = _CUT_OUTPUT * found.hit_cap + _CUT_DIALOGUE * found.truncated + _EMPTY * (not text.strip())
    marked = [
        [places[item["kind"]], item.get("text", ""), _place(item.get("sentence")), list(item.get("turns", ()))]
        for item in record.get("findings", ())
        if item["kind"] in places
    ]
    marked += [[places[_NOTEBOOK + category], "", -1, []] for category in record.get("heuristics", ())]
    rouge1 = round(score.mean["rouge1"], 6) if score else -1
    return [text, rouge1, odd, marked, _sentences(text, record.get("support", ()))]


def _place(sentence: int | None) -> int:
    return -1 if sentence is None else sentence


def _sentences(text: str, support: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Start, end and turns of each sentence; offsets count UTF-16 units, as the script does."""
    found, start = [], 0
    for item in support:
        place = text.find(item["sentence"], start)
        if place < 0:  # keeps the numbers of the sentences after it
            found.append([0, 0, list(item["turns"])])
            continue
        start = place + len(item["sentence"])
        found.append([_units(text[:place]), _units(text[:start]), list(item["turns"])])
    return found


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
