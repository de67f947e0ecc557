"""Evaluation while training: validation loss, and ROUGE of greedy summaries of the first validation dialogues."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from upshot.errors import NumbersError
from upshot.metrics.rouge import rouge1, rouge2, rouge_l
from upshot.model.device import hand_back_freed_memory
from upshot.model.generate import generate
from upshot.model.tokens import Tokenizer
from upshot.recipe import GenerationSettings, PromptSettings
from upshot.records import Dialogue, Encoded
from upshot.train.loop import Trainee, validation_loss
from upshot.wording import wording


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found; `sample` is one dialogue's id and summary. Scores in 0..1, loss per label token."""

    step: int
    loss: float
    rouge1: float
    rouge2: float
    rougeL: float  # noqa: N815 - the metric's name everywhere else
    sample: tuple[str, str]

    def value(self, by: str) -> float:
        """The figure to maximise for `best_by`."""
        if by == "last":
            return float(self.step)
        return -self.loss if by == "loss" else float(getattr(self, by))


@dataclass(frozen=True, slots=True)
class Judge:
    """What evaluations of one training use: labelled examples for the loss, prompts for the summaries.

    `prompt` says in which wording the dialogues are read.
    """

    dialogues: Sequence[Dialogue]
    prompts: Sequence[Encoded]
    examples: Sequence[Encoded]
    tokenizer: Tokenizer
    prompt: PromptSettings
    generation: GenerationSettings
    seed: int

    def evaluate(self, trainee: Trainee, step: int) -> Evaluation:
        """Loss and scores of the model as it is now; it is left in eval mode, its weights untouched.

        Raises:
            NumbersError: the loss is not finite.
        """
        hand_back_freed_memory()
        loss = validation_loss(trainee, self.examples)
        if not math.isfinite(loss):
            raise NumbersError(f"the validation loss is not finite after step {step}; the last checkpoint is kept")
        greedy = self.generation.model_copy(update={"beams": 1, "sample": False})
        texts: dict[str, str] = {}
        with trainee.accelerator.autocast():
            for batch in generate(trainee.model, self.tokenizer, self.prompts, settings=greedy, seed=self.seed):
                texts |= {item.id: item.prediction for item in batch}
        texts = {item.id: wording(item.text, self.prompt).restored(texts[item.id]) for item in self.dialogues}
        references = {item.id: item.references for item in self.dialogues}
        pairs = [(texts[name], reference) for name in texts for reference in references[name]]
        first = self.prompts[0].id
        hand_back_freed_memory()
        return Evaluation(
            step=step,
            loss=loss,
            rouge1=fmean(rouge1(*pair) for pair in pairs),
            rouge2=fmean(rouge2(*pair) for pair in pairs),
            rougeL=fmean(rouge_l(*pair) for pair in pairs),
            sample=(first, texts[first]),
        )
