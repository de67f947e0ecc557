"""The loop: numbers that are not numbers, memory that is not there, facts of a step."""

from typing import Any

import pytest
import torch

import tiny
from upshot.errors import NumbersError, ResourceError
from upshot.model.adapters import trained_parameters
from upshot.model.tokens import IGNORED
from upshot.train.loop import collate, head_only_at, shift_right, summed_loss, validation_loss


def weights(trainee: Any) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in trained_parameters(trainee.model)}


def test_training_lowers_the_loss() -> None:
    trainee = tiny.trainee(learning_rate=2e-2)
    losses = [step.loss for step in tiny.steps(trainee, tiny.encoded(), 12, batch_size=8)]
    assert losses[-1] < 0.8 * losses[0]


def test_a_step_tells_its_number_epoch_rate_and_tokens() -> None:
    trainee = tiny.trainee(learning_rate=0.5)
    facts = tiny.steps(trainee, tiny.encoded(6), 3, batch_size=4)
    assert [(step.step, step.epoch) for step in facts] == [(1, 0.5), (2, 1.0), (3, 1.5)]
    assert [step.lr for step in facts] == pytest.approx([0.5, 1 / 3, 1 / 6])
    assert facts[0].tokens + facts[1].tokens == sum(len(example.labels) for example in tiny.encoded(6))
    assert all(step.seconds > 0 and step.grad_norm > 0 for step in facts)


def test_the_gradient_is_clipped_and_its_norm_told_from_before() -> None:
    trainee = tiny.trainee(clip=0.01)
    step = tiny.steps(trainee, tiny.encoded())[0]
    left = torch.stack([p.grad.norm() for _, p in trained_parameters(trainee.model)]).norm()
    assert step.grad_norm > 0.01
    assert float(left) == pytest.approx(0.01, rel=1e-3)


def test_a_loss_that_is_no_number_stops_names_step_and_rows_and_leaves_the_weights() -> None:
    trainee = tiny.trainee()
    with torch.no_grad():
        trainee.model.decoder.final_layer_norm.weight[3] = float("nan")
    before = weights(trainee)
    with pytest.raises(NumbersError, match=r"the loss is not finite at step 1 \(rows clinic-0") as stopped:
        tiny.steps(trainee, tiny.encoded(4))
    assert stopped.value.exit_code == 7
    assert "lower train.learning_rate (now 0.01), keep train.clip" in str(stopped.value)
    assert all(torch.equal(tensor, before[name]) or tensor.isnan().any() for name, tensor in weights(trainee).items())


def test_a_gradient_that_is_no_number_stops_with_the_rows_and_leaves_the_weights() -> None:
    trainee = tiny.trainee()
    parameter = trained_parameters(trainee.model)[5][1]
    parameter.register_hook(lambda gradient: gradient * float("inf"))
    before = weights(trainee)
    with pytest.raises(NumbersError, match=r"the gradient is not finite at step 1 \(rows .* and 1 more\).*lower train"):
        tiny.steps(trainee, tiny.encoded(9), batch_size=9)
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights(trainee).items())


def test_a_wild_learning_rate_ends_in_an_error_and_never_in_silence() -> None:
    trainee = tiny.trainee(learning_rate=1e30, clip=None)
    with pytest.raises(NumbersError, match="not finite at step"):
        tiny.steps(trainee, tiny.encoded(), 5)


def starve(trainee: Any, most: int) -> None:
    """Let the model run out of memory over more than `most` source tokens: an injected fault."""

    def out_of_memory(_module: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        if named["input_ids"].numel() > most:
            raise torch.OutOfMemoryError("tried to allocate 9 GiB")

    trainee.model.register_forward_pre_hook(out_of_memory, with_kwargs=True)


def test_lack_of_memory_names_the_longest_row_and_what_to_change() -> None:
    trainee = tiny.trainee()
    starve(trainee, 100)
    longest = max(tiny.encoded(), key=lambda example: len(example.input_ids))
    with pytest.raises(ResourceError) as stopped:
        tiny.steps(trainee, tiny.encoded())
    assert stopped.value.exit_code == 5
    assert "out of memory in a forward pass of 8 examples" in stopped.value.message
    assert f"with {len(longest.input_ids)} tokens" in stopped.value.message
    assert "lower train.micro_batch_tokens" in stopped.value.message
    assert "9 GiB" in stopped.value.message


def test_a_smaller_budget_is_taken_where_the_recipe_allows_it_and_changes_no_loss() -> None:
    plain, starved = tiny.trainee(), tiny.trainee(allow_smaller_batch=True)
    starve(starved, 250)
    expected = tiny.steps(plain, tiny.encoded(), 2)
    found = tiny.steps(starved, tiny.encoded(), 2)
    assert [step.loss for step in found] == pytest.approx([step.loss for step in expected], rel=1e-5)
    assert {step.micro_batch_tokens for step in found} == {starved.micro_batch_tokens}
    assert starved.micro_batch_tokens < plain.micro_batch_tokens


def test_a_single_example_that_does_not_fit_is_an_error_also_there() -> None:
    trainee = tiny.trainee(allow_smaller_batch=True)
    starve(trainee, 3)
    with pytest.raises(ResourceError, match="forward pass of 1 examples"):
        tiny.steps(trainee, tiny.encoded())


def test_batches_are_padded_on_the_right_and_labels_masked_once() -> None:
    batch = tiny.encoded(2)
    made = collate(batch, 0, "cpu")
    for row, example in enumerate(batch):
        length, target = len(example.input_ids), len(example.labels)
        assert made["input_ids"][row, :length].tolist() == list(example.input_ids)
        assert made["attention_mask"][row].sum() == length
        assert made["labels"][row, :target].tolist() == list(example.labels)
        assert (made["labels"][row, target:] == -100).all()


@pytest.mark.parametrize(("base", "start"), [("t5", 0), ("bart", 1)])
def test_the_decoder_sees_the_labels_one_later_behind_the_models_own_start(base: str, start: int) -> None:
    model = tiny.trainee(base=getattr(tiny, base)()).model
    shifted = shift_right(model, torch.tensor([[7, 8, 1], [9, 1, -100]]))
    assert shifted.tolist() == [[start, 7, 8], [start, 9, 1]]


def test_the_validation_loss_is_a_mean_over_tokens_without_smoothing_or_dropout() -> None:
    examples = tiny.encoded()
    plain = validation_loss(tiny.trainee(), examples)
    other = tiny.trainee(label_smoothing=0.2, dropout=0.3, micro_batch_tokens=150)
    assert validation_loss(other, examples) == pytest.approx(plain, rel=1e-5)
    assert not other.model.training
    assert plain == pytest.approx(tiny.steps(tiny.trainee(), examples)[0].loss, rel=1e-5)


def test_dropout_is_a_function_of_seed_step_and_micro_batch_alone() -> None:
    first = tiny.steps(tiny.trainee(dropout=0.3), tiny.encoded(), 2)
    torch.manual_seed(12345)
    second = tiny.steps(tiny.trainee(dropout=0.3), tiny.encoded(), 2)
    assert [step.loss for step in first] == [step.loss for step in second]


@pytest.mark.parametrize("base", ["t5", "flan", "bart"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_kept_places_is_that_over_the_whole_of_the_logits(base: str, smoothing: float) -> None:
    trainee = tiny.trainee(base=getattr(tiny, base)(), label_smoothing=smoothing)
    batch = tiny.encoded()
    inputs = collate(batch, 0, "cpu")
    labels = inputs.pop("labels")
    logits = trainee.model(**inputs, decoder_input_ids=shift_right(trainee.model, labels)).logits
    whole = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction="sum", ignore_index=IGNORED, label_smoothing=smoothing
    )
    assert float(summed_loss(trainee, batch).detach()) == pytest.approx(float(whole.detach()), rel=1e-5)


def test_the_head_answers_for_every_place_again_after_an_error() -> None:
    model = tiny.trainee().model
    with pytest.raises(RuntimeError, match="stop"), head_only_at(torch.ones(1, 1, dtype=torch.bool), model):
        raise RuntimeError("stop")
    assert not model.get_output_embeddings()._forward_pre_hooks


def test_an_adapter_learns_through_the_same_loss() -> None:
    trainee = tiny.trainee("lora")
    losses = [step.loss for step in tiny.steps(trainee, tiny.encoded(), 12)]
    assert losses[-1] < losses[0]
