"""Laws of generation and adapters: who else is in the batch never matters, and what is saved is what was trained."""

from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from upshot.errors import UsageError
from upshot.model.adapters import MERGEABLE, trained_parameters
from upshot.model.generate import collate_sources, generate_batch
from upshot.model.load import ModelRef, load_base
from upshot.model.save import load_arm, save_weights
from upshot.model.start import model_to_train
from upshot.recipe import AdapterSettings, GenerationSettings, PromptSettings
from upshot.records import Encoded

KINDS = ["lora", "dora", "rslora", "ia3", "prompt", "prefix"]
TARGETS = {"ia3": ("q", "v", "wo")}


def trained(kind: str, rate: float = 0.1) -> Any:
    """A trainee of that kind of tuning after some steps large enough to change what it says."""
    adapter = {"targets": TARGETS.get(kind, ("q", "v")), "virtual_tokens": 4}
    trainee = tiny.trainee(kind, base=tiny.flan(), adapter=adapter, learning_rate=rate)
    tiny.steps(trainee, tiny.encoded(), 3, batch_size=4)
    return trainee


@torch.inference_mode()
def logits(model: Any, examples: list[Encoded]) -> torch.Tensor:
    """Logits of the examples' labels, (batch, target, vocabulary), in eval mode."""
    from upshot.train.loop import collate, shift_right

    model.eval()
    inputs = collate(examples, 0, "cpu")
    found: torch.Tensor = model(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        decoder_input_ids=shift_right(model, inputs["labels"]),
    ).logits
    return found


@pytest.mark.parametrize("settings", [{}, {"beams": 3, "no_repeat_ngram": 2}], ids=["greedy", "beams"])
@pytest.mark.parametrize("base", ["flan", "bart"])
def test_batch_mates_padding_and_order_never_change_a_text(base: str, settings: dict[str, Any]) -> None:
    model, _ = load_base(ModelRef(str(getattr(tiny, base)())))
    examples = tiny.encoded()
    assert len({len(example.input_ids) for example in examples}) > 1
    together = tiny.texts(model, examples, **settings)
    assert tiny.texts(model, examples[::-1], **settings) == together
    assert tiny.texts(model, examples, batch_tokens=100, **settings) == together
    for example in examples:
        assert tiny.texts(model, [example], **settings) == {example.id: together[example.id]}


def test_the_same_dialogue_twice_gives_the_same_text_and_the_same_confidence() -> None:
    model, _ = load_base(ModelRef(str(tiny.flan())))
    example = tiny.encoded(1)[0]
    settings = GenerationSettings(max_new_tokens=10)
    first, second = generate_batch(model, tiny.tokenizer(), [example, example], settings=settings, seed=0)
    assert first == second
    again = generate_batch(model, tiny.tokenizer(), [example], settings=settings, seed=99)[0]
    assert (again.prediction, again.tokens) == (first.prediction, first.tokens)
    assert again.logprob == pytest.approx(first.logprob, abs=1e-5)


def test_sampling_depends_on_its_seed_alone() -> None:
    model, _ = load_base(ModelRef(str(tiny.flan())))
    examples = tiny.encoded(4)
    drawn = tiny.texts(model, examples, sample=True)
    torch.manual_seed(1234)
    assert tiny.texts(model, examples[::-1], sample=True) == drawn


def test_lora_with_b_zero_equals_the_base_bit_for_bit() -> None:
    examples = tiny.encoded()
    base, _ = load_base(ModelRef(str(tiny.flan())))
    assert torch.equal(logits(tiny.trainee("lora", base=tiny.flan()).model, examples), logits(base, examples))


@pytest.mark.parametrize("kind", KINDS)
def test_every_trained_tensor_of_an_adapter_moves_and_the_base_stays(kind: str) -> None:
    before = tiny.trainee(
        kind, base=tiny.flan(), adapter={"targets": TARGETS.get(kind, ("q", "v")), "virtual_tokens": 4}
    )
    first = {name: parameter.clone() for name, parameter in before.model.named_parameters()}
    after = trained(kind)
    moved = {name for name, parameter in after.model.named_parameters() if not torch.equal(parameter, first[name])}
    assert moved == {name for name, _ in trained_parameters(after.model)} != set()


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_saved_and_reloaded_on_a_fresh_base_says_the_same(kind: str, tmp_path: Path) -> None:
    trainee, examples = trained(kind), tiny.encoded()
    plain = tiny.texts(load_base(ModelRef(str(tiny.flan())))[0], examples)
    expected = tiny.texts(trainee.model, examples)
    assert expected != plain
    base = ModelRef(str(tiny.flan()))
    save_weights(tmp_path / "weights", trainee.model, tiny.tokenizer(), prompt=PromptSettings(), base=base)
    model, _, _ = load_arm(tmp_path / "weights")
    assert tiny.texts(model, examples) == expected
    assert torch.equal(logits(model, examples), logits(trainee.model, examples))


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_is_merged_or_refuses_to_be(kind: str, tmp_path: Path) -> None:
    trainee, examples = trained(kind, rate=0.02), tiny.encoded()
    base = ModelRef(str(tiny.flan()))
    save_weights(tmp_path / "weights", trainee.model, tiny.tokenizer(), prompt=PromptSettings(), base=base)
    start = tmp_path / "weights"
    if kind not in MERGEABLE:
        with pytest.raises(UsageError, match="cannot be merged"):
            model_to_train(base, start, tuning="full", adapter=AdapterSettings(), seed=0)
        return
    merged, _ = model_to_train(base, start, tuning="full", adapter=AdapterSettings(), seed=0)
    assert not hasattr(merged, "peft_config")
    attached = logits(trainee.model, examples)
    assert float((logits(merged, examples) - attached).abs().max()) <= 1e-5 * float(attached.abs().max())
    assert tiny.texts(merged, examples) == tiny.texts(trainee.model, examples)


@pytest.mark.parametrize("kind", ["full", *KINDS])
def test_greedy_generation_follows_the_very_forward_pass_that_was_trained(kind: str) -> None:
    model = trained(kind).model.eval()
    example = tiny.encoded(1)[0]
    with torch.inference_mode():
        inputs = collate_sources([example], tiny.tokenizer(), "cpu")
        made = model.generate(**inputs, max_new_tokens=8, min_new_tokens=1, num_beams=1, do_sample=False)[0].tolist()
        forced = model(**inputs, decoder_input_ids=torch.tensor([made[:-1]])).logits[0]
    assert forced[1:].argmax(-1).tolist() == made[2:]
