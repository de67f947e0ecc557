"""How likely a model finds a given summary: the mean log-probability of its tokens under the arm's own prompt.

Source of the probe: B. Wang et al., "Analyzing and Evaluating Faithfulness in Dialogue Summarization", EMNLP 2022: a
model that prefers a reference to its corrupted copies has understood more of who did what than its ROUGE says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch

from upshot.model.generate import LOGIT_BUDGET, collate_sources
from upshot.model.tokens import IGNORED, Tokenizer, fit_target, token_ids
from upshot.records import Encoded

# Far over any summary, and within the positions of every BART.
LONGEST_SUMMARY: Final = 512


def with_summaries(
    sources: Sequence[Encoded], summaries: Sequence[tuple[str, str]], tokenizer: Tokenizer
) -> list[Encoded]:
    """Each source with a summary as its labels: the id and the text of `summaries` in the order of the sources."""
    targets = token_ids([text for _, text in summaries], tokenizer)
    return [
        Encoded(name, source.input_ids, tuple(fit_target(ids, LONGEST_SUMMARY)), source.truncated)
        for source, (name, _), ids in zip(sources, summaries, targets, strict=True)
    ]


def likelihood_batches(encoded: Sequence[Encoded], batch_tokens: int) -> list[list[Encoded]]:
    """Examples of like length together, longest first, each batch within the budget of padded tokens of both sides."""
    order = sorted(encoded, key=lambda item: (-len(item.input_ids), -len(item.labels), item.id))
    batches: list[list[Encoded]] = []
    for item in order:
        longer = [*batches[-1], item] if batches else []
        if longer and _padded(longer) <= batch_tokens:
            batches[-1].append(item)
        else:
            batches.append([item])
    return batches


@torch.inference_mode()
def likelihood_batch(model: Any, tokenizer: Tokenizer, batch: Sequence[Encoded]) -> list[float]:
    """Mean log-probability (natural logarithm, at most 0) of each summary's tokens with its end, in the batch's order.

    No label smoothing; padding and batch mates never count. Every example has labels.
    """
    inputs = collate_sources(batch, tokenizer, model.device)
    labels = _labels(batch).to(model.device)  # (batch, target)
    before = _shifted(labels, model.config)
    rows = max(1, LOGIT_BUDGET // (labels.shape[1] * model.config.vocab_size))
    found: list[float] = []
    for at in range(0, len(batch), rows):
        part = {name: tensor[at : at + rows] for name, tensor in inputs.items()}
        logits = model(**part, decoder_input_ids=before[at : at + rows], use_cache=False).logits.float()
        kept = labels[at : at + rows]  # (rows, target); logits (rows, target, vocabulary)
        chosen = logits.log_softmax(-1).gather(-1, kept.clamp(min=0).unsqueeze(-1)).squeeze(-1)  # (rows, target)
        sums = (chosen * (kept != IGNORED)).sum(dim=1) / (kept != IGNORED).sum(dim=1)
        found += sums.tolist()
    return found


def _padded(batch: Sequence[Encoded]) -> int:
    return len(batch) * (max(len(item.input_ids) for item in batch) + max(len(item.labels) for item in batch))


def _labels(batch: Sequence[Encoded]) -> torch.Tensor:
    width = max(len(item.labels) for item in batch)
    labels = torch.full((len(batch), width), IGNORED, dtype=torch.long)  # (batch, target)
    for row, item in enumerate(batch):
        labels[row, : len(item.labels)] = torch.tensor(item.labels)
    return labels


def _shifted(labels: torch.Tensor, config: Any) -> torch.Tensor:
    """Decoder inputs: the labels behind the start token, as the training has them."""
    start = torch.full_like(labels[:, :1], config.decoder_start_token_id)
    shifted = torch.cat([start, labels[:, :-1]], dim=1)  # (batch, target)
    return shifted.masked_fill(shifted == IGNORED, config.pad_token_id)
