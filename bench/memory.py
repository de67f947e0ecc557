"""What predicting and scoring cost as the number of dialogues grows: memory must not, and time only in proportion.

The stages themselves, on files of short dialogues, with a model that answers at once: what
is measured is all that upshot does around it. Every size runs in a process of its own, whose peak memory is what the
kernel says. Takes eight minutes, most of them for a million dialogues.

python bench/memory.py [--quick]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measure.goals import goal
from measure.machine import peak_bytes, print_machine

SMALL, LARGE = 10_000, 1_000_000


def main() -> None:
    """Print memory and time a dialogue of both sizes, and their growth."""
    quick = "--quick" in sys.argv
    sizes = (200, 600) if quick else (SMALL, LARGE)
    print_machine("transformers")
    found = [of_size(size) for size in sizes]
    for size, facts in zip(sizes, found, strict=True):
        print(
            f"{size:,} dialogues: predicted in {facts['predict']:.1f} s, scored in {facts['score']:.1f} s, "
            f"{1e6 * (facts['predict'] + facts['score']) / size:.0f} us each, peak memory {facts['peak'] / 1e6:.0f} MB"
        )
    growth = (found[1]["peak"] - found[0]["peak"]) / (sizes[1] - sizes[0])
    print(f"growth of peak memory: {growth:.1f} bytes a dialogue")
    each = [(facts["predict"] + facts["score"]) / size for size, facts in zip(sizes, found, strict=True)]
    print(f"ratio {each[1] / each[0]:.2f} (time a dialogue of {sizes[1]:,} / of {sizes[0]:,})")
    if not quick:
        goal("memory: growth from 10,000 to 1,000,000 dialogues", growth, at_most=64, unit=" bytes a dialogue")
        goal("memory: time a dialogue at 1,000,000 against 10,000", each[1] / each[0], at_most=1.1)


def of_size(size: int) -> dict[str, Any]:
    """Seconds and peak memory of a process that predicts and scores so many dialogues."""
    done = subprocess.run(
        [sys.executable, __file__, "--size", str(size)], check=True, stdout=subprocess.PIPE, text=True
    )
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


def predict_and_score(size: int) -> None:
    """Predict and score `size` dialogues in this process, and print what it took as JSON."""
    from upshot.events import never, silent
    from upshot.model.engine import Engine
    from upshot.model.load import load_tokenizer
    from upshot.model.place import ModelRef
    from upshot.recipe import Arm
    from upshot.records import Encoded, Prediction
    from upshot.rundir import RunDir
    from upshot.stages.predict import Asked, predict_split
    from upshot.stages.score import score_arm

    def answer(batch: Sequence[Encoded], _seed: int) -> list[Prediction]:
        return [
            Prediction(item.id, "They meet on Monday.", 6, False, -0.5, len(item.input_ids), False) for item in batch
        ]

    with tempfile.TemporaryDirectory() as folder:
        run = RunDir(Path(folder))
        write_dialogues(run.split("test"), size)
        tokenizer = load_tokenizer(ModelRef("starter"))
        asked = Asked(run, "arm", Arm.model_validate({}), Engine(answer, tokenizer, {}), [])
        began = time.perf_counter()
        predict_split(asked, "test", tell=silent, stop=never)
        predicted = time.perf_counter()
        score_arm(run, "arm", silent)
        scored = time.perf_counter()
    peak = peak_bytes()
    print(json.dumps({"predict": predicted - began, "score": scored - predicted, "peak": peak}))


def write_dialogues(path: Path, size: int) -> None:
    """Dialogues of two turns, each with one reference, written one by one."""
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8") as stream:
        for number in range(size):
            text = f"Ann: Shall we meet on day {number % 365}?\nBen: Yes, at {number % 24} o'clock, room {number % 97}."
            item = {
                "id": f"d{number}",
                "text": text,
                "references": ["Ann and Ben will meet."],
                "row_ids": [f"d{number}"],
            }
            stream.write(json.dumps(item) + "\n")


if __name__ == "__main__":
    if "--size" in sys.argv:
        predict_and_score(int(sys.argv[sys.argv.index("--size") + 1]))
    else:
        main()
