"""What a search tells beside its best text: how sure each word was, and the texts of its other beams."""

from __future__ import annotations

from collections.abc import Sequence

from upshot.answers.certainty import Detail, joined
from upshot.model.tokens import Tokenizer, decode


def detail_of(beams: Sequence[Sequence[int]], logprobs: Sequence[float], tokenizer: Tokenizer) -> Detail:
    """The detail of a search's outputs, best first; `logprobs` are those of the best one's tokens, from its first."""
    text, *others = decode(beams, tokenizer)
    best = beams[0]
    prefixes = tokenizer.batch_decode([best[: n + 1] for n in range(len(best))], skip_special_tokens=True)
    return Detail(joined(text, prefixes, logprobs), tuple(others))
