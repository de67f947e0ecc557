"""Encoders as scorers, on tiny random ones: the formula by hand, windows, and folders that are refused."""

import json
import shutil
from pathlib import Path

import pytest
import torch

import tiny_bert
from upshot.errors import ModelError, UsageError
from upshot.model.encoders import bertscore, checker, encoder_folder

TALK = "Anna: the train is late.\nBen: they talk about a bike.\nAnna: she sells it at noon."


def test_a_text_matches_itself_wholly_and_another_less_in_both_directions_alike() -> None:
    score = bertscore(tiny_bert.encoder()).score
    assert score("", "anna and ben meet", ["anna and ben meet"]) == pytest.approx(1, abs=1e-5)
    there, back = score("", "anna sells a bike", ["the train"]), score("", "the train", ["anna sells a bike"])
    assert there == pytest.approx(back, abs=1e-5)
    assert -1 <= there < 0.999


def test_the_score_is_greedy_matching_of_the_last_layer_computed_by_hand() -> None:
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(tiny_bert.encoder()))
    model = AutoModel.from_pretrained(str(tiny_bert.encoder())).eval()
    states = []
    for text in ("anna sells a bike at noon", "the train is late"):
        with torch.no_grad():
            hidden = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        states.append(hidden / hidden.norm(dim=-1, keepdim=True))
    cosine = states[0] @ states[1].T
    precision = cosine[1:-1].max(dim=1).values.mean()  # [CLS] and [SEP] weigh nothing, but may be matched
    recall = cosine[:, 1:-1].max(dim=0).values.mean()
    expected = float(2 * precision * recall / (precision + recall))
    found = bertscore(tiny_bert.encoder()).score("", "anna sells a bike at noon", ["the train is late"])
    assert found == pytest.approx(expected, abs=1e-5)


def test_several_references_give_their_mean_and_an_empty_summary_0() -> None:
    score = bertscore(tiny_bert.encoder()).score
    one, other = (score("", "they talk", [reference]) for reference in ("anna and ben meet", "a bike"))
    assert score("", "they talk", ["anna and ben meet", "a bike"]) == pytest.approx((one + other) / 2, abs=1e-5)
    assert score("", "", ["a bike"]) == 0.0


def test_a_checker_gives_the_probability_of_the_class_supported_for_the_worst_sentence_or_the_mean() -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(tiny_bert.classifier()))
    model = AutoModelForSequenceClassification.from_pretrained(str(tiny_bert.classifier())).eval()
    chances = []
    for sentence in ("Anna sells a bike.", "The train is late."):
        with torch.no_grad():
            chances.append(float(model(**tokenizer(TALK, sentence, return_tensors="pt")).logits.softmax(-1)[0, 2]))
    summary = "Anna sells a bike. The train is late."
    worst, mean = checker(tiny_bert.classifier()), checker(tiny_bert.classifier(), pool="mean")
    assert worst.score(TALK, summary, []) == pytest.approx(min(chances), abs=1e-5)
    assert mean.score(TALK, summary, []) == pytest.approx(sum(chances) / 2, abs=1e-5)
    assert (worst.name, mean.name) == ("checker", "checker-mean")
    assert worst.score(TALK, "", []) == 0.0
    assert abs(chances[0] - chances[1]) > 1e-4


def test_a_dialogue_that_does_not_fit_is_read_in_windows_and_the_best_counts() -> None:
    score = checker(tiny_bert.classifier()).score
    turns = [f"Anna: the train is late {'and late ' * 12}.", f"Ben: they meet {'at noon ' * 12}.", "Anna: a bike."]
    long = "\n".join([*turns, *turns])
    alone = [
        score(window, "Anna sells it.", []) for window in (turns[0], turns[1], f"{turns[2]}\n{turns[0]}", turns[2])
    ]
    assert score(long, "Anna sells it.", []) >= max(alone[0], alone[1]) - 1e-5
    assert score("one turn of " + "late " * 200, "Anna sells it.", []) > 0  # a turn that alone is too long is cut
    with pytest.raises(UsageError, match="a summary sentence alone has more than the 64 tokens"):
        score(TALK, "late " * 80, [])


@pytest.mark.parametrize(
    ("labels", "index"),
    [({0: "LABEL_0", 1: "LABEL_1"}, 1), ({0: "supported", 1: "not"}, 0), ({0: "LABEL_0"}, -1)],
)
def test_the_class_supported_is_found_by_its_name_or_by_the_usual_order(labels: dict[int, str], index: int) -> None:
    folder = tiny_bert.labelled(f"labels-{index}", labels)
    found = checker(folder)
    assert found.provenance["class"] == index
    assert 0 <= found.score(TALK, "They talk.", []) <= 1


def test_classes_of_unknown_meaning_are_refused_with_the_way_out() -> None:
    with pytest.raises(ModelError, match="none of its classes means 'supported' \\(good, bad\\); name one of them"):
        checker(tiny_bert.labelled("labels-unknown", {0: "good", 1: "bad"}))


def test_folders_with_pickles_code_or_missing_weights_are_refused(tmp_path: Path) -> None:
    pickled, coded, wrong = (Path(shutil.copytree(tiny_bert.encoder(), tmp_path / name)) for name in "abc")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    config = json.loads((coded / "config.json").read_text())
    (coded / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "evil.Model"}}))
    (wrong / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    for folder, code in ((pickled, "M01"), (coded, "M02")):
        with pytest.raises(ModelError) as caught:
            bertscore(folder)
        assert caught.value.code == code
    with pytest.raises(ModelError, match="the weights lack 16 tensors"):
        bertscore(wrong)


def test_provenance_names_the_weights_and_what_the_numbers_depend_on() -> None:
    first, second = bertscore(tiny_bert.encoder()).provenance, checker(tiny_bert.classifier()).provenance
    assert len(first["weights"]) == 64
    assert first["weights"] != second["weights"]
    assert (first["layer"], first["idf"], second["sentences"]) == ("last", False, "min")
    assert json.dumps([first, second])


def test_a_model_is_fetched_only_with_leave() -> None:
    assert encoder_folder(str(tiny_bert.encoder()), allow_download=False) == tiny_bert.encoder()
    with pytest.raises(UsageError, match="microsoft/deberta: no such folder; --allow-download fetches"):
        encoder_folder("microsoft/deberta", allow_download=False)
    with pytest.raises(UsageError, match="expected a model folder"):
        encoder_folder("/nowhere/at/all", allow_download=True)
