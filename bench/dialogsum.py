"""How long a second start of a finished run takes: nothing is trained or predicted again, all else is derived anew.

The recipe is the one that the folder holds, and the start is made from the current folder, so a relative data.source
must still lead somewhere. The folder keeps its name; its comparison and report are written again.

python bench/dialogsum.py RUN        RUN is a finished run folder, such as runs/dialogsum-starter
python bench/dialogsum.py --quick    a tiny run of its own in a temporary folder
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measure.machine import print_machine

import upshot

KEPT = ("weights/MANIFEST.json", "predictions.jsonl", "validation.jsonl")
START = "import sys, upshot; upshot.run(sys.argv[1], root=sys.argv[2])"
TINY: dict[str, Any] = {
    "name": "tiny",
    "data": {"source": "builtin", "subset": {split: {"first": 4} for split in ("train", "validation", "test")}},
    "model": {
        "device": "cpu",
        "scratch": {
            "vocab_size": 512, "d_model": 32, "d_kv": 16, "d_ff": 64,
            "num_layers": 1, "num_decoder_layers": 1, "num_heads": 2,
        },
    },
    "generation": {"max_new_tokens": 4},
    "compare": {"resamples": 100},
    "arms": {"zero-shot": {}},
}  # fmt: skip


def main() -> None:
    """Print the seconds of a second start, and their share of what training and prediction took."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--quick"]
    if not arguments and "--quick" not in sys.argv:
        print("needs a finished run folder: python bench/dialogsum.py runs/dialogsum-starter")
        return
    print_machine("torch", "transformers")
    if arguments:
        measure(Path(arguments[0]))
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(tiny_run(Path(folder)))


def measure(run: Path) -> None:
    """Print the figures of one run folder."""
    if not (run / "comparison.json").exists():
        sys.exit(f"{run}: no comparison.json; this is no finished run")
    before = made(run)
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", START, str(run / "recipe.yaml"), str(run)], check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{run}: the second start failed; its recipe and data must be as they were")
    if made(run) != before:
        sys.exit(f"{run}: the second start trained or predicted again; it was not finished, or its inputs have changed")
    first = first_seconds(run)
    print(f"{run.name}: {len(before)} files of weights and predictions, none made again")
    print(f"training and prediction took {first:.1f} s, the second start took {seconds:.1f} s")
    print(f"ratio {seconds / first:.4f} (second start / training and prediction of the first)")


def made(run: Path) -> dict[str, int]:
    """When each arm's weights and predictions were written, in nanoseconds."""
    paths = (arm / name for arm in sorted((run / "arms").iterdir()) for name in KEPT)
    return {str(path.relative_to(run)): path.stat().st_mtime_ns for path in paths if path.exists()}


def first_seconds(run: Path) -> float:
    """Seconds of training steps and generated batches of all arms, as their summaries say."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(run.glob("arms/*/summary.json"))]
    return sum((item.get("training_seconds") or 0) + item["generation_seconds"] for item in found)


def tiny_run(folder: Path) -> Path:
    """A finished run of one arm on four conversations."""
    recipe = folder / "tiny.yaml"
    recipe.write_text(json.dumps(TINY), encoding="utf-8")  # JSON is YAML
    upshot.run(recipe, root=folder / "tiny")
    return folder / "tiny"


if __name__ == "__main__":
    main()
