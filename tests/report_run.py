"""A small finished run folder: 12 dialogues, 2 references each, 3 arms, scored and compared by the real rooms."""

import math
import random
from pathlib import Path

from upshot.analysis.finding import KINDS, Finding
from upshot.analysis.notebook_heuristics import CATEGORIES, heuristics
from upshot.comparison import Draws, compare, protocol_line
from upshot.metrics.baselines import reference_rows
from upshot.metrics.score import METRICS, score_all
from upshot.recipe import Arm, Recipe
from upshot.recipe_file import dump_recipe, expand_arms
from upshot.records import Dialogue, Prediction, Row, Score, dump_lines
from upshot.report.facts import ArmFacts, Facts
from upshot.rundir import RunDir, append_line, write_json, write_text

# Two people, what it is about, what is agreed, and when.
TALKS = (
    ("Ada", "Bram", "the leaking kitchen tap", "a new washer will be fitted", "on Friday morning"),
    ("Chidi", "Dora", "the late train to Leeds", "they will take the coach instead", "at half past nine"),
    ("Elif", "Farid", "a birthday cake for Noor", "it will be lemon without nuts", "before Sunday"),
    ("Grete", "Hugo", "the missing invoice from March", "a copy will be sent by post", "within two days"),
    ("Ines", "Jonas", "the physics homework", "Jonas hands it in late with a note", "next Tuesday"),
    ("Kofi", "Lena", "a broken zip on the blue coat", "it will be replaced for 14 euros", "by Thursday"),
    ("Mina", "Otto", "the noise from flat 3B", "Otto talks to the neighbours first", "tonight"),
    ("Pia", "Quim", "a table for eight", "the terrace is booked despite the rain", "on the 21st"),
    ("Rosa", "Sven", "the results of the blood test", "the iron tablets go on for a month", "until May"),
    ("Tariq", "Uma", "moving the stand-up", "it starts at ten but stays short", "from Monday"),
    ("Vera", "Wim", "a dog that chews shoes", "he gets a longer walk and a bone", "every morning"),
    ("Xenia", "Yusuf", "the password of the router", "it is printed under the box", "already today"),
)
ARMS = ("zero-shot", "full", "lora")


def write_run(
    root: Path,
    *,
    payload: str = "",
    arms: tuple[str, ...] = ARMS,
    changes: dict | None = None,
    analysed: bool = False,
) -> RunDir:
    """A run folder under `root`; `payload` is put into every text of it, `changes` into `comparison.json`.

    With `analysed` it holds the files of the error analysis and of the probe, written by hand.
    """
    run = RunDir(root)
    dialogues = [_dialogue(number, payload) for number in range(len(TALKS))]
    rows = [_row(dialogue) for dialogue in dialogues]
    write_text(root / "recipe.yaml", dump_recipe(_recipe(arms, payload)))
    write_text(run.split("test"), dump_lines(dialogues))
    write_text(run.split("train"), dump_lines(rows))
    texts = {
        arm: {item.id: _summary(kind, n, payload) for n, item in enumerate(dialogues)} for kind, arm in enumerate(arms)
    }
    scores = {arm: score_all(dialogues, found) for arm, found in texts.items()}
    for kind, arm in enumerate(arms):
        write_text(
            run.predictions(arm, "test"), dump_lines(_prediction(name, text) for name, text in texts[arm].items())
        )
        write_text(run.arm(arm) / "scores.jsonl", dump_lines(scores[arm]))
        write_json(run.arm(arm) / "summary.json", _cost(kind, payload))
        if kind:
            _write_log(run, arm, kind)
    comparison = compare(
        scores,
        protocol=protocol_line(len(dialogues), decoding="greedy, max_new_tokens=64"),
        reference_rows=reference_rows(dialogues, rows[:4]),
        hit_cap_share=dict.fromkeys(arms, 1 / 12),
        draws=Draws(resamples=400, seed=13),
    )
    write_json(root / "comparison.json", comparison | (changes or {}))
    write_json(root / "provenance.json", _provenance(payload))
    write_json(root / "data.json", _findings(payload))
    if analysed:
        _write_analysis(run, arms, dialogues, texts, payload)
        write_json(root / "probe.json", _probe(arms, payload))
    return run


def large_facts(*, dialogues: int = 500, references: int = 3) -> Facts:
    """A run of four arms with as many dialogues as DialogSum's test split, as long as its own, all words drawn."""
    generator = random.Random(13)
    words = [f"{a}{b}" for a in "bcdfghklmnprst" for b in ("alo", "ine", "ost", "urge", "eam", "ick", "ave")]
    items = tuple(_drawn_dialogue(number, references, generator, words) for number in range(dialogues))
    recipe = Recipe.model_validate(
        {"name": "large", "arms": {f"arm-{place}": {"tuning": "lora"} for place in range(4)}}
    )
    arms = tuple(
        _drawn_arm(name, settings, items, random.Random(name), words) for name, settings in expand_arms(recipe).items()
    )
    comparison = compare(
        {arm.name: list(arm.scores.values()) for arm in arms}, protocol="drawn", draws=Draws(resamples=100)
    )
    flags = {arm.name: dict.fromkeys(KINDS, 40) for arm in arms}
    counts = {arm.name: dict.fromkeys(CATEGORIES, 40) for arm in arms}
    analysis = _analysis(tuple(arm.name for arm in arms), flags, counts, "")
    return Facts(recipe, comparison, {}, {}, items, arms, analysis | {"n": dialogues})


def _drawn_dialogue(number: int, references: int, generator: random.Random, words: list[str]) -> Dialogue:
    def sentence(length: int) -> str:
        return " ".join(generator.choices(words, k=length)).capitalize() + "."

    text = "\n".join(f"#Person{1 + turn % 2}#: {sentence(14)}" for turn in range(7 + number % 6))
    summaries = tuple(sentence(22) for _ in range(references))
    name = f"test_{number}"
    return Dialogue(name, text, summaries, tuple(f"{name}_{k}" for k in range(references)), topic=words[number % 60])


def _drawn_arm(
    name: str, settings: Arm, items: tuple[Dialogue, ...], generator: random.Random, words: list
) -> ArmFacts:
    outputs, scores, findings = {}, {}, {}
    for item in items:
        said = [" ".join(generator.choices(words, k=12)) + "." for _ in range(2)]
        text, value = " ".join(said), generator.betavariate(6, 8)
        outputs[item.id] = Prediction(item.id, text, 40, False, -0.5, 210, False)
        scores[item.id] = Score(
            item.id, *[dict.fromkeys((*METRICS, "length_ratio"), value)] * 3, len(text.split()), 22.0
        )
        found = Finding("unsupported-name", "extrinsic", 1, said[1].split()[0], (2, 3), generator.random())
        findings[item.id] = {
            "id": item.id,
            "findings": [found.to_json(), Finding("low-support", sentence=0, text=said[0]).to_json()],
            "support": [{"sentence": sentence, "score": 0.4, "turns": [1, 2, 3]} for sentence in said],
            "coverage": {"beginning": 0.4, "middle": 0.3, "end": 0.3},
            "heuristics": ["missing_key_info"],
        }
    steps = tuple({"step": step, "epoch": step / 400, "loss": 2 / step + 1, "tokens": 300} for step in range(1, 1200))
    return ArmFacts(name, settings, outputs, scores, _cost(1, ""), steps, (), findings)


def _recipe(arms: tuple[str, ...], payload: str) -> Recipe:
    tunings = ("none", "full", "lora")
    prompt = {"template": "Summarize.\n\n{dialogue}\n\nSummary:" + payload.replace("{", "").replace("}", "")}
    return Recipe.model_validate(
        {
            "name": "small-talks",
            "about": "Three ways of summarising twelve short talks." + payload,
            "model": {"name": "starter" + payload},
            "prompt": prompt,
            "arms": {
                name: {"tuning": tuning, "model": {"name": "starter" + payload}, "prompt": prompt}
                for name, tuning in zip(arms, tunings, strict=True)
            },
            "compare": {"show": ["talk_3_2" + payload]},
        }
    )


def _dialogue(number: int, payload: str) -> Dialogue:
    one, other, matter, outcome, when = TALKS[number]
    text = (
        f"{one}: Have you thought about {matter}?\n{other}{payload}: I have, and I am not happy with it.{payload}\n"
        f"{one}: Then let us settle it now.\n{other}: Fine. So {outcome}, {when}.\n{one}: Agreed."
    )
    references = (
        f"{one} and {other} talk about {matter}. They agree that {outcome} {when}.{payload}",
        f"{other} tells {one} about {matter}: {outcome}, {when}.",
    )
    ids = tuple(f"talk_{number}_{k}{payload}" for k in (1, 2))
    return Dialogue(f"talk_{number}{payload}", text, references, ids, topic=f"{matter}{payload}")


def _row(dialogue: Dialogue) -> Row:
    return Row(f"train-{dialogue.id}", dialogue.text, dialogue.references[0], dialogue.topic, 1)


def _summaries(kind: int, dialogues: list[Dialogue], payload: str) -> dict[str, str]:
    return {item.id: _summary(kind, number, payload) for number, item in enumerate(dialogues)}


def _summary(kind: int, number: int, payload: str) -> str:
    one, other, matter, outcome, when = TALKS[number]
    if kind == 0:
        return f"{one}: Have you thought about {matter}? I have, and I am not happy with it.{payload}"
    if kind == 1:
        return f"{one} and {other} talk about {matter}. They agree that {outcome} {when if number % 3 else 'soon'}."
    return f"{one} and {other} talk about {matter if number % 4 else 'something'}. They agree that {outcome}."


def _prediction(name: str, text: str) -> Prediction:
    number = int(name.removeprefix("talk_")[:2]) if name[5:7].isdigit() else int(name[5])
    logprob = -0.41 - 5 * number % 12 / 100
    return Prediction(
        name, text, len(text.split()) + 4, name.startswith("talk_7"), logprob, 96, name.startswith("talk_5")
    )


def _cost(kind: int, payload: str) -> dict:
    trained = (10_241_536, 10_241_536, 196_608)[kind]
    cost = {
        "parameters": {"trainable": trained, "all": 10_241_536 + (196_608 if kind == 2 else 0)},
        "training_seconds": None if kind == 0 else 412.7 / kind,
        "generation_seconds": 9.31,
        "dialogues_per_second": 1.29,
        "peak_memory_bytes": 912_000_000,
        "bytes": (None, 20_512_000, 801_000)[kind],
        "energy_wh": None,
        "precision": "bf16" + payload,
        "validation_rouge1": (0.281, 0.512, 0.464)[kind],
        "base_seen": False,
    }
    return cost | ({"best_step": 80} if kind else {}) | ({"few_shot": {"asked": 1, "fewer": 3}} if kind == 2 else {})


def _write_log(run: RunDir, arm: str, kind: int) -> None:
    log = run.arm(arm) / "train" / "log.jsonl"
    for step in range(1, 121):
        loss = 1.1 + 0.3 * kind + 2.4 * math.exp(-step / 30) + 0.12 * math.sin(step * 1.7)
        line = {"step": step, "epoch": round(step / 40, 4), "loss": loss, "lr": 5e-4, "tokens": 300 + step % 7}
        append_line(log, {**line, "grad_norm": 1.2, "seconds": 0.4})
        if step % 40 == 0:
            rouge = 0.52 - 0.05 * kind - 0.2 * math.exp(-step / 40)
            found = {"step": step, "loss": 1.4 + 0.2 * kind + 0.5 * math.exp(-step / 50), "rouge1": rouge}
            append_line(log, {"step": step, "evaluation": {**found, "rouge2": rouge / 2, "rougeL": rouge * 0.8}})


def _provenance(payload: str) -> dict:
    return {
        "versions": {"upshot": "0.1.0", "python": "3.11.2", "torch": "2.13.0" + payload},
        "seed": 13,
        "hardware": {"cpu": "2 cores" + payload, "memory_bytes": 8_000_000_000},
        "hashes": {"data": {"test": "ab" * 32}, "recipe": "cd" * 32},
        "started": "2026-03-01T10:15:00",
        "base_model": {"name": "starter" + payload, "revision": None, "sha256": "ef" * 32, "trained_on": None},
    }


def _findings(payload: str) -> dict:
    spread = {"mean": 32.5, "p5": 28, "p50": 32, "p95": 40, "p99": 41, "max": 41}
    split = {
        "file": f"test{payload}.csv",
        "rows": 24,
        "dialogues": 12,
        "references_per_dialogue": 2.0,
        "dialogue_words": spread,
        "summary_words": spread,
        "turns": {**spread, "p50": 5, "max": 5},
    }
    warning = {"code": "D44", "message": f"1 dialogue of test.csv is in train.csv{payload}; data.clean removes it"}
    return {"source": "talks" + payload, "splits": {"test": split}, "warnings": [warning], "notes": []}


def _write_analysis(run: RunDir, arms: tuple[str, ...], dialogues: list[Dialogue], texts: dict, payload: str) -> None:
    """The first arm continues the dialogue everywhere, the third leaves the time out, every fourth of it vague."""
    found = {
        arm: {item.id: _found(kind, number, payload) for number, item in enumerate(dialogues)}
        for kind, arm in enumerate(arms)
    }
    given = {arm: {item.id: heuristics(item.references[0], texts[arm][item.id]) for item in dialogues} for arm in arms}
    for arm in arms:
        lines = [
            {
                "id": name,
                "findings": [finding.to_json() for finding in found[arm][name]],
                "support": [{"sentence": text, "score": 0.7, "turns": [3]}],
                "coverage": {"beginning": 0.5, "middle": 0.2, "end": 0.3},
                "heuristics": list(given[arm][name]),
            }
            for name, text in texts[arm].items()
        ]
        write_text(run.arm(arm) / "findings.jsonl", dump_lines(lines))
    flags = {
        arm: {kind: sum(any(f.kind == kind for f in some) for some in found[arm].values()) for kind in KINDS}
        for arm in arms
    }
    counts = {arm: {name: sum(name in some for some in given[arm].values()) for name in CATEGORIES} for arm in arms}
    write_json(run.root / "analysis.json", _analysis(arms, flags, counts, payload))


def _found(kind: int, number: int, payload: str) -> list[Finding]:
    if kind == 0:
        return [Finding("continues-dialogue", text=f"not happy with it{payload}", turns=(1,), strength=1 + number / 12)]
    if kind == 2 and number % 4 == 0:
        return [Finding("omitted-entity", "extrinsic", None, f"the matter{payload}")]
    return [Finding("unsupported-number", "extrinsic", 0, f"14{payload}", (3,), 0.4)] if number == 5 else []


def _analysis(arms: tuple[str, ...], flags: dict, counts: dict, payload: str) -> dict:
    def cell(mean: float) -> dict:
        return {"mean": mean, "ci95": [mean - 0.05, mean + 0.06]}

    n = len(TALKS)
    pairs = [(a, b) for place, a in enumerate(arms) for b in arms[place + 1 :]]
    return {
        "n": n,
        "metric": "rouge1",
        "flags": flags,
        "heuristics": counts,
        "heuristic_pairs": [
            {
                "a": a,
                "b": b,
                "category": name,
                "difference": (counts[a][name] - counts[b][name]) / n,
                "ci95": [(counts[a][name] - counts[b][name]) / n - 0.1, (counts[a][name] - counts[b][name]) / n + 0.1],
                "improvement_percent": None,
            }
            for a, b in pairs
            for name in CATEGORIES
        ],
        "coverage": {arm: {"beginning": cell(0.5), "middle": cell(0.2), "end": cell(0.3)} for arm in arms},
        "slices": [
            {
                "slice": name,
                "value": f"{value}{payload}",
                "n": 6,
                "small": True,
                "arms": {arm: cell(0.3 + place / 10) for place, arm in enumerate(arms)},
                "pairs": [{"a": a, "b": b, "difference": -0.1, "ci95": [-0.2, -0.01]} for a, b in pairs],
            }
            for name, values in (("turns", ("5", "6-9")), ("topic", ("tap", "train")))
            for value in values
        ],
        "not_measurable": {"domain": f"the data names no domains{payload}"},
        "length": {arm: {"spearman": -0.21, "ci95": [-0.4, 0.02]} for arm in arms},
        "key_terms_kept": {arm: cell(0.41) for arm in arms},
        "confidence": {arm: _confidence(place) for place, arm in enumerate(arms)},
    }


def _confidence(place: int) -> dict:
    """Curves that rise from 0.5 to 0.6, and sink for the third arm; one dialogue less is kept a threshold."""
    shares = [round(0.1 * step, 1) for step in range(1, 11)]
    slope = -0.1 if place == 2 else 0.1
    curve = [{"mean": 0.6 - slope * (1 - share), "ci95": [0.5, 0.7]} for share in shares]
    gain = {"mean": slope / 2, "ci95": [slope / 2 - 0.01, slope / 2 + 0.01]}
    risk = {
        "curve": curve,
        "oracle_curve": [0.6 * share for share in shares],
        "area": {"mean": 0.6 - slope / 2, "ci95": [0.5, 0.7]},
        "random": 0.6,
        "oracle": 0.3,
        "gain": gain,
    }
    side = {"mean": 0.4, "ci95": [0.3, 0.5]}
    left = [
        {
            "percentile": percentile,
            "limit": -0.5,
            "kept": kept,
            "n": 12,
            "values": {key: {"kept": side, "held_back": side if kept < 12 else None} for key in ("rouge1", "flagged")},
        }
        for percentile, kept in ((10, 12), (20, 10), (50, 6))
    ]
    return {"shares": shares, "split": "validation", "risks": {"rouge1": risk, "flagged": risk}, "thresholds": left}


def _probe(arms: tuple[str, ...], payload: str) -> dict:
    right = {"accuracy": 0.75, "ci95": [0.5, 0.92], "n": 12}
    moved = {
        "n": 11,
        "rouge1": {"before": 0.41, "after": 0.40, "change": -0.01, "ci95": [-0.03, 0.01]},
        "share": {"first": {"before": 0.6, "after": 0.5, "change": -0.1, "ci95": [-0.2, -0.02]}},
        "moved": {"mean": 0.12, "ci95": [0.08, 0.16]},
    }
    return {
        "likelihood": {arm: {"speaker-swap": right, f"number{payload}": right} for arm in arms},
        "fairness": {arm: {"rename": {f"old names{payload}": moved}, "reorder": moved} for arm in arms},
    }
