"""Engines: the same arm through transformers and through CTranslate2."""

from pathlib import Path

import pytest

import tiny
from upshot.errors import ModelError, UsageError
from upshot.model.engine import open_engine
from upshot.model.load import ModelRef
from upshot.recipe import Arm


def arm(**sections: object) -> Arm:
    return Arm.model_validate(
        {"generation": {"max_new_tokens": 8}, "model": {"device": "cpu", "precision": "fp32"}, **sections}
    )


def test_both_engines_write_the_same_texts(tmp_path: Path) -> None:
    base = ModelRef(str(tiny.flan()))
    theirs = open_engine(arm(), base, None, exported=tmp_path / "unused")
    exact = {"engine": "ct2", "quantization": "float32"}
    ours = open_engine(arm(predict=exact), base, None, exported=tmp_path / "ct2")
    batch = tiny.encoded()
    assert [item.prediction for item in ours.generate(batch, 0)] == [
        item.prediction for item in theirs.generate(batch, 0)
    ]
    assert not (tmp_path / "unused").exists()
    assert (tmp_path / "ct2" / "model.bin").exists()
    assert (ours.facts["precision"], ours.facts["device"]) == ("ct2 float32", "cpu")
    assert (theirs.facts["precision"], theirs.facts["device"]) == ("fp32", "cpu")
    assert ours.facts["parameters"]["all"] == theirs.facts["parameters"]["all"]


def test_an_engine_opens_again_without_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from upshot.model import export

    base, of = ModelRef(str(tiny.flan())), arm(predict={"engine": "ct2"})
    first = open_engine(of, base, None, exported=tmp_path / "ct2").generate(tiny.encoded(2), 0)
    monkeypatch.setattr(export, "whole_model", lambda _: pytest.fail("the model was loaded"))
    assert open_engine(of, base, None, exported=tmp_path / "ct2").generate(tiny.encoded(2), 0) == first


def test_ct2_does_not_sample(tmp_path: Path) -> None:
    of = arm(predict={"engine": "ct2"}, generation={"sample": True})
    with pytest.raises(UsageError, match="does not sample"):
        open_engine(of, ModelRef(str(tiny.flan())), None, exported=tmp_path / "ct2")


def test_without_the_library_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(ModelError, match="not installed"):
        open_engine(arm(predict={"engine": "ct2"}), ModelRef(str(tiny.flan())), None, exported=tmp_path / "ct2")
    assert list(tmp_path.iterdir()) == []
