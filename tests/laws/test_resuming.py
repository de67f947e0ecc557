"""Laws of interruption: stopped or killed at any moment, a training goes on to the same bits, dropout on."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

import tiny
from upshot.errors import StoppedError
from upshot.events import Event, silent
from upshot.recipe import Recipe
from upshot.rundir import RunDir, file_sha256, locked
from upshot.stages.train import train_arm
from upshot.train.checkpoint import checkpoint_folders

LAST: Final = 7  # the step at which all of these trainings end; three batches make an epoch
WAYS: Final = {
    "full, adafactor": {"tuning": "full", "train": {"optimizer": "adafactor", "learning_rate": 0.02}},
    "full, adamw": {"tuning": "full", "train": {"optimizer": "adamw", "weight_decay": 0.01}},
    "lora, adamw": {"tuning": "lora", "adapter": {"dropout": 0.1}},
    "lora, adafactor": {"tuning": "lora", "train": {"optimizer": "adafactor"}},
    "full, augmented": {
        "tuning": "full",
        "train": {"augment": {"span_filling": 0.4, "rename_speakers": 0.5, "templates": ["raw"]}},
    },
}
EVALUATED: Final = {"save_every": 2, "eval_every": 3, "eval_rows": 2, "best_by": "loss", "warmup": 2, "max_steps": LAST}


def recipe(way: str) -> Recipe:
    arm = WAYS[way]
    return tiny.recipe({"arm": arm}, {**EVALUATED, "dropout": 0.2, "micro_batch_tokens": 150})


def train_until(run: RunDir, way: str, step: int) -> None:
    """Train in this process until a signal after `step`."""
    seen: list[int] = []

    def tell(event: Event) -> None:
        if event.kind == "step":
            seen.append(event.facts["step"])

    def stop() -> int | None:
        return signal.SIGTERM if seen and seen[-1] >= step else None

    made = recipe(way)
    with pytest.raises(StoppedError) as stopped:
        train_arm(run, made, "arm", tiny.arms(made)["arm"], tell=tell, stop=stop)
    assert stopped.value.exit_code == 143


def facts(run: RunDir) -> dict[str, Any]:
    """Everything that a training leaves at its last step, without the seconds."""
    folder = run.arm("arm") / "train"
    last = folder / f"step-{LAST:08d}"
    state = json.loads((last / "state.json").read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    for record in (state, *lines, *(line["evaluation"] for line in lines if "evaluation" in line)):
        record.pop("seconds", None)
    tensors = {name: file_sha256(last / name) for name in ("weights.safetensors", "optim.safetensors")}
    return {"state": state, "log": lines, "kept": [path.name for path in checkpoint_folders(folder)], **tensors}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each way of training leaves when nothing happens to it."""
    found = {}
    for number, way in enumerate(WAYS):
        with locked(tmp_path_factory.mktemp("unbroken") / str(number)) as run:
            train_until(tiny.write_splits(run), way, LAST)
            found[way] = facts(run)
    return found


@pytest.mark.parametrize("way", list(WAYS))
def test_stopped_twice_and_resumed_equals_unbroken_bit_for_bit(
    way: str, unbroken: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    with locked(tmp_path / "run") as run:
        for step in (1, 4, LAST):
            train_until(tiny.write_splits(run), way, step)
        assert facts(run) == unbroken[way]
    assert [line["step"] for line in unbroken[way]["log"] if "loss" in line] == list(range(1, LAST + 1))


SCRIPT: Final = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import tiny
from upshot.events import never
from upshot.recipe_file import parse_recipe
from upshot.rundir import locked
from upshot.stages.train import train_arm

def tell(event):
    if event.kind == "step":
        print(event.facts["step"], flush=True)
        if event.facts["step"] == int(sys.argv[4]):
            time.sleep(600)  # it never ends by itself, however late the kill comes

recipe = parse_recipe(Path(sys.argv[2]).read_text(encoding="utf-8"))
with locked(Path(sys.argv[1])) as run:
    tiny.write_splits(run)
    train_arm(run, recipe, "arm", tiny.arms(recipe)["arm"], tell=tell, stop=never)
"""


@pytest.mark.parametrize(("way", "step"), [("full, adafactor", 3), ("lora, adamw", 4)])
def test_killed_and_resumed_in_a_fresh_process_equals_unbroken_bit_for_bit(
    way: str, step: int, unbroken: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    given = tmp_path / "recipe.json"
    given.write_text(json.dumps(recipe(way).model_dump(mode="json", by_alias=True)), encoding="utf-8")
    root, tests = tmp_path / "run", str(Path(__file__).parent.parent)
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(root), str(given), tests, str(LAST - 1)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        reached = next((line for line in process.stdout if int(line) >= step), None)
        assert reached is not None, "the training ended before it could be killed"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    with locked(root) as run:  # the kernel has freed the lock
        assert not list(root.rglob(".staging-*"))
        train_until(run, way, LAST)
        assert facts(run) == unbroken[way]


def test_a_damaged_newest_checkpoint_costs_two_steps_and_no_bit(
    unbroken: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    way = "full, adamw"
    with locked(tmp_path / "run") as run:
        train_until(tiny.write_splits(run), way, 3)
        folder = run.arm("arm") / "train"
        newest = folder / "step-00000003" / "optim.safetensors"
        kept = newest.read_bytes()
        train_until(run, way, 4)
        assert [path.name for path in checkpoint_folders(folder)] == ["step-00000003", "step-00000004"]
        damaged = folder / "step-00000004" / "optim.safetensors"
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"\x55")
        assert kept == newest.read_bytes()
        told: list[str] = []
        made = recipe(way)
        with pytest.raises(StoppedError):
            train_arm(
                run,
                made,
                "arm",
                tiny.arms(made)["arm"],
                tell=lambda event: told.append(event.text) if event.kind == "warning" else silent(event),
                stop=lambda: signal.SIGTERM,
            )
        assert told == ["step 4 is damaged (optim.safetensors: checksum differs)", "using step 3"]
        train_until(run, way, LAST)
        assert facts(run) == unbroken[way]
