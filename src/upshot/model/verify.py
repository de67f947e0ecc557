"""A fresh process that reloads saved weights and says what they generate: run as `python -m upshot.model.verify`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from upshot.errors import ModelError
from upshot.model.place import ModelRef
from upshot.recipe import GenerationSettings, ModelSettings
from upshot.records import Encoded


def texts_of(model: Any, tokenizer: Any, encoded: Sequence[Encoded], settings: ModelSettings) -> list[str]:
    """Short greedy outputs for a few prompts, with the arithmetic of the run."""
    from upshot.model.device import accelerator_for
    from upshot.model.generate import generate_batch

    accelerator = accelerator_for(settings)
    model.to(accelerator.device).eval()
    with accelerator.autocast():
        outputs = generate_batch(model, tokenizer, encoded, settings=GenerationSettings(max_new_tokens=24), seed=0)
    return [output.prediction for output in outputs]


def verify_reload(
    weights: Path, base: ModelRef, encoded: Sequence[Encoded], *, settings: ModelSettings, expected: Sequence[str]
) -> None:
    """Load `weights` in a new process and compare its outputs for `encoded` with `expected`.

    Raises:
        ModelError: the process fails, or its texts differ: the saved arm is not the trained one.
    """
    request = {
        "weights": str(weights),
        "base": [base.name, base.revision],
        "settings": settings.model_dump(),
        "prompts": [list(example.input_ids) for example in encoded],
    }
    done = subprocess.run(
        [sys.executable, "-m", "upshot.model.verify"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = done.stderr.strip().split("\n")[-1]
        raise ModelError(f"{weights}: a fresh process cannot load the saved arm ({reason})")
    texts = json.loads(done.stdout)
    if texts != list(expected):
        raise ModelError(
            f"{weights}: the saved arm generates other text than the trained one: {texts[0]!r}, {expected[0]!r}"
        )


def main() -> None:
    """Answer one request from standard input on standard output."""
    from upshot.model.start import model_to_predict

    request = json.loads(sys.stdin.read())
    model, tokenizer = model_to_predict(ModelRef(*request["base"]), Path(request["weights"]))
    encoded = [Encoded(str(number), tuple(ids)) for number, ids in enumerate(request["prompts"])]
    texts = texts_of(model, tokenizer, encoded, ModelSettings.model_validate(request["settings"]))
    sys.stdout.write(json.dumps(texts))


if __name__ == "__main__":
    main()
