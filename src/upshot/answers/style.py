"""Length and form that were asked for: whole sentences, never cut in the middle, and lists."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from upshot.analysis.sentences import sentences_of
from upshot.recipe import GenerationSettings

TOKENS_A_WORD: Final = 1.6  # of a small vocabulary; a larger one needs fewer, so the least asked for is a safe bound
_LONGER: Final = 2.5  # tokens allowed for each word asked for: what is chosen are whole sentences, after generation
_OVER: Final = 1.25  # a sentence more is taken while the text stays under this part of what was asked for


def decoding_for(words: int | None, usual: GenerationSettings) -> tuple[GenerationSettings, int]:
    """The decoding for a summary of about so many words, and its fewest tokens; without a wish the usual one and 1."""
    if words is None:
        return usual, 1
    longest = max(usual.max_new_tokens, math.ceil(words * _LONGER))
    return usual.model_copy(update={"max_new_tokens": longest}), max(1, round(words * TOKENS_A_WORD * 0.75))


def fitted(summary: str, words: int | None) -> tuple[str, int]:
    """The summary's first sentences that come nearest to so many words, at least one, and how many were left out.

    >>> fitted("Ann is ill. She stays at home. Ben brings soup and some books.", 6)
    ('Ann is ill. She stays at home.', 1)
    """
    sentences = sentences_of(summary)
    if words is None or len(sentences) < 2:
        return summary, 0
    kept = [sentences[0]]
    for sentence in sentences[1:]:
        longer = _words([*kept, sentence])
        if longer > words * _OVER or longer - words > words - _words(kept):
            break
        kept.append(sentence)
    left = len(sentences) - len(kept)
    return (" ".join(kept), left) if left else (summary, 0)


def as_list(summary: str) -> str:
    """One sentence a line, each behind a dash.

    >>> as_list("Ann is ill. Ben brings soup.")
    '- Ann is ill.\\n- Ben brings soup.'
    """
    return "\n".join(f"- {sentence}" for sentence in sentences_of(summary))


def length_note(words: int, usual: int | None) -> str:
    """What to say of a length that was asked for."""
    if usual is None:
        return f"about {words} words asked for; how long the summaries were that the arm learned is not known"
    learned = f"about {words} words asked for; the arm learned summaries of about {usual}"
    return f"{learned}, and longer ones are less sure" if words > 1.5 * usual else learned


def _words(sentences: Sequence[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)
