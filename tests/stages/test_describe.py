"""The numbers of data sets and models, on small real ones."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from upshot.data.sources import load_splits
from upshot.errors import DataError, ModelError
from upshot.model.adapters import attach_adapter, parameter_counts
from upshot.model.load import ModelRef, load_base
from upshot.model.scratch import new_t5, train_tokenizer
from upshot.recipe import AdapterSettings, DataSettings, ScratchSettings
from upshot.stages.describe import bars, describe_data, describe_model, histogram, module_tree, tree_lines

BUILTIN: Final = DataSettings.model_validate({})
SHAPE: Final = ScratchSettings(
    vocab_size=512, d_model=16, d_kv=4, d_ff=24, num_layers=3, num_decoder_layers=2, num_heads=2
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("base") / "tiny"
    texts = [row.dialogue for row in load_splits(BUILTIN, 13).splits.train]
    tokenizer = train_tokenizer(texts, SHAPE.vocab_size)
    new_t5(SHAPE, len(tokenizer), 1).save_pretrained(target)
    tokenizer.save_pretrained(target)
    return target


@pytest.fixture(scope="module")
def described(folder: Path) -> dict[str, Any]:
    return describe_model(str(folder))


def test_every_histogram_counts_each_dialogue_once() -> None:
    numbers = describe_data(BUILTIN, 13)
    assert set(numbers["splits"]) == {"train", "validation", "test"}
    for split in numbers["splits"].values():
        histograms = split["histograms"]
        for kind in ("dialogue_words", "turns", "speakers"):
            assert sum(histograms[kind].values()) == split["dialogues"]
        assert sum(histograms["summary_words"].values()) == split["rows"]
        assert sum(split["references"].values()) == split["dialogues"]


def test_the_numbers_are_plain_json_and_hold_what_the_gate_found() -> None:
    numbers = describe_data(BUILTIN, 13)
    assert json.loads(json.dumps(numbers)) == numbers
    assert {"hashes", "leaks", "warnings", "notes"} <= set(numbers)


def test_a_file_without_summaries_is_described_whole(tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    lines = [{"dialogue": f"Ann: one {n}\nBo: two", "topic": "rain" if n else "sun"} for n in range(3)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    numbers = describe_data(DataSettings(source=str(path)), 13)["splits"]
    assert set(numbers) == {"train"}
    assert numbers["train"]["references"] == {"0": 3}
    assert numbers["train"]["topics"] == {"rain": 2, "sun": 1}
    assert numbers["train"]["histograms"]["summary_words"] == {}


def test_data_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        describe_data(DataSettings(source=str(tmp_path / "none.csv")), 13)


@pytest.mark.parametrize("values", [[0], [7, 7], list(range(13)), [1, 1000], [99, 100, 101], [3, 250_000]])
def test_a_histogram_has_few_even_ranges_and_loses_nothing(values: list[int]) -> None:
    counts = histogram(values)
    assert 1 <= len(counts) <= 12
    assert sum(counts.values()) == len(values)
    assert min(list(counts.values())[:: len(counts) - 1 or 1]) > 0


def test_bars_are_as_long_as_their_values_and_never_vanish() -> None:
    lines = bars({"few": 1, "many": 1000, "none": 0}, width=20)
    assert [line.count("█") for line in lines] == [1, 20, 0]
    assert lines[1].endswith(" 1,000")
    assert bars({}) == []


def test_the_parts_of_a_model_add_up_to_all_of_it(folder: Path, described: dict[str, Any]) -> None:
    model, _ = load_base(ModelRef(str(folder)))
    assert described["parameters"]["all"] == sum(parameter.numel() for parameter in model.parameters())
    assert described["parameters"]["trainable"] == described["parameters"]["all"]
    assert sum(described["parameters"]["parts"].values()) == described["parameters"]["all"]
    assert described["tree"]["parameters"] == described["parameters"]["all"]


def test_blocks_of_the_tree_are_folded_with_their_count(described: dict[str, Any]) -> None:
    lines = [line.strip() for line in tree_lines(described["tree"])]
    assert [line.split(":")[0] for line in lines if line.startswith("block")] == ["block x 3", "block x 2"]
    assert "relative_attention_bias (1 in 3): Embedding, 64" in lines
    assert len(lines) > 20


def test_a_head_is_tied_or_its_own(folder: Path, described: dict[str, Any]) -> None:
    import torch

    assert described["head"] == "tied"
    model, _ = load_base(ModelRef(str(folder)))
    before = module_tree(model)["parameters"]
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    assert module_tree(model)["parameters"] == before + 512 * 16


def test_the_example_counts_what_peft_counts(folder: Path, described: dict[str, Any]) -> None:
    model, _ = load_base(ModelRef(str(folder)))
    adapted = attach_adapter(model, "lora", AdapterSettings(r=16, targets=("q", "v")))
    example = described["adapter_example"]
    assert {"trainable": example["trainable"], "all": example["all"]} == parameter_counts(adapted)
    assert set(example["targets"]) <= set(described["linear"])


def test_stored_weights_are_read_from_the_file(folder: Path, described: dict[str, Any]) -> None:
    assert described["stored"]["bytes"] == (folder / "model.safetensors").stat().st_size
    assert described["stored"]["weights"] == {"F32": described["parameters"]["all"]}
    assert described["embedding"] == {"rows": 512, "width": 16, "tokenizer": 512}
    assert json.loads(json.dumps(described)) == described


def test_a_model_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        describe_model(str(tmp_path / "none"))
