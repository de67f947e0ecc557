"""Use a trained arm, or the starter: dialogues in, summaries out, with what is known about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upshot.errors import ModelError
from upshot.model.device import accelerator_for
from upshot.model.generate import generate
from upshot.model.load import load_base
from upshot.model.place import STARTER, ModelRef
from upshot.model.save import load_arm
from upshot.model.tokens import Tokenizer, encode_prompts
from upshot.prompts import load_prompt, prompt
from upshot.recipe import GenerationSettings, ModelSettings, PromptSettings
from upshot.records import Prediction


@dataclass(frozen=True, slots=True)
class Summarizer:
    """A loaded arm: weights, the prompt that they were trained with, and a decoding."""

    name: str
    model: Any
    tokenizer: Tokenizer
    prompt: PromptSettings
    generation: GenerationSettings

    def summarize(self, dialogues: Sequence[str]) -> list[Prediction]:
        """Predictions of dialogues in their order; ids are their positions from 0."""
        prompts = [prompt(str(number), text, self.prompt) for number, text in enumerate(dialogues)]
        encoded = encode_prompts(prompts, self.tokenizer, max_source_tokens=self.prompt.max_source_tokens)
        accelerator = accelerator_for(ModelSettings.model_validate({}))
        self.model.to(accelerator.device)
        found: dict[str, Prediction] = {}
        with accelerator.autocast():
            for batch in generate(self.model, self.tokenizer, encoded, settings=self.generation, seed=0):
                found |= {item.id: item for item in batch}
        return [found[str(number)] for number in range(len(dialogues))]


def open_summarizer(name: str) -> Summarizer:
    """The starter ('starter'), or the arm in a folder.

    Raises:
        ModelError: not there, damaged, or no arm of upshot's.
    """
    if name == "starter":
        if not (STARTER / "config.json").exists():
            raise ModelError("this installation has no starter model; give an arm's folder")
        model, tokenizer = load_base(ModelRef("starter"))
        settings = load_prompt((STARTER / "prompt.json").read_text(encoding="utf-8"))
        return Summarizer(name, model, tokenizer, settings, shipped_decoding())
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise ModelError(f"{name}: no such folder; expected 'starter' or an arm such as runs/NAME/arms/full")
    model, tokenizer, settings = load_arm(folder)
    return Summarizer(name, model, tokenizer, settings, decoding_of(folder))


def shipped_decoding() -> GenerationSettings:
    """The decoding that the starter ships with."""
    return GenerationSettings.model_validate_json((STARTER / "generation.json").read_text(encoding="utf-8"))


def decoding_of(folder: Path) -> GenerationSettings:
    """The decoding that the arm was compared with, from its run; the defaults where only weights are left."""
    import json

    arm = folder.parent if folder.name == "weights" else folder
    inputs = arm / "predictions.inputs.json"
    if not inputs.exists():
        return GenerationSettings.model_validate({})
    return GenerationSettings.model_validate(json.loads(inputs.read_text(encoding="utf-8"))["generation"])
