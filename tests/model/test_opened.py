"""An arm opened with either engine says the same; without torch where an export lies there."""

import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import used_arms
from upshot.errors import ModelError
from upshot.model.found import find
from upshot.model.opened import Opened, open_found
from upshot.model.tokens import encode_prompts
from upshot.prompts import prompt
from upshot.recipe import GenerationSettings
from upshot.records import Encoded
from upshot.rundir import read_json, write_json

SETTINGS = GenerationSettings(max_new_tokens=7, beams=2)


@pytest.fixture(scope="module")
def both() -> tuple[Opened, Opened]:
    """The same weights through CTranslate2 and through transformers."""
    found = find(str(used_arms.exported()))
    return open_found(found), open_found(replace(found, export=None), threads=1)


def asked(opened: Opened, count: int = 3) -> list[Encoded]:
    prompts = [prompt(str(n), f"Ann: talk {n} " + "and more " * n, used_arms.PROMPT) for n in range(count)]
    return encode_prompts(prompts, opened.tokenizer, max_source_tokens=40)


def test_both_engines_write_the_same_in_the_same_order(both: tuple[Opened, Opened]) -> None:
    made = [opened.generate(asked(opened), SETTINGS, 1) for opened in both]
    assert [item.id for item in made[0]] == ["0", "1", "2"]
    assert [item.prediction for item in made[0]] == [item.prediction for item in made[1]]
    for ours, theirs in zip(*made, strict=True):
        assert ours.logprob == pytest.approx(theirs.logprob, abs=0.05)
    assert both[0].generate([], SETTINGS, 1) == both[1].generate([], SETTINGS, 1) == []


def test_the_fewest_tokens_are_kept_to(both: tuple[Opened, Opened]) -> None:
    for opened in both:
        assert all(item.tokens >= 6 for item in opened.generate(asked(opened), SETTINGS, 6))


def test_samples_are_drawn_the_same_each_time(both: tuple[Opened, Opened]) -> None:
    for opened in both:
        item = asked(opened, 1)[0]
        first = opened.sample(item, SETTINGS, 4)
        assert len(first) == 4
        assert len(set(first)) > 1
        assert opened.sample(item, SETTINGS, 4) == first


def test_each_says_what_it_computes_with(both: tuple[Opened, Opened]) -> None:
    assert both[0].engine.startswith("CTranslate2 ")
    assert both[0].engine.endswith(", float32")
    assert both[1].engine.startswith("transformers ")
    assert both[0].parameters == both[1].parameters > 1000


def test_an_arm_that_samples_is_opened_with_transformers(tmp_path: Path) -> None:
    found = find(str(used_arms.exported()))
    drawing = replace(found, generation=GenerationSettings(sample=True))
    assert open_found(drawing).engine.startswith("transformers")
    with pytest.raises(ModelError, match="its export has no weights for transformers"):
        open_found(replace(drawing, weights=None))


def test_a_tokenizer_that_reads_otherwise_is_left_to_transformers(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(used_arms.exported() / "ct2-float32", tmp_path / "mine"))
    facts = read_json(folder / "export.json")
    assert facts["plain_tokenizer"] is True
    opened = open_found(find(str(folder)))
    assert type(opened.tokenizer).__name__ == "PlainTokenizer"
    write_json(folder / "export.json", facts | {"plain_tokenizer": False})
    (folder / "MANIFEST.json").write_text('{"files": {}}')
    other = open_found(find(str(folder)))
    assert type(other.tokenizer).__name__ != "PlainTokenizer"
    assert other.generate(asked(other), SETTINGS, 1) == opened.generate(asked(opened), SETTINGS, 1)


def test_without_ctranslate2_an_arm_with_weights_is_opened_with_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find(str(used_arms.exported()))
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    assert open_found(found).engine.startswith("transformers ")
    with pytest.raises(ModelError, match=re.escape("pip install 'upshot[ct2]'")):
        open_found(find(str(used_arms.exported() / "ct2-float32")))


def test_without_torch_and_without_an_export_what_to_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    place = str(used_arms.weights())  # made with torch
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelError, match=re.escape("torch: not installed, and 'mine' has no export")):
        open_found(find(place))
