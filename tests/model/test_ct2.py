"""CTranslate2 as an engine: the same texts and log-probabilities as the model that it was made of."""

import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import tiny
from upshot.errors import ModelError
from upshot.model.ct2 import library, open_translator, pieces, translate
from upshot.model.export import convert
from upshot.model.generate import generate_batch
from upshot.model.load import ModelRef, load_base
from upshot.recipe import GenerationSettings
from upshot.records import Prediction


@cache
def engine(base: str) -> tuple[Any, Any, Any]:
    """A tiny model, its tokenizer, and its translator in float32."""
    source: Path = getattr(tiny, base)()
    model, tokenizer = load_base(ModelRef(str(source)))
    target = tiny.folder() / f"{base}-ct2"
    convert(model, tokenizer, target, config=str(source), quantization="float32")
    return model, tokenizer, open_translator(target, quantization="float32")


def both(base: str, **settings: Any) -> tuple[list[Prediction], list[Prediction]]:
    model, tokenizer, translator = engine(base)
    decoding = GenerationSettings(**{"max_new_tokens": 12, **settings})
    return (
        translate(translator, tokenizer, tiny.encoded(), settings=decoding),
        generate_batch(model, tokenizer, tiny.encoded(), settings=decoding, seed=0),
    )


@pytest.mark.parametrize("base", ["t5", "flan", "bart"])
@pytest.mark.parametrize("decoding", [{}, {"beams": 3}, {"no_repeat_ngram": 2}, {"max_new_tokens": 1}], ids=str)
def test_predictions_are_those_of_the_model_itself(base: str, decoding: dict[str, Any]) -> None:
    ours, theirs = both(base, **decoding)
    assert [item.prediction for item in ours] == [item.prediction for item in theirs]
    for a, b in zip(ours, theirs, strict=True):
        assert a.logprob == pytest.approx(b.logprob, abs=1e-4)
        assert (a.id, a.tokens, a.hit_cap, a.prompt_tokens, a.truncated) == (
            b.id,
            b.tokens,
            b.hit_cap,
            b.prompt_tokens,
            b.truncated,
        )


def test_an_output_that_would_end_at_once_gets_one_token_first() -> None:
    import torch

    source = tiny.bart()
    model, tokenizer = load_base(ModelRef(str(source)))
    with torch.no_grad():
        model.final_logits_bias[0, 1] = 100.0  # wants to end at once
    target = tiny.folder() / "eager-ct2"
    convert(model, tokenizer, target, config=str(source), quantization="float32")
    settings = GenerationSettings(max_new_tokens=6)
    translator = open_translator(target, quantization="float32")
    ours = translate(translator, tokenizer, tiny.encoded(2), settings=settings)
    theirs = generate_batch(model, tokenizer, tiny.encoded(2), settings=settings, seed=0)
    assert [(item.prediction, item.tokens) for item in ours] == [(item.prediction, item.tokens) for item in theirs]
    assert [item.tokens for item in ours] == [2, 2]
    assert [item.logprob for item in ours] == pytest.approx([item.logprob for item in theirs], abs=1e-3)


def test_batch_mates_never_change_a_text() -> None:
    _, tokenizer, translator = engine("flan")
    settings = GenerationSettings(max_new_tokens=12)
    together = translate(translator, tokenizer, tiny.encoded(), settings=settings)
    alone = [translate(translator, tokenizer, [item], settings=settings)[0] for item in tiny.encoded()]
    assert [item.prediction for item in together] == [item.prediction for item in alone]


def test_pieces_are_the_strings_of_the_ids() -> None:
    tokenizer = tiny.tokenizer()
    assert pieces([[1, 0]], tokenizer) == [["</s>", "<pad>"]]


def test_a_folder_that_is_no_export_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="CTranslate2 cannot open it"):
        open_translator(tmp_path, quantization="int8")


def test_where_the_library_is_missing_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(ModelError, match=r"upshot\[ct2\]"):
        library()
