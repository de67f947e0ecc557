"""A trained arm in use: the prompt and the decoding that it was compared with, texts in, predictions out."""

from pathlib import Path

import pytest

import tiny
from upshot.errors import ModelError
from upshot.model.load import ModelRef, load_base
from upshot.model.save import save_weights
from upshot.recipe import PromptSettings
from upshot.rundir import write_json
from upshot.summarizer import Summarizer, open_summarizer

PROMPT = PromptSettings(template="raw", turn_separator=" | ", max_source_tokens=40)


@pytest.fixture(scope="module")
def arm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An arm's folder with the tiny model as its weights."""
    folder = tmp_path_factory.mktemp("arm")
    model, tokenizer = load_base(ModelRef(str(tiny.t5())))
    save_weights(folder / "weights", model, tokenizer, prompt=PROMPT, base=ModelRef(str(tiny.t5())))
    write_json(folder / "predictions.inputs.json", {"generation": {"max_new_tokens": 7, "beams": 2}})
    return folder


@pytest.fixture(scope="module")
def summarizer(arm: Path) -> Summarizer:
    return open_summarizer(str(arm))


def test_an_arm_opens_with_its_own_prompt_and_decoding(summarizer: Summarizer, arm: Path) -> None:
    assert summarizer.prompt == PROMPT
    assert (summarizer.generation.max_new_tokens, summarizer.generation.beams) == (7, 2)
    assert open_summarizer(str(arm / "weights")).generation == summarizer.generation


def test_weights_alone_open_with_the_default_decoding(arm: Path, tmp_path: Path) -> None:
    import shutil

    alone = shutil.copytree(arm / "weights", tmp_path / "mine" / "weights")
    assert open_summarizer(str(alone)).generation.max_new_tokens == 128


def test_predictions_come_in_the_order_of_the_dialogues_whatever_their_lengths(summarizer: Summarizer) -> None:
    texts = ["Ann: Hi.", "\n".join(f"Ben: and this is turn {n}" for n in range(30)), "Cleo: See you on Monday."]
    made = summarizer.summarize(texts)
    assert [item.id for item in made] == ["0", "1", "2"]
    assert [item.truncated for item in made] == [False, True, False]
    assert all(item.tokens <= 7 for item in made)
    turned = summarizer.summarize(texts[::-1])
    assert [item.prediction for item in turned[::-1]] == [item.prediction for item in made]
    assert summarizer.summarize([]) == []


def test_what_is_no_arm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder; expected 'starter' or an arm such as"):
        open_summarizer(str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match=r"no prompt\.json"):
        open_summarizer(str(tmp_path))
