"""Dialogues as an arm reads them."""

import tiny
from upshot.model.queries import encode_queries
from upshot.model.tokens import token_ids
from upshot.prompts import prompt
from upshot.recipe import Arm

QUERIES = [(item.id, item.text) for item in tiny.dialogues()]


def arm(**sections: object) -> Arm:
    return tiny.arms(tiny.recipe({"one": sections}))["one"]


def test_queries_are_the_arms_own_prompts_in_order() -> None:
    encoded, shots = encode_queries(QUERIES, arm(), tiny.rows(), tiny.tokenizer())
    texts = [prompt(name, text, arm().prompt).text for name, text in QUERIES]
    assert shots is None
    assert [item.id for item in encoded] == [name for name, _ in QUERIES]
    whole = token_ids(texts, tiny.tokenizer())
    assert [list(item.input_ids) for item in encoded if not item.truncated] == [
        ids for ids in whole if len(ids) <= arm().prompt.max_source_tokens
    ]
    assert any(not item.truncated for item in encoded)


def test_examples_stand_before_the_query_and_their_own_limit_holds() -> None:
    few = arm(shots={"count": 1, "max_tokens": 300})
    plain, _ = encode_queries(QUERIES, arm(), tiny.rows(), tiny.tokenizer())
    encoded, shots = encode_queries(QUERIES, few, tiny.rows(), tiny.tokenizer())
    assert shots is not None
    assert all(rows for rows in shots.rows.values())
    assert all(len(more.input_ids) > len(less.input_ids) for more, less in zip(encoded, plain, strict=True))
    assert max(len(item.input_ids) for item in encoded) <= 300


def test_no_query_needs_no_pool() -> None:
    assert encode_queries([], arm(shots={"count": 1}), [], tiny.tokenizer()) == ([], None)
