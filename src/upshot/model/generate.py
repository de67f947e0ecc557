"""Summaries from token ids: batches of like length, explicit limits, the mean log-probability of every output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import torch

from upshot.answers.certainty import Detail
from upshot.model.detail import detail_of
from upshot.model.tokens import IGNORED, Tokenizer, decode
from upshot.recipe import GenerationSettings
from upshot.records import Encoded, Prediction

LOGIT_BUDGET: Final = 64_000_000  # logits of one forward pass when outputs are rated, 256 MB in fp32


def generate(
    model: Any,
    tokenizer: Tokenizer,
    encoded: Sequence[Encoded],
    *,
    settings: GenerationSettings,
    seed: int,
    shortest: int = 1,
) -> Iterator[list[Prediction]]:
    """Predictions batch by batch, longest prompts first; batches depend only on the prompts and the settings."""
    for number, batch in enumerate(generation_batches(encoded, settings)):
        yield generate_batch(
            model, tokenizer, batch, settings=settings, seed=seed * 1_000_003 + number, shortest=shortest
        )


def generation_batches(encoded: Sequence[Encoded], settings: GenerationSettings) -> list[list[Encoded]]:
    """Prompts of like length together, each batch within the token budget; beams count as copies of a prompt."""
    order = sorted(range(len(encoded)), key=lambda index: (-len(encoded[index].input_ids), encoded[index].id))
    batches: list[list[Encoded]] = []
    for index in order:
        example = encoded[index]
        longest = len(batches[-1][0].input_ids) if batches else 0
        if batches and longest * (len(batches[-1]) + 1) * settings.beams <= settings.batch_tokens:
            batches[-1].append(example)
        else:
            batches.append([example])
    return batches


@torch.inference_mode()
def generate_batch(
    model: Any,
    tokenizer: Tokenizer,
    batch: Sequence[Encoded],
    *,
    settings: GenerationSettings,
    seed: int,
    shortest: int = 1,
) -> list[Prediction]:
    """Predictions of one batch, in its order; `shortest` is the fewest tokens of an output before its end."""
    torch.manual_seed(seed)
    inputs, output = _searched(model, tokenizer, batch, settings=settings, shortest=shortest)
    values, lengths = _logprobs(model, inputs, output, tokenizer)
    return _predictions(batch, output, values, lengths, tokenizer)


@torch.inference_mode()
def generate_detailed(
    model: Any,
    tokenizer: Tokenizer,
    batch: Sequence[Encoded],
    *,
    settings: GenerationSettings,
    seed: int,
    shortest: int = 1,
) -> list[tuple[Prediction, Detail]]:
    """What `generate_batch` gives, each with how sure every word was and with the other beams' texts."""
    kept = settings.beams
    torch.manual_seed(seed)
    inputs, output = _searched(model, tokenizer, batch, settings=settings, shortest=shortest, kept=kept)
    best = output[::kept]  # (batch, 1 + new tokens)
    values, lengths = _logprobs(model, inputs, best, tokenizer)
    made = _predictions(batch, best, values, lengths, tokenizer)
    ids, told = output[:, 1:].tolist(), values.tolist()
    return [
        (item, detail_of(ids[row * kept : (row + 1) * kept], told[row][: lengths[row]], tokenizer))
        for row, item in enumerate(made)
    ]


def _searched(
    model: Any,
    tokenizer: Tokenizer,
    batch: Sequence[Encoded],
    *,
    settings: GenerationSettings,
    shortest: int,
    kept: int = 1,
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The prompts as the model reads them, and ids behind its start token: `kept` outputs a prompt, best first."""
    inputs = read_once(model, collate_sources(batch, tokenizer, model.device))
    shared = {"past_key_values": _beam_cache()} if settings.beams > 1 and "encoder_outputs" in inputs else {}
    several = {"num_return_sequences": kept} if kept > 1 else {}
    output = model.generate(**as_arguments(inputs), **_arguments(settings, shortest), **shared, **several)
    return inputs, output


def _predictions(
    batch: Sequence[Encoded],
    output: torch.Tensor,
    values: torch.Tensor,
    lengths: Sequence[int],
    tokenizer: Tokenizer,
) -> list[Prediction]:
    ids = output[:, 1:]  # (batch, new tokens): the decoder's start token is no part of the summary
    ended = (ids == tokenizer.eos_token_id).any(dim=1).tolist()
    texts, sums = decode(ids.tolist(), tokenizer), values.sum(dim=1).tolist()
    return [
        Prediction(
            id=example.id,
            prediction=text,
            tokens=length,
            hit_cap=not end,
            logprob=round(total / max(length, 1), 6),
            prompt_tokens=len(example.input_ids),
            truncated=example.truncated,
        )
        for example, text, end, total, length in zip(batch, texts, ended, sums, lengths, strict=True)
    ]


def collate_sources(batch: Sequence[Encoded], tokenizer: Tokenizer, device: Any) -> dict[str, torch.Tensor]:
    """input_ids and attention_mask, both (batch, source), padded on the right."""
    width = max(len(example.input_ids) for example in batch)
    ids = torch.full((len(batch), width), tokenizer.pad_token_id, dtype=torch.long)  # (batch, source)
    mask = torch.zeros((len(batch), width), dtype=torch.long)  # (batch, source)
    for row, example in enumerate(batch):
        ids[row, : len(example.input_ids)] = torch.tensor(example.input_ids)
        mask[row, : len(example.input_ids)] = 1
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}


def read_once(model: Any, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The inputs with the encoder's states (batch, source, width) instead of ids: all passes of the decoder share them.

    Learned prompts are put before the ids in every pass, so with them the ids stay.
    """
    learned = getattr(model, "active_peft_config", None)
    if learned is not None and learned.is_prompt_learning:
        return inputs
    states = model.get_encoder()(**inputs).last_hidden_state
    return {"encoder_outputs": states, "attention_mask": inputs["attention_mask"]}


def as_arguments(inputs: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Inputs of `read_once` as a model's arguments. Made anew for each call: beam search expands them in place."""
    from transformers.modeling_outputs import BaseModelOutput

    if "encoder_outputs" not in inputs:
        return dict(inputs)
    return {**inputs, "encoder_outputs": BaseModelOutput(last_hidden_state=inputs["encoder_outputs"])}


def _beam_cache() -> Any:
    """A cache that leaves the keys and values of the source in place when beams change their order.

    All beams of a prompt have the same there. Copying them after every token took most of a beam search on CPU.
    """
    from transformers import DynamicCache, EncoderDecoderCache

    cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
    cache.reorder_cache = cache.self_attention_cache.reorder_cache
    return cache


def _arguments(settings: GenerationSettings, shortest: int = 1) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "max_new_tokens": settings.max_new_tokens,
        "min_new_tokens": shortest,
        "num_beams": settings.beams,
        "do_sample": settings.sample,
        "use_cache": True,
        "max_length": None,
        "no_repeat_ngram_size": settings.no_repeat_ngram,
    }
    if settings.beams > 1:
        arguments |= {"length_penalty": settings.length_penalty, "early_stopping": True}
    if settings.sample:
        arguments |= {"temperature": settings.temperature, "top_k": settings.top_k, "top_p": settings.top_p}
    return arguments


def _logprobs(
    model: Any, inputs: dict[str, torch.Tensor], output: torch.Tensor, tokenizer: Tokenizer
) -> tuple[torch.Tensor, list[int]]:
    """Log-probabilities of each output's tokens under the plain model (batch, new tokens), and their number.

    Its end is a token of an output; behind it there are zeros.
    """
    labels = output[:, 1:].clone()  # (batch, new tokens)
    ended = (labels == tokenizer.eos_token_id).cumsum(dim=1)
    after_end = (ended - (labels == tokenizer.eos_token_id).long()) > 0
    labels[after_end] = IGNORED
    # A whole batch of short prompts would take gigabytes of log-probabilities: a few rows at a time give the same.
    rows = max(1, LOGIT_BUDGET // (labels.shape[1] * model.config.vocab_size))
    found = []
    for at in range(0, len(labels), rows):
        part = {name: tensor[at : at + rows] for name, tensor in inputs.items()}
        found.append(_chosen(model, part, output[at : at + rows, :-1], labels[at : at + rows]))
    return torch.cat(found), (labels != IGNORED).sum(dim=1).tolist()


def _chosen(model: Any, inputs: dict[str, torch.Tensor], before: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    logits = model(**as_arguments(inputs), decoder_input_ids=before).logits.float()  # (rows, new tokens, vocabulary)
    chosen = logits.log_softmax(-1).gather(-1, labels.clamp(min=0).unsqueeze(-1)).squeeze(-1)  # (rows, new tokens)
    return chosen * (labels != IGNORED)
