"""Whether a faster engine writes worse summaries: the starter on DialogSum's test split with every engine of upshot's.

The starter's own prompt; greedy, as the notebooks' evaluation decodes, and the starter's own 8 beams without repeated
trigrams, where CTranslate2 rates otherwise (docs/speed.md). ROUGE-1 is the mean over three references; the interval is
that of the paired difference, over dialogues. Without DialogSum the built-in conversations are taken. Takes five
minutes.

python bench/quality.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from measure.goals import goal
from measure.machine import print_machine
from measure.material import shared_data

from upshot.data.sources import load_splits
from upshot.metrics.score import score_all
from upshot.model.engine import Engine, open_engine
from upshot.model.found import shipped_decoding
from upshot.model.generate import generation_batches
from upshot.model.place import STARTER, ModelRef
from upshot.model.queries import encode_queries
from upshot.prompts import load_prompt
from upshot.recipe import Arm, DataSettings, GenerationSettings, ModelSettings, PredictSettings
from upshot.records import Dialogue, Prediction
from upshot.stats import percentile_intervals, resample

ENGINES = {
    "transformers": {"engine": "transformers"},
    "ct2 float32": {"engine": "ct2", "quantization": "float32"},
    "ct2 int8": {"engine": "ct2", "quantization": "int8"},
}
DECODINGS = {"greedy": GenerationSettings(max_new_tokens=50), "its 8 beams": shipped_decoding()}


def main() -> None:
    """Print ROUGE-1, texts that are the same and dialogues a second of every engine, for each decoding."""
    quick = "--quick" in sys.argv
    print_machine("torch", "transformers", "ctranslate2")
    dialogues, source = test_split(4 if quick else None)
    print(f"{len(dialogues)} dialogues of {source}, the starter")
    with tempfile.TemporaryDirectory() as folder:
        for decoding, generation in DECODINGS.items():
            print(f"{decoding}:")
            apart = compared(dialogues, generation, Path(folder))
            if not quick:
                for name in ("ct2 float32", "ct2 int8"):
                    what = f"quality of {name} on the starter, {decoding}: ROUGE-1 from transformers'"
                    goal(what, abs(apart[name]), at_most=0.3, unit=" points")


def compared(dialogues: Sequence[Dialogue], generation: GenerationSettings, folder: Path) -> dict[str, float]:
    """ROUGE-1 of each engine less that of transformers, printed with intervals."""
    prompt = load_prompt((STARTER / "prompt.json").read_text(encoding="utf-8"))
    arm = Arm(prompt=prompt, generation=generation, model=ModelSettings(device="cpu"))
    made, rates = {}, {}
    for name, predict in ENGINES.items():
        of_engine = arm.model_copy(update={"predict": PredictSettings.model_validate(predict)})
        # The decoding is part of an export's facts: each has its own.
        exported = folder / f"{name.replace(' ', '-')}-{generation.beams}"
        engine = open_engine(of_engine, ModelRef("starter"), None, exported=exported)
        began = time.perf_counter()
        made[name] = predicted(engine, of_engine, dialogues)
        rates[name] = len(dialogues) / (time.perf_counter() - began)
    scores = {
        name: np.array([100 * score.mean["rouge1"] for score in score_all(dialogues, texts)])
        for name, texts in made.items()
    }
    differences = {name: of_engine - scores["transformers"] for name, of_engine in scores.items()}
    for name, apart in differences.items():
        same = sum(made["transformers"][key] == text for key, text in made[name].items())
        (low, high), *_ = percentile_intervals(resample(apart[:, None], resamples=10_000, seed=13))
        print(
            f"{name}: ROUGE-1 {scores[name].mean():.2f}, {apart.mean():+.2f} [{low:+.2f}, {high:+.2f}] against "
            f"transformers, {same} of {len(made[name])} texts the same, {rates[name]:.1f} dialogues/s"
        )
    print(f"ratio {rates['ct2 int8'] / rates['transformers']:.1f} (ct2 int8 / transformers, in dialogues a second)")
    return {name: float(apart.mean()) for name, apart in differences.items()}


def test_split(count: int | None) -> tuple[Sequence[Dialogue], str]:
    """Dialogues of DialogSum's test split, or of the built-in one; and which of the two."""
    path = shared_data("dialogsum/test.csv")
    source = str(path.parent) if path else "builtin"
    test = load_splits(DataSettings.model_validate({"source": source}), seed=13).splits.test
    return test[:count], "DialogSum's test split" if path else "upshot's own"


def predicted(engine: Engine, arm: Arm, dialogues: Sequence[Dialogue]) -> dict[str, str]:
    """Texts by dialogue."""
    encoded, _ = encode_queries([(item.id, item.text) for item in dialogues], arm, [], engine.tokenizer)
    found: dict[str, Prediction] = {}
    for batch in generation_batches(encoded, arm.generation):
        found |= {item.id: item for item in engine.generate(batch, 13)}
    return {item.id: found[item.id].prediction for item in dialogues}


if __name__ == "__main__":
    main()
