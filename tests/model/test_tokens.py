"""Token ids: the dialogue is cut, the instruction and the end token never."""

import pytest

import tiny
from upshot.errors import DataError
from upshot.model.scratch import sentinel_ids
from upshot.model.tokens import (
    IGNORED,
    decode,
    encode_pairs,
    encode_prompts,
    fit_target,
    token_counter,
    token_ids,
    unknown_share,
)
from upshot.prompts import Prompted, prompt
from upshot.recipe import PromptSettings

LONG = "Ann: " + "well then, " * 60


def test_a_short_prompt_is_encoded_whole_with_its_end() -> None:
    made = encode_prompts([prompt("d", "Ann: hi", PromptSettings())], tiny.tokenizer(), max_source_tokens=200)[0]
    assert not made.truncated
    assert made.input_ids[-1] == tiny.tokenizer().eos_token_id
    assert "Summarize" in decode([made.input_ids], tiny.tokenizer())[0]


@pytest.mark.parametrize("limit", [40, 60, 61, 100])
def test_a_long_dialogue_is_cut_at_its_end_and_the_instruction_stays(limit: int) -> None:
    made = encode_prompts([prompt("d", LONG, PromptSettings())], tiny.tokenizer(), max_source_tokens=limit)[0]
    text = decode([made.input_ids], tiny.tokenizer())[0]
    assert made.truncated
    assert limit - 3 <= len(made.input_ids) <= limit
    assert text.startswith("Summarize the following conversation.")
    assert text.endswith("Summary:")
    assert made.input_ids[-1] == tiny.tokenizer().eos_token_id


def test_a_limit_under_the_instruction_itself_is_refused() -> None:
    with pytest.raises(DataError, match="the prompt without its dialogue has"):
        encode_prompts([prompt("d", LONG, PromptSettings())], tiny.tokenizer(), max_source_tokens=5)


def test_special_tokens_written_as_text_stay_text() -> None:
    eos, pad = tiny.tokenizer().eos_token_id, tiny.tokenizer().pad_token_id
    ids = token_ids(["Ann: </s> and<pad>here, <extra_id_3>"], tiny.tokenizer())[0]
    assert ids.count(eos) == 1
    assert pad not in ids
    assert not set(ids) & set(sentinel_ids(tiny.tokenizer()))
    assert decode([ids], tiny.tokenizer())[0].replace(" ", "") == "Ann:/sandpadhere,extra_id_3"  # T5 knows no < >


def test_half_a_surrogate_pair_is_an_error_for_people() -> None:
    with pytest.raises(DataError, match="half a surrogate pair") as found:
        token_ids(["broken \ud83d here"], tiny.tokenizer())
    assert found.value.code == "D38"


def test_targets_keep_their_end_when_they_are_cut() -> None:
    assert fit_target([5, 6, 7, 1], 3) == [5, 6, 1]
    assert fit_target([5, 1], 3) == [5, 1]
    made = encode_pairs([Prompted("d", "", "hi", "")], ["a long " * 30], tiny.tokenizer(), limits=(50, 9))[0]
    assert len(made.labels) == 9
    assert made.labels[-1] == tiny.tokenizer().eos_token_id


def test_counting_counts_the_end_token_too() -> None:
    count = token_counter(tiny.tokenizer())
    assert list(count(["", "hi"])) == [len(ids) for ids in token_ids(["", "hi"], tiny.tokenizer())]
    assert count([""]) == [1]
    assert count([]) == []


def test_decoding_reads_ignored_labels_as_padding() -> None:
    ids = token_ids(["Thank you"], tiny.tokenizer())[0]
    assert decode([[*ids, IGNORED, IGNORED]], tiny.tokenizer()) == ["Thank you"]


def test_a_reloaded_tokenizer_gives_the_same_ids() -> None:
    from transformers import AutoTokenizer

    again = AutoTokenizer.from_pretrained(str(tiny.t5()))
    texts = [row.dialogue for row in tiny.rows()] + ["Zoë & Łukasz: 1,234.50 € #Person1# <extra_id_0> {braces}\t日本"]
    assert token_ids(texts, again) == token_ids(texts, tiny.tokenizer())


def test_words_with_signs_that_a_tokenizer_does_not_know_are_counted_by_their_characters() -> None:
    assert unknown_share("Ann is ill.", tiny.tokenizer()) == 0.0
    assert unknown_share("Ann 我们 Ann 我们", tiny.tokenizer()) == pytest.approx(4 / 10)
    assert unknown_share(" ", tiny.tokenizer()) == 0.0
