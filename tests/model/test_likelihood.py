"""Likelihood of given summaries: the cross-entropy by hand, whatever the batch."""

import pytest
import torch

import tiny
from upshot.model.generate import collate_sources, generate_batch
from upshot.model.likelihood import LONGEST_SUMMARY, likelihood_batch, likelihood_batches, with_summaries
from upshot.model.load import ModelRef, load_base
from upshot.recipe import GenerationSettings
from upshot.records import Encoded


@pytest.mark.parametrize("base", ["flan", "t5", "bart"])
def test_the_likelihood_is_the_negative_loss_of_the_model_alone_and_in_a_batch(base: str) -> None:
    model, tokenizer = load_base(ModelRef(str(getattr(tiny, base)())))
    examples = tiny.encoded(5)
    assert len({len(item.labels) for item in examples}) > 1
    together = likelihood_batch(model, tokenizer, examples)
    for item, value in zip(examples, together, strict=True):
        with torch.inference_mode():
            inputs = collate_sources([item], tokenizer, "cpu")
            labels = torch.tensor([item.labels])
            start = torch.tensor([[model.config.decoder_start_token_id]])
            logits = model(**inputs, decoder_input_ids=torch.cat([start, labels[:, :-1]], dim=1)).logits
        loss = torch.nn.functional.cross_entropy(logits[0], labels[0])
        assert value == pytest.approx(-float(loss), abs=1e-4)
        assert likelihood_batch(model, tokenizer, [item])[0] == pytest.approx(value, abs=1e-4)


def test_a_generated_summary_is_as_likely_as_the_generation_said() -> None:
    model, tokenizer = load_base(ModelRef(str(tiny.flan())))
    one = tiny.encoded(1)[0]
    settings = GenerationSettings(max_new_tokens=5)
    made = generate_batch(model, tokenizer, [one], settings=settings, seed=0)[0]
    with torch.inference_mode():
        inputs = collate_sources([one], tokenizer, "cpu")
        ids = model.generate(**inputs, max_new_tokens=5, min_new_tokens=1, num_beams=1, do_sample=False)[0, 1:]
    again = Encoded(one.id, one.input_ids, tuple(ids.tolist()))
    assert likelihood_batch(model, tokenizer, [again])[0] == pytest.approx(made.logprob, abs=1e-4)


def test_a_trained_arm_prefers_what_it_was_trained_on() -> None:
    trainee = tiny.trainee("full", base=tiny.flan())
    examples = tiny.encoded(4)
    other = [Encoded(a.id, a.input_ids, b.labels) for a, b in zip(examples, examples[1:] + examples[:1], strict=True)]
    tiny.steps(trainee, examples, 30)
    trainee.model.eval()
    right = likelihood_batch(trainee.model, tiny.tokenizer(), examples)
    wrong = likelihood_batch(trainee.model, tiny.tokenizer(), other)
    assert all(good > bad for good, bad in zip(right, wrong, strict=True))


def test_few_rows_of_logits_at_a_time_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from upshot.model import likelihood as room

    model, tokenizer = load_base(ModelRef(str(tiny.flan())))
    whole = likelihood_batch(model, tokenizer, tiny.encoded(5))
    monkeypatch.setattr(room, "LOGIT_BUDGET", 2 * 24 * 640)
    assert likelihood_batch(model, tokenizer, tiny.encoded(5)) == pytest.approx(whole, abs=1e-5)


def test_batches_hold_each_example_once_longest_first_within_the_budget() -> None:
    examples = tiny.encoded(8)
    batches = likelihood_batches(examples, 150)
    assert sorted(item.id for batch in batches for item in batch) == sorted(item.id for item in examples)
    assert len(batches) > 1
    for batch in batches:
        padded = len(batch) * (max(len(i.input_ids) for i in batch) + max(len(i.labels) for i in batch))
        assert len(batch) == 1 or padded <= 150
    longest = [max(len(item.input_ids) for item in batch) for batch in batches]
    assert longest == sorted(longest, reverse=True)
    assert likelihood_batches(examples[::-1], 150) == batches
    assert likelihood_batches([], 150) == []


def test_summaries_become_labels_under_their_own_ids_and_keep_their_end() -> None:
    source = Encoded("d1", (5, 6, 1), truncated=True)
    both = with_summaries([source, source], [("a", "They talk."), ("b", "word " * 2000)], tiny.tokenizer())
    assert [(item.id, item.input_ids, item.truncated) for item in both] == [
        ("a", (5, 6, 1), True),
        ("b", (5, 6, 1), True),
    ]
    assert all(item.labels[-1] == tiny.tokenizer().eos_token_id for item in both)
    assert len(both[1].labels) == LONGEST_SUMMARY
