"""Each layout of labelled summaries, as its authors publish it, in a file of two or three rows."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared_data import shared
from upshot.analysis.annotated import LAYOUTS, Annotated, read_annotated
from upshot.data.turns import speakers_of, turns_of
from upshot.errors import DataError, UsageError

DOC = "Ann: Buy butter . Now . . Mr. Lee: Ok. At 1:30. . Ann: I will check... "
TURNS = "Ann: Buy butter . Now .\nMr. Lee: Ok. At 1:30.\nAnn: I will check..."


def table(path: Path, header: Sequence[str], *rows: Sequence[object]) -> Path:
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def document(path: Path, content: object) -> Path:
    """A JSON file."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def summedits(folder: Path) -> Path:
    """Two summaries of SummEdits, the second of them inconsistent."""
    rows = [
        {"id": "a_og", "doc": DOC, "summary": "Ann wants butter.", "label": 1, "edit_types": [], "split": "x"},
        {"id": "a_0", "doc": DOC, "summary": "Ann has butter.", "label": 0, "edit_types": ["antonym_swap"]},
    ]
    return document(folder / "summedits_samsum.json", rows)


def mts(folder: Path) -> tuple[Path, Path]:
    """Three summaries of MTS-Dialog and their manual scores; the omissions of the last were not scored."""
    said = "Doctor: Any pain?\r\nPatient: No."
    summaries = table(
        folder / "summaries.csv",
        ("ID", "Dialogue", "Reference Summary", "Automatic Summary"),
        *((number, said, "No pain.", text) for number, text in enumerate(("None.", "Much pain.", "No pain, a boy."))),
    )
    header = ("FactualPrecision", "FactualRecall", "FactualF1", "HallucinationRate", "OmissionRate", "Edit")
    scores = table(folder / "scores.csv", header, (1, 1, 1, 0, 0.5, 0), (0.5, 0, 0, 0, 0, 0), (1, 1, 1, 0.3, -1, 0))
    return summaries, scores


def test_the_turns_of_summedits_are_lines_again_and_label_0_is_an_error(tmp_path: Path) -> None:
    right, wrong = read_annotated([summedits(tmp_path)])
    assert right.dialogue_text == TURNS
    assert speakers_of(right.dialogue_text) == ("Ann", "Mr. Lee")
    assert (right.erroneous, wrong.erroneous) == (False, True)
    assert (wrong.id, wrong.kinds, wrong.set_name) == ("a_0", ("antonym_swap",), "SummEdits samsum")


def test_mts_dialog_is_one_set_of_wrong_facts_and_one_of_missing_ones(tmp_path: Path) -> None:
    summaries, scores = mts(tmp_path)
    found = read_annotated([summaries])
    facts = [item for item in found if item.set_name == "MTS-Dialog"]
    omissions = [item for item in found if item.omissions]
    assert [(item.erroneous, item.kinds) for item in facts] == [
        (False, ()),
        (True, ("imprecise",)),
        (True, ("hallucination",)),
    ]
    assert [(item.erroneous, item.set_name) for item in omissions] == [
        (True, "MTS-Dialog, omissions"),
        (False, "MTS-Dialog, omissions"),
    ]
    assert facts[0].dialogue_text == "Doctor: Any pain?\nPatient: No."
    assert {item.reference for item in found} == {"No pain."}
    assert read_annotated([scores, summaries]) == found


def test_manual_scores_are_needed_once_and_for_every_summary(tmp_path: Path) -> None:
    summaries, scores = mts(tmp_path)
    with pytest.raises(UsageError, match=r"scores\.csv: holds manual scores alone; name the file of their summaries"):
        read_annotated([scores])
    (tmp_path / "again.csv").write_bytes(scores.read_bytes())
    with pytest.raises(DataError, match=r"found again\.csv, scores\.csv, expected one CSV file with FactualPrecision"):
        read_annotated([summaries])
    (tmp_path / "again.csv").unlink()
    scores.write_text("".join(scores.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(DataError, match=r"scores\.csv: 2 rows of scores for the 3 rows of summaries\.csv"):
        read_annotated([summaries])
    scores.unlink()
    with pytest.raises(DataError, match="manual scores are missing: found none"):
        read_annotated([summaries])


def test_faceval_takes_the_human_summary_as_reference_of_the_others(tmp_path: Path) -> None:
    header = ["", "DocID", "Dialogue", "Model", "Summary", *("SubObjE", "ProE", "NegE", "ParE", "HalE", "OtherE")]
    said, no = "Ann: Hi.\nBo: Bye.", ["no"] * 5
    path = table(
        tmp_path / "FacEval_human_result.csv",
        [*header, "w/ Error"],
        [0, 77, said, "bart_large", "Bo greets Ann.", "yes", *no, "yes"],
        [1, 77, said, "human_ref", "Ann greets Bo.", "no", *no, "no"],
    )
    bart, human = read_annotated([path])
    assert bart == Annotated("77-bart_large", said, "Bo greets Ann.", True, ("SubObjE",), "FacEval", "Ann greets Bo.")
    assert (human.erroneous, human.reference) == (False, "")


def test_diasumfact_joins_its_sentences_and_its_speakers_are_found_as_names(tmp_path: Path) -> None:
    def marked(*classes: str) -> dict[str, object]:
        """A summary whose sentences have one class each."""
        marks = [
            {"error_class": name, "intrinsic/extrinsic": "n/a" if name == "LinkE" else "intrinsic"} for name in classes
        ]
        return {"model_prediction": "it is.", "sentence_annotations": [{"annotation": [mark]} for mark in marks]}

    content = {
        "1-5": {
            "utterances": ["project manager: yes .", "ann: no ."],
            "target_summary": "they talk.",
            "dataset_name": "QMSum",
            "annotations": {"bart": marked("No Error", "PredE", "LinkE"), "pegasus": marked("No Error")},
        }
    }
    wrong, right = read_annotated([document(tmp_path / "annotations.json", content)])
    assert (wrong.id, wrong.kinds, wrong.set_name) == ("1-5-bart", ("PredE", "LinkE", "intrinsic"), "DIASUMFACT QMSum")
    assert (right.erroneous, right.reference) == (False, "they talk.")
    assert speakers_of(wrong.dialogue_text) == ("Project Manager", "Ann")
    content["1-5"]["annotations"] = {"bart": {"sentence_annotations": []}}
    with pytest.raises(DataError, match=r"annotations\.json row 1: 'annotations' is .* expected \{MODEL"):
        read_annotated([document(tmp_path / "annotations.json", content)])


def test_circumstantial_inference_is_a_set_for_each_origin(tmp_path: Path) -> None:
    header = ["", "docid", "model", "nonfactual_spans", "evidence", "summary", "factual_error", "error_type"]
    path = table(
        tmp_path / "final_release_dataset.csv",
        [*header, "dialogue", "origin", "linguistic_categories"],
        [
            1,
            "7",
            "BART",
            "[]",
            "[]",
            "Ann is ill.",
            1,
            "['Extrinsic_Error']",
            "Ann: I''m fine.",
            "SAMSum",
            "['Logical Error']",
        ],
        [2, "test_2", "GPT-4", "[]", "[]", "Ann is fine.", 0, "[]", "Ann: I'm fine.", "DialogSum", "[]"],
    )
    wrong, right = read_annotated([path])
    assert wrong.dialogue_text == right.dialogue_text == "Ann: I'm fine."
    assert (wrong.erroneous, wrong.kinds) == (True, ("Logical Error", "Extrinsic_Error"))
    assert [wrong.set_name, right.set_name] == ["circumstantial inference SAMSum", "circumstantial inference DialogSum"]


def test_labels_of_ones_own_need_three_columns(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    rows = [
        {"dialogue": "Ann: Hi.", "summary": "Ann leaves.", "erroneous": True, "kinds": ["predicate"]},
        {"dialogue": "Ann: Hi.", "summary": "", "erroneous": 0, "reference": "Ann greets.", "id": "b"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert read_annotated([path]) == (
        Annotated("1", "Ann: Hi.", "Ann leaves.", True, ("predicate",), "mine"),
        Annotated("b", "Ann: Hi.", "", False, (), "mine", "Ann greets."),
    )
    header = ("dialogue", "summary", "erroneous", "kinds")
    (item,) = read_annotated([table(tmp_path / "mine.csv", header, ("Ann: Hi.", "Bo.", "yes", "name; speaker"))])
    assert item.kinds == ("name", "speaker")


def test_a_file_of_no_known_layout_is_told_what_was_found_and_what_is_known(tmp_path: Path) -> None:
    path = table(tmp_path / "x.csv", ("dialogue", "summary", "label"), ("Ann: Hi.", "Hi.", 1))
    with pytest.raises(DataError) as caught:
        read_annotated([path])
    assert "x.csv: no known layout" in str(caught.value)
    assert "found columns dialogue, summary, label" in str(caught.value)
    assert len(LAYOUTS) == 6
    for layout in LAYOUTS:
        assert f"{layout.name} ({', '.join(layout.columns)})" in str(caught.value)


def test_no_file_is_read_twice(tmp_path: Path) -> None:
    path = summedits(tmp_path)
    with pytest.raises(UsageError, match="is named twice"):
        read_annotated([path, path])


def test_a_label_that_cannot_be_read_stops_with_its_row(tmp_path: Path) -> None:
    rows = [{"id": "a", "doc": DOC, "summary": "A.", "label": "perhaps", "edit_types": []}]
    with pytest.raises(DataError, match=r"summedits\.json row 1: 'label' is perhaps, expected 0 or 1"):
        read_annotated([document(tmp_path / "summedits.json", rows)])


def test_the_published_files_are_read_whole() -> None:
    folder = shared("data/annotated")
    found = read_annotated([folder / "summedits_samsum.json", folder / "mts_dialog_summaries.csv"])
    counts = {
        name: (len(labels), sum(labels))
        for name in dict.fromkeys(item.set_name for item in found)
        if (labels := [item.erroneous for item in found if item.set_name == name])
    }
    assert counts == {
        "SummEdits samsum": (664, 422),
        "MTS-Dialog": (400, 86),
        "MTS-Dialog, omissions": (398, 256),
    }
    assert all(len(speakers_of(item.dialogue_text)) >= 2 for item in found)
    assert all(len(turns_of(item.dialogue_text)) >= 2 for item in found)
