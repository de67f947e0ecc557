"""A model and a tokenizer made from nothing."""

import torch

import tiny
from upshot.model.scratch import new_t5, sentinel_ids, train_tokenizer
from upshot.model.tokens import decode, token_ids
from upshot.recipe import ScratchSettings


def test_the_size_is_rounded_up_to_a_multiple_of_64_and_holds_the_sentinels() -> None:
    tokenizer = train_tokenizer([row.dialogue for row in tiny.rows()], 500)
    assert len(tokenizer) == 512
    assert len(sentinel_ids(tokenizer)) == 20
    assert len(set(sentinel_ids(tokenizer))) == 20


def test_a_text_of_known_signs_comes_back_as_it_was() -> None:
    text = "Ann: I'd pay $12.50 for 3 of them, wouldn't you? (Yes!) #Person1# nods."
    assert decode(token_ids([text], tiny.tokenizer()), tiny.tokenizer()) == [text]


def test_speaker_tags_are_one_piece_each() -> None:
    pieces = tiny.tokenizer().tokenize("#Person1#: hello #Person2#.")
    assert "▁#Person1#" in pieces
    assert "▁#Person2#" in pieces


def test_digits_are_single_pieces() -> None:
    assert [piece for piece in tiny.tokenizer().tokenize("in 1998") if any(c.isdigit() for c in piece)] == [
        "▁1",
        "9",
        "9",
        "8",
    ]


def test_the_same_seed_makes_the_same_model_with_a_tied_head() -> None:
    settings = ScratchSettings(vocab_size=640, **tiny.SHAPE)
    one, two, other = (new_t5(settings, 640, seed) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not torch.equal(one.shared.weight, other.shared.weight)
    assert one.lm_head.weight.data_ptr() == one.shared.weight.data_ptr()


def test_a_model_without_sentinels_has_none() -> None:
    class Bare:
        unk_token_id = 2

        def convert_tokens_to_ids(self, token: str) -> int:
            return 2

    assert sentinel_ids(Bare()) == []
