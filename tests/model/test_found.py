"""What a place holds: a run's winner, an arm, weights, an export of exactly these weights."""

import shutil
from pathlib import Path

import pytest

import tiny
import used_arms
from upshot.errors import ModelError, UsageError
from upshot.model.found import about_found, arms_alone, export_of, find, is_run
from upshot.model.place import STARTER, ModelRef, model_hash
from upshot.prompts import dump_prompt
from upshot.recipe_file import dump_recipe
from upshot.rundir import RunDir, read_json, write_json, write_text


def test_the_starter_is_found_by_its_name() -> None:
    found = find("starter")
    assert (found.name, found.base, found.weights, found.export) == ("starter", ModelRef("starter"), None, None)
    assert found.sha256 == model_hash(ModelRef("starter"))
    assert found.generation.beams == 8
    assert about_found(found).tags


def test_of_a_run_the_best_arm_that_can_be_used_alone_is_found() -> None:
    found = find(str(used_arms.run()))
    assert found.name == "full"
    assert (
        found.why
        == f"arm 'full' of {used_arms.run()}: ROUGE-1 20.0 on its test split, the best of 2 arms that need no examples"
    )
    assert found.weights == used_arms.run() / "arms" / "full" / "weights"
    assert found.export == used_arms.run() / "arms" / "full" / "ct2-float32"
    assert (found.prompt, found.generation.max_new_tokens) == (used_arms.PROMPT, 7)
    about = about_found(found)
    assert (about.trained_on, about.words) == ("12 rows of tiny", 9)
    assert len(about.quantiles) == 101


def test_the_winner_is_the_best_on_validation_and_the_note_says_how_few_dialogues_the_test_split_had(
    tmp_path: Path,
) -> None:
    copy = Path(shutil.copytree(used_arms.run(), tmp_path / "run"))
    compared = read_json(copy / "comparison.json")
    more = {"n_dialogues": 6, "n_clusters": 6, "validation": {"plain": 0.31, "shown": 0.1, "full": 0.12}}
    write_json(copy / "comparison.json", compared | more)
    write_json(copy / "data.json", {"splits": {"validation": {"dialogues": 4}}})
    write_json(copy / "analysis.json", {"n": 6, "flags": {"plain": {"cap-hit": 6}}})
    found = find(str(copy))
    assert found.name == "plain"
    assert arms_alone(copy) == ["plain", "full"]
    assert found.why == (
        f"arm 'plain' of {copy}: ROUGE-1 31.0 on 4 validation dialogues, the best of 2 arms that need no examples; "
        "10.0 on 6 test dialogues; 6 of its 6 test summaries were cut off at the longest output"
    )


def test_an_arm_that_only_repeats_itself_does_not_win(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(used_arms.run(), tmp_path / "run"))
    write_json(copy / "analysis.json", {"n": 6, "flags": {"full": {"repetition": 6}, "plain": {}}})
    found = find(str(copy))
    assert found.name == "plain"
    assert found.why.endswith("full scored higher and is passed over: 6 of its 6 test summaries repeat themselves")


def test_arms_that_can_be_used_alone_stand_in_the_order_of_their_scores() -> None:
    assert arms_alone(used_arms.run()) == ["full", "plain"]
    assert is_run(used_arms.run())
    assert not is_run(used_arms.run() / "arms" / "full")


@pytest.mark.parametrize("inner", ["", "weights", "ct2-float32"])
def test_an_arm_is_found_by_its_folder_its_weights_or_its_export(inner: str) -> None:
    whole = find(str(used_arms.run()))
    found = find(str(used_arms.run() / "arms" / "full" / inner))
    assert (found.name, found.sha256, found.export) == (whole.name, whole.sha256, whole.export)
    assert found.run is not None


def test_an_arm_that_is_its_base_needs_no_weights() -> None:
    found = find(str(used_arms.run() / "arms" / "plain"))
    assert found.weights is None
    assert found.base is not None
    assert found.sha256 == model_hash(found.base)


def test_an_arm_with_examples_cannot_be_used_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="puts training examples before each dialogue"):
        find(str(used_arms.run() / "arms" / "shown"))
    copy = Path(shutil.copytree(used_arms.run(), tmp_path / "run"))
    (copy / "arms" / "other").mkdir()
    with pytest.raises(ModelError, match=r"has no arm 'other' \(arms: plain, shown, full\)"):
        find(str(copy / "arms" / "other"))


def test_a_run_without_a_comparison_names_what_to_give(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(used_arms.run(), tmp_path / "run"))
    (copy / "comparison.json").unlink()
    with pytest.raises(ModelError, match="no comparison with an arm that can be used alone; name one"):
        find(str(copy))


def test_weights_that_learned_tags_say_so_without_their_run(tmp_path: Path) -> None:
    assert not about_found(find(str(used_arms.run() / "arms" / "full"))).tags
    weights = Path(shutil.copytree(used_arms.run() / "arms" / "full" / "weights", tmp_path / "weights"))
    write_text(weights / "prompt.json", dump_prompt(used_arms.PROMPT.model_copy(update={"speakers": "tags"})))
    assert about_found(find(str(weights))).tags


def test_weights_without_a_run_are_found_with_their_export_and_their_decoding() -> None:
    found = find(str(used_arms.exported()))
    assert (found.name, found.run) == ("exported", None)
    assert found.export == used_arms.exported() / "ct2-float32"
    assert found.generation.beams == 2
    assert find(str(used_arms.exported() / "weights")).export == found.export
    assert find(str(used_arms.weights())).export is None


def test_an_export_alone_is_enough(tmp_path: Path) -> None:
    alone = Path(shutil.copytree(used_arms.exported() / "ct2-float32", tmp_path / "mine"))
    found = find(str(alone))
    assert (found.name, found.base, found.weights, found.export) == ("mine", None, None, alone)
    assert (found.prompt, found.generation.beams) == (used_arms.PROMPT, 2)
    assert found.sha256 == find(str(used_arms.exported())).sha256


def test_an_export_of_other_weights_is_never_taken_for_these(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(used_arms.run(), tmp_path / "run"))
    arm = RunDir(copy).arm("full")
    manifest = read_json(arm / "weights" / "MANIFEST.json")
    write_json(arm / "weights" / "MANIFEST.json", {**manifest, "trained": "again"})
    assert find(str(arm)).export is None
    assert "not used (made from other weights)" in find(str(arm)).passed_over
    with pytest.raises(ModelError, match="exported from other weights than the arm has"):
        find(str(arm / "ct2-float32"))


def test_a_damaged_export_is_passed_over_beside_weights_and_refused_alone(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(used_arms.exported(), tmp_path / "arm"))
    (copy / "ct2-float32" / "model.bin").write_bytes(b"no")
    assert find(str(copy)).export is None
    assert find(str(copy)).passed_over.endswith(
        "ct2-float32 is not used (model.bin: checksum differs): write it anew with upshot export"
    )
    with pytest.raises(ModelError, match=r"model\.bin: checksum differs; write it anew"):
        find(str(copy / "ct2-float32"))


def test_of_two_exports_the_one_that_was_compared_comes_first(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(used_arms.exported(), tmp_path / "arm"))
    sha256 = find(str(copy)).sha256
    shutil.copytree(copy / "ct2-float32", copy / "ct2-int8")
    assert export_of(copy, sha256) == copy / "ct2-int8"
    assert export_of(copy, sha256, first="float32") == copy / "ct2-float32"
    assert export_of(copy, "other") is None


def test_a_moved_run_made_from_nothing_finds_its_base(tmp_path: Path) -> None:
    of = tiny.recipe({"plain": {}}, model={"scratch": {"d_model": 32}})
    write_text(tmp_path / "recipe.yaml", dump_recipe(of))
    write_json(tmp_path / "arms" / "plain" / "predictions.inputs.json", {"base": "abc"})
    found = find(str(tmp_path / "arms" / "plain"))
    assert (found.base, found.sha256) == (ModelRef(str(tmp_path / "base")), "abc")


@pytest.mark.parametrize("name", ["absent", ""])
def test_what_is_no_arm_is_refused(name: str, tmp_path: Path) -> None:
    expected = "no such folder; expected 'starter', a run" if name else r"no prompt\.json; expected 'starter', a run"
    with pytest.raises(ModelError, match=expected):
        find(str(tmp_path / name))
    assert STARTER.is_dir()
