"""Dialogues as an arm reads them: in its own prompt, behind its examples, cut where it cuts."""

from __future__ import annotations

from collections.abc import Sequence

from upshot.model.tokens import Tokenizer, encode_prompts, token_counter
from upshot.prompts import prompt
from upshot.recipe import Arm
from upshot.records import Encoded, Row
from upshot.shots import Query, Shots, few_shots


def encode_queries(
    queries: Sequence[Query], arm: Arm, pool: Sequence[Row], tokenizer: Tokenizer
) -> tuple[list[Encoded], Shots | None]:
    """Queries (id and dialogue) as ids, in their order, and the examples that stand before them, if the arm has any.

    Raises:
        UsageError: the arm has examples, and the pool no row to take them from.
        DataError: the prompt alone is longer than the arm's limit.
    """
    shots = None
    if arm.shots is not None and queries:
        shots = few_shots(pool, queries, arm, count_tokens=token_counter(tokenizer))
    texts = shots.texts if shots else {}
    prompts = [prompt(name, text, arm.prompt, before=texts.get(name, "")) for name, text in queries]
    limit = arm.prompt.max_source_tokens
    if arm.shots is not None:
        limit = max(limit, arm.shots.max_tokens)
    return encode_prompts(prompts, tokenizer, max_source_tokens=limit), shots
