"""What generates an arm's summaries: transformers, or CTranslate2 where the recipe asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upshot.errors import UsageError
from upshot.model.adapters import parameter_counts
from upshot.model.cores import usable_cores
from upshot.model.ct2 import open_translator, translate
from upshot.model.device import accelerator_for, precision_of
from upshot.model.export import Exported, export_arm
from upshot.model.generate import generate_batch
from upshot.model.load import load_tokenizer
from upshot.model.place import ModelRef
from upshot.model.start import base_of, model_to_predict
from upshot.model.tokens import Tokenizer
from upshot.recipe import Arm
from upshot.records import Encoded, Prediction


@dataclass(frozen=True, slots=True)
class Engine:
    """A loaded arm: `generate` makes the predictions of a batch, in its order, under a seed.

    `facts` are parameters, precision and device, as an arm's `summary.json` has them.
    """

    generate: Callable[[Sequence[Encoded], int], list[Prediction]]
    tokenizer: Tokenizer
    facts: Mapping[str, Any]


def open_engine(arm: Arm, base: ModelRef, weights: Path | None, *, exported: Path) -> Engine:
    """The engine that the arm asks for, with its weights (None: the base). `exported` is where CTranslate2's form lies.

    Raises:
        UsageError: the engine cannot decode as the arm asks.
        ModelError: the weights cannot be read, or not be exported faithfully.
    """
    if arm.predict.engine == "ct2":
        return _ct2(arm, base, weights, exported)
    model, tokenizer = model_to_predict(base if weights is None else base_of(weights, base), weights)
    return transformers_engine(arm, model, tokenizer, accelerator_for(arm.model))


def transformers_engine(arm: Arm, model: Any, tokenizer: Tokenizer, accelerator: Any) -> Engine:
    """A loaded model as an engine, on the accelerator's device and in its arithmetic."""
    model.to(accelerator.device)

    def generate(batch: Sequence[Encoded], seed: int) -> list[Prediction]:
        with accelerator.autocast():
            return generate_batch(model, tokenizer, batch, settings=arm.generation, seed=seed)

    facts = {
        "parameters": parameter_counts(model),
        "precision": precision_of(accelerator),
        "device": str(accelerator.device),
    }
    return Engine(generate, tokenizer, facts)


def _ct2(arm: Arm, base: ModelRef, weights: Path | None, exported: Path) -> Engine:
    if arm.generation.sample:
        raise UsageError("predict.engine ct2 does not sample: its draws cannot be repeated; use engine transformers")
    quantization = arm.predict.quantization
    made = export_arm(Exported(base, weights, arm.prompt, arm.generation), exported, quantization=quantization)
    tokenizer = load_tokenizer(ModelRef(str(exported)))
    translator = open_translator(exported, quantization=quantization, workers=usable_cores())

    def generate(batch: Sequence[Encoded], _seed: int) -> list[Prediction]:
        return translate(translator, tokenizer, batch, settings=arm.generation)

    facts = {"parameters": made["parameters"], "precision": f"ct2 {quantization}", "device": "cpu"}
    return Engine(generate, tokenizer, facts)
