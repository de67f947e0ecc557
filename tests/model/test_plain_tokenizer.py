"""The tokenizer without transformers: the same ids, pieces and texts, on ordinary conversations and on nasty ones."""

import json
import shutil
from pathlib import Path

import pytest

import tiny
from upshot.data.conversations import BUILTIN
from upshot.errors import DataError, ModelError
from upshot.model.load import load_tokenizer
from upshot.model.place import STARTER, ModelRef
from upshot.model.plain_tokenizer import PlainTokenizer, plain_tokenizer
from upshot.model.tokens import decode, encode_prompts, token_ids
from upshot.prompts import prompt
from upshot.recipe import PromptSettings

NASTY = (
    "",
    " ",
    "</s><pad><unk><extra_id_0>",
    "Ann: I wrote </s> and then <extra_id_19> <extra_id_1>?",
    "Ann: \U0001f642 \U0001f469\u200d\U0001f52c caf\u00e9 cafe\u0301 \u4f60\u597d \u202eabc",
    "a\tb\r\nc\x00d\u2028e",
    "#Person1#: #Person2# {braces} \u2581under",
    "x" * 3000,
)


@pytest.fixture(scope="module", params=["starter", "tiny"])
def both(request: pytest.FixtureRequest) -> tuple[PlainTokenizer, object]:
    """The plain tokenizer of a folder and transformers' own."""
    folder = STARTER if request.param == "starter" else tiny.t5()
    plain = plain_tokenizer(folder)
    assert plain is not None
    return plain, load_tokenizer(ModelRef(str(folder)))


def test_ids_pieces_and_texts_are_those_of_transformers(both: tuple[PlainTokenizer, object]) -> None:
    plain, theirs = both
    talks = [json.loads(line)["dialogue"] for line in BUILTIN.read_text(encoding="utf-8").splitlines()]
    assert len(talks) > 200
    ids = token_ids([*talks, *NASTY], plain)
    assert ids == token_ids([*talks, *NASTY], theirs)
    for row in (*ids[:20], *ids[-len(NASTY) :]):
        pieces = plain.convert_ids_to_tokens(row)
        assert pieces == theirs.convert_ids_to_tokens(row)  # type: ignore[attr-defined]
        assert plain.convert_tokens_to_ids([*pieces, "no such piece"]) == theirs.convert_tokens_to_ids(  # type: ignore[attr-defined]
            [*pieces, "no such piece"]
        )
    generated = [*ids, [0, -100, 5, 1, 0, 0], []]
    assert decode(generated, plain) == decode(generated, theirs)
    assert set(plain.all_special_tokens) == set(theirs.all_special_tokens)  # type: ignore[attr-defined]
    assert (plain.eos_token_id, plain.pad_token_id, len(plain)) == (1, 0, len(theirs))  # type: ignore[arg-type]


def test_long_prompts_are_cut_at_the_same_place(both: tuple[PlainTokenizer, object]) -> None:
    plain, theirs = both
    asked = [prompt("d", "Ann: " + "well then, " * 80, PromptSettings())]
    assert encode_prompts(asked, plain, max_source_tokens=60) == encode_prompts(asked, theirs, max_source_tokens=60)


def test_half_a_surrogate_pair_is_bad_data(both: tuple[PlainTokenizer, object]) -> None:
    for tokenizer in both:
        with pytest.raises(DataError, match="half a surrogate pair") as refused:
            token_ids(["Ann: \ud83d"], tokenizer)
        assert refused.value.code == "D38"
    assert token_ids([], both[0]) == []


def test_what_only_transformers_can_read_is_left_to_it(tmp_path: Path) -> None:
    assert plain_tokenizer(tmp_path) is None
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny.t5() / name, tmp_path / name)
    assert plain_tokenizer(tmp_path) is not None
    settings = tmp_path / "tokenizer_config.json"
    config = json.loads(settings.read_text(encoding="utf-8"))
    settings.write_text(json.dumps(config | {"clean_up_tokenization_spaces": True}), encoding="utf-8")
    assert plain_tokenizer(tmp_path) is None
    marked = {"content": "</s>", "special": True}
    settings.write_text(json.dumps(config | {"eos_token": marked}), encoding="utf-8")
    found = plain_tokenizer(tmp_path)
    assert found is not None
    assert found.eos_token_id == 1


@pytest.mark.parametrize("content", ["{", "{}", "[]"])
def test_damaged_settings_are_told(content: str, tmp_path: Path) -> None:
    shutil.copy(tiny.t5() / "tokenizer.json", tmp_path / "tokenizer.json")
    (tmp_path / "tokenizer_config.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="the tokenizer cannot be read"):
        plain_tokenizer(tmp_path)
