"""Generation: batches, limits, log-probabilities."""

import pytest
import torch

import tiny
from upshot.model import generate as room
from upshot.model.adapters import prepare_tuning
from upshot.model.generate import collate_sources, generate_batch, generation_batches
from upshot.model.load import ModelRef, load_base
from upshot.model.tokens import decode
from upshot.recipe import AdapterSettings, GenerationSettings
from upshot.records import Encoded


def example(name: str, length: int) -> Encoded:
    return Encoded(name, (7,) * length)


def test_batches_put_like_lengths_together_longest_first_within_the_budget() -> None:
    prompts = [example("a", 3), example("b", 9), example("c", 8), example("d", 3)]
    batches = generation_batches(prompts, GenerationSettings(batch_tokens=20))
    assert [[item.id for item in batch] for batch in batches] == [["b", "c"], ["a", "d"]]
    beams = generation_batches(prompts, GenerationSettings(batch_tokens=20, beams=2))
    assert [len(batch) for batch in beams] == [1, 1, 2]
    assert generation_batches([], GenerationSettings()) == []


def test_batches_depend_on_the_prompts_and_not_on_their_order() -> None:
    prompts = tiny.encoded(8)
    settings = GenerationSettings(batch_tokens=200)
    assert generation_batches(prompts, settings) == generation_batches(prompts[::-1], settings)
    assert sum(map(len, generation_batches(prompts, settings))) == 8


def test_a_prompt_over_the_budget_goes_alone() -> None:
    batches = generation_batches([example("a", 50), example("b", 50)], GenerationSettings(batch_tokens=10))
    assert [len(batch) for batch in batches] == [1, 1]


def test_sources_are_padded_on_the_right_and_masked() -> None:
    inputs = collate_sources([example("a", 2), example("b", 3)], tiny.tokenizer(), "cpu")
    assert inputs["input_ids"].tolist() == [[7, 7, 0], [7, 7, 7]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 0], [1, 1, 1]]


@pytest.mark.parametrize("base", ["flan", "bart"])
def test_an_output_that_runs_into_the_limit_says_so(base: str) -> None:
    model, tokenizer = load_base(ModelRef(str(getattr(tiny, base)())))
    settings = GenerationSettings(max_new_tokens=4)
    made = generate_batch(model, tokenizer, tiny.encoded(3), settings=settings, seed=0)
    assert all(item.tokens <= 4 for item in made)
    assert [item.hit_cap for item in made] == [item.tokens == 4 for item in made]
    assert any(item.hit_cap for item in made)


def test_an_output_has_at_least_one_token_before_its_end() -> None:
    model, tokenizer = load_base(ModelRef(str(tiny.bart())))
    with torch.no_grad():
        model.final_logits_bias[0, 1] = 100.0  # wants to end at once
    made = generate_batch(model, tokenizer, tiny.encoded(2), settings=GenerationSettings(max_new_tokens=6), seed=0)
    assert [(item.tokens, item.hit_cap) for item in made] == [(2, False)] * 2


def test_the_logprob_is_the_mean_over_the_tokens_with_the_end() -> None:
    model, tokenizer = load_base(ModelRef(str(tiny.flan())))
    one = tiny.encoded(1)[0]
    settings = GenerationSettings(max_new_tokens=5)
    made = generate_batch(model, tokenizer, [one], settings=settings, seed=0)[0]
    with torch.inference_mode():
        inputs = collate_sources([one], tokenizer, "cpu")
        ids = model.generate(**inputs, max_new_tokens=5, min_new_tokens=1, num_beams=1, do_sample=False)
        logits = model(**inputs, decoder_input_ids=ids[:, :-1]).logits[0].log_softmax(-1)
        expected = sum(float(row[token]) for row, token in zip(logits, ids[0, 1:], strict=True)) / (ids.shape[1] - 1)
    assert made.logprob == pytest.approx(expected, abs=1e-5)
    assert made.tokens == ids.shape[1] - 1


def test_rating_outputs_a_few_rows_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = load_base(ModelRef(str(tiny.flan())))
    batch, settings = tiny.encoded(5), GenerationSettings(max_new_tokens=6)
    whole = generate_batch(model, tokenizer, batch, settings=settings, seed=0)
    monkeypatch.setattr(room, "LOGIT_BUDGET", 2 * 6 * 640)
    parts = generate_batch(model, tokenizer, batch, settings=settings, seed=0)
    assert [item.prediction for item in parts] == [item.prediction for item in whole]
    assert [item.logprob for item in parts] == pytest.approx([item.logprob for item in whole], abs=1e-5)


def test_more_beams_never_find_a_less_likely_output_on_these_prompts() -> None:
    model, tokenizer = load_base(ModelRef(str(tiny.flan())))
    batch = tiny.encoded(3)
    greedy = generate_batch(model, tokenizer, batch, settings=GenerationSettings(max_new_tokens=6), seed=0)
    beams = generate_batch(model, tokenizer, batch, settings=GenerationSettings(max_new_tokens=6, beams=4), seed=0)
    assert all(wide.logprob >= narrow.logprob - 1e-6 for wide, narrow in zip(beams, greedy, strict=True))


def test_no_n_gram_comes_twice_where_that_is_forbidden() -> None:
    model, _ = load_base(ModelRef(str(tiny.t5())))
    inputs = tiny.encoded(3)
    free = generate_batch(model, tiny.tokenizer(), inputs, settings=GenerationSettings(max_new_tokens=12), seed=0)
    settings = GenerationSettings(max_new_tokens=12, no_repeat_ngram=1)
    held = generate_batch(model, tiny.tokenizer(), inputs, settings=settings, seed=0)
    assert any(_repeats(item.prediction) for item in free)
    assert not any(_repeats(item.prediction) for item in held)


def _repeats(text: str) -> bool:
    pieces = [piece for piece in tiny.tokenizer().tokenize(text) if piece != "▁"]
    return len(pieces) > len(set(pieces))


@pytest.mark.parametrize("kind", ["flan", "bart", "lora", "prompt", "prefix"])
@pytest.mark.parametrize("beams", [1, 3])
def test_the_encoder_reads_a_batch_once_and_the_outputs_are_those_of_the_ids(kind: str, beams: int) -> None:
    base = "bart" if kind == "bart" else "flan"
    model, tokenizer = load_base(ModelRef(str(getattr(tiny, base)())))
    if kind not in ("flan", "bart"):
        model = prepare_tuning(model, kind, AdapterSettings(virtual_tokens=4), seed=1).eval()
    reads: list[int] = []
    model.get_encoder().register_forward_hook(lambda *_: reads.append(1))
    settings = GenerationSettings(max_new_tokens=6, beams=beams)
    made = generate_batch(model, tokenizer, tiny.encoded(4), settings=settings, seed=0)
    assert len(reads) == (1 if kind in ("flan", "bart", "lora") else 2)
    inputs = collate_sources(tiny.encoded(4), tokenizer, model.device)
    with torch.inference_mode():
        plain = model.generate(**inputs, **room._arguments(settings))
    assert [item.prediction for item in made] == decode(plain[:, 1:].tolist(), tokenizer)
