"""What a tokenizer makes of texts."""

import pytest

from upshot.data.measures import token_table
from upshot.data.token_warnings import Limits, check_known, long_dialogues, long_summaries, unknown_signs
from upshot.errors import DataError
from upshot.records import Row

LIMITS = Limits(source_tokens=4, target_tokens=2, unknown_id=0)


def _signs(texts: object) -> list[list[int]]:
    """A token a sign; braces are unknown."""
    assert isinstance(texts, list)
    return [[0 if sign in "{}" else 1 for sign in text] for text in texts]


def test_long_texts_are_counted_once_each() -> None:
    rows = [Row("a", "abcdef", "abc"), Row("b", "abcdef", "a"), Row("c", "a", "ab")]
    tokens = token_table((text for row in rows for text in (row.dialogue, row.summary or "")), _signs, 0)
    [dialogues] = long_dialogues("F", rows, tokens, LIMITS)
    [summaries] = long_summaries("F", rows, tokens, LIMITS)
    assert str(dialogues) == "warning D46: F: 1 of 2 dialogues (50.0 %) exceeds 4 tokens and is cut; longest 6"
    assert str(summaries) == "warning D47: F: 1 of 3 summaries exceeds 2 tokens and is cut"


def test_unknown_signs_are_listed() -> None:
    rows = [Row("a", "a{b}", "s"), Row("b", "a{", "t"), Row("c", "abc", "u")]
    tokens = token_table((text for row in rows for text in (row.dialogue, row.summary or "")), _signs, 0)
    [notice] = unknown_signs(rows, tokens, _signs, LIMITS)
    assert str(notice) == "warning D49: '{' '}' are unknown to T5 (in 2 rows)"
    check_known("F", rows, tokens)


def test_a_text_of_unknown_tokens_is_refused() -> None:
    rows = [Row("a", "{}{}{}{}{", "a")]
    tokens = token_table(["{}{}{}{}{", "a"], _signs, 0)
    with pytest.raises(DataError) as caught:
        check_known("F", rows, tokens)
    assert str(caught.value) == "error D49: F: 90 % of the tokens are unknown to this tokenizer"
