"""A fresh process says what saved weights generate."""

from pathlib import Path

import pytest

import tiny
from upshot.errors import ModelError
from upshot.model.load import ModelRef
from upshot.model.save import save_weights
from upshot.model.verify import texts_of, verify_reload
from upshot.recipe import ModelSettings, PromptSettings

SETTINGS = ModelSettings(precision="fp32", device="cpu")


def test_an_arm_that_says_something_else_in_a_fresh_process_is_refused(tmp_path: Path) -> None:
    trainee = tiny.trainee("lora", base=tiny.flan())
    tiny.steps(trainee, tiny.encoded(), 2)
    base, probes = ModelRef(str(tiny.flan())), tiny.encoded(2)
    expected = texts_of(trainee.model, tiny.tokenizer(), probes, SETTINGS)
    assert len(expected) == 2
    save_weights(tmp_path / "weights", trainee.model, tiny.tokenizer(), prompt=PromptSettings(), base=base)
    told = [expected[0], expected[1] + "!"]
    with pytest.raises(ModelError, match="generates other text than the trained one"):
        verify_reload(tmp_path / "weights", base, probes, settings=SETTINGS, expected=told)


def test_weights_that_a_fresh_process_cannot_load_are_named_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a fresh process cannot load the saved arm \(.*no prompt\.json"):
        verify_reload(tmp_path, ModelRef("starter"), tiny.encoded(1), settings=SETTINGS, expected=["x"])
