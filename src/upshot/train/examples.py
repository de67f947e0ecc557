"""Training examples as one epoch sees them: rows through prompt, augmentation and tokenizer."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from upshot.errors import UsageError
from upshot.model.scratch import sentinel_ids
from upshot.model.tokens import Tokenizer, encode_pairs, token_ids
from upshot.prompts import join_turns, prompt
from upshot.recipe import Arm, PromptSettings
from upshot.records import Encoded, Row
from upshot.train.augment import draw_for, mask_spans, rename_speakers
from upshot.wording import worded

Examples = Callable[[int], Sequence[Encoded]]
Draws = Callable[[str], random.Random]  # the generator of a row in the epoch at hand


def source_limit(arm: Arm) -> int:
    """The longest prompt of an arm in tokens; solved examples have a budget of their own."""
    limit = arm.prompt.max_source_tokens
    return limit if arm.shots is None else max(limit, arm.shots.max_tokens)


def training_examples(
    rows: Sequence[Row], tokenizer: Tokenizer, arm: Arm, *, seed: int, epochs: float, shots: Mapping[str, str]
) -> Examples:
    """A function from epoch to encoded examples, in row order; the same list again and again without augmentation.

    `shots` maps row ids to the few-shot text before their prompt. Every row needs a summary.

    Raises:
        UsageError: span filling is asked of a model whose tokenizer has no sentinels.
    """
    augment = arm.train.augment
    limits = (source_limit(arm), arm.prompt.max_target_tokens)
    if augment.span_filling and not sentinel_ids(tokenizer):
        raise UsageError("train.augment.span_filling: this model's tokenizer has no sentinels such as <extra_id_0>")
    rows = worded(rows, arm.prompt)  # once, not once an epoch
    if not (augment.span_filling or augment.rename_speakers or augment.templates):
        fixed = _encode(rows, [arm.prompt] * len(rows), tokenizer, shots, limits=limits)
        return lambda _epoch: fixed

    def changed(epoch: int) -> Sequence[Encoded]:
        filling = augment.span_filling if epoch < augment.span_filling_until * epochs else 0.0
        return _augmented(rows, tokenizer, arm, shots, draws=partial(draw_for, seed, epoch), filling=filling)

    return changed


def _encode(
    rows: Sequence[Row],
    settings: Sequence[PromptSettings],
    tokenizer: Tokenizer,
    shots: Mapping[str, str],
    *,
    limits: tuple[int, int],
) -> list[Encoded]:
    prompts = [
        prompt(row.id, row.dialogue, setting, before=shots.get(row.id, ""))
        for row, setting in zip(rows, settings, strict=True)
    ]
    return encode_pairs(prompts, [row.summary or "" for row in rows], tokenizer, limits=limits)


def _augmented(
    rows: Sequence[Row], tokenizer: Tokenizer, arm: Arm, shots: Mapping[str, str], *, draws: Draws, filling: float
) -> list[Encoded]:
    augment = arm.train.augment
    templates = [arm.prompt.template, *augment.templates]
    seen: list[Row] = []
    prompts: list[PromptSettings] = []
    filled: list[int] = []
    for index, row in enumerate(rows):
        draw = draws(row.id)
        if draw.random() < filling:
            filled.append(index)
        seen.append(rename_speakers(row, draw) if draw.random() < augment.rename_speakers else row)
        prompts.append(arm.prompt.model_copy(update={"template": draw.choice(templates)}))
    encoded = _encode(seen, prompts, tokenizer, shots, limits=(source_limit(arm), arm.prompt.max_target_tokens))
    fills = _span_examples([seen[index] for index in filled], tokenizer, arm.prompt, draws)
    for index, example in zip(filled, fills, strict=True):
        encoded[index] = example
    return encoded


def _span_examples(rows: Sequence[Row], tokenizer: Tokenizer, settings: PromptSettings, draws: Draws) -> list[Encoded]:
    """Span filling over the bare dialogue: source with sentinels, target with what they stand for."""
    sentinels = sentinel_ids(tokenizer)
    texts = [join_turns(row.dialogue, settings.turn_separator) for row in rows]
    examples = []
    for row, ids in zip(rows, token_ids(texts, tokenizer), strict=True):
        # The window moves with the epoch, and the target stays within the limit: 15 % of it plus sentinels.
        draw = draws(f"spans-{row.id}")
        window = min(len(ids) - 1, settings.max_source_tokens, settings.max_target_tokens * 4)
        start = draw.randrange(len(ids) - window)
        source, target = mask_spans(ids[start : start + window], sentinels, draw)
        examples.append(Encoded(row.id, (*source, ids[-1]), (*target, ids[-1])))
    return examples
