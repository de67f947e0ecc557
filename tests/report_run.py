"""A small finished run folder: 12 dialogues, 2 references each, 3 arms, scored and compared by the real rooms."""

import math
from pathlib import Path

from upshot.comparison import Draws, compare, protocol_line
from upshot.metrics.baselines import reference_rows
from upshot.metrics.score import score_all
from upshot.recipe import Recipe
from upshot.recipe_file import dump_recipe
from upshot.records import Dialogue, Prediction, Row, dump_lines
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


def write_run(root: Path, *, payload: str = "", arms: tuple[str, ...] = ARMS, changes: dict | None = None) -> RunDir:
    """A run folder under `root`; `payload` is put into every text of it, `changes` into `comparison.json`."""
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
    return run


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
    return Prediction(
        name, text, len(text.split()) + 4, name.startswith("talk_7"), -0.41, 96, name.startswith("talk_5")
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
