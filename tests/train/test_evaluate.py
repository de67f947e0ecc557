"""Evaluation while training."""

from dataclasses import replace

import pytest
import torch

import tiny
from upshot.errors import NumbersError
from upshot.metrics.rouge import rouge1
from upshot.model.generate import generate
from upshot.recipe import GenerationSettings, PromptSettings
from upshot.records import Dialogue
from upshot.train.evaluate import Evaluation, Judge
from upshot.train.loop import validation_loss


def judge() -> Judge:
    """Four prompts with two references each; the first of them is the label."""
    examples = tiny.encoded(4)
    dialogues = [
        Dialogue(row.id, row.dialogue, (row.summary or "", "Another view."), (row.id,)) for row in tiny.rows()[:4]
    ]
    generation = GenerationSettings(max_new_tokens=6, beams=4, sample=True)
    return Judge(dialogues, examples, examples, tiny.tokenizer(), PromptSettings(), generation, seed=1)


def test_an_evaluation_is_the_loss_and_greedy_scores_and_leaves_the_weights_alone() -> None:
    trainee, made = tiny.trainee(), judge()
    before = [parameter.clone() for parameter in trainee.model.parameters()]
    found = made.evaluate(trainee, 7)
    assert found == made.evaluate(trainee, 7)
    assert found.step == 7
    assert found.loss == pytest.approx(validation_loss(trainee, made.examples))
    texts = tiny.texts(trainee.model, made.prompts, max_new_tokens=6)
    pairs = [(texts[item.id], reference) for item in made.dialogues for reference in item.references]
    assert found.rouge1 == pytest.approx(sum(rouge1(*pair) for pair in pairs) / 8)
    assert found.sample == (made.prompts[0].id, texts[made.prompts[0].id])
    assert all(torch.equal(a, b) for a, b in zip(before, trainee.model.parameters(), strict=True))


def test_summaries_of_an_evaluation_repeat_no_more_than_the_recipe_allows() -> None:
    trainee, made = tiny.trainee(), judge()
    strict = replace(made, generation=made.generation.model_copy(update={"no_repeat_ngram": 1}))
    expected = GenerationSettings(max_new_tokens=6, no_repeat_ngram=1)
    first = next(generate(trainee.model.eval(), made.tokenizer, made.prompts, settings=expected, seed=1))
    texts = {item.id: item.prediction for item in first}
    sample = strict.evaluate(trainee, 1).sample
    assert sample == (made.prompts[0].id, texts[made.prompts[0].id])
    assert sample != made.evaluate(trainee, 1).sample


def test_a_validation_loss_that_is_no_number_is_an_error() -> None:
    trainee = tiny.trainee()
    with torch.no_grad():
        trainee.model.decoder.final_layer_norm.weight[0] = float("inf")
    with pytest.raises(NumbersError, match="the validation loss is not finite after step 9"):
        judge().evaluate(trainee, 9)


def test_the_value_to_maximise_follows_the_recipe() -> None:
    found = Evaluation(5, loss=2.5, rouge1=0.3, rouge2=0.1, rougeL=0.2, sample=("a", "b"))
    values = [found.value(by) for by in ("rouge1", "rouge2", "rougeL", "loss", "last")]
    assert values == [0.3, 0.1, 0.2, -2.5, 5.0]
