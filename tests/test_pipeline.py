"""The main job in one call: what it ends with, what a second call does, and how the gate stops it early."""

import shutil
from pathlib import Path

import pytest

import tiny
import upshot
from command import contents
from small_project import SMALL, write_recipe, write_splits
from upshot.errors import BusyError, StoppedError, UsageError
from upshot.events import Event, silent
from upshot.pipeline import Outcome, chosen_arms, leave_ready, prepare, run_recipe
from upshot.recipe import Recipe
from upshot.recipe_file import dump_recipe
from upshot.rundir import damage, locked, read_json, read_text, write_text

MADE = ("weights/*", "predictions.jsonl", "validation.jsonl", "log.jsonl", "summary.json", "recipe.yaml", "data/*")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """A recipe of two arms, one of which trains."""
    source = write_splits(tmp_path_factory.mktemp("data"))
    arms = {"zero-shot": {}, "full": {"tuning": "full", "grid": {"beams": [2]}}}
    return tiny.recipe(arms, {"max_steps": 2}, data={"source": str(source)}, compare={"resamples": 100})


@pytest.fixture(scope="module")
def run(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, list[Event]]:
    """A finished run and what was told on the way."""
    heard: list[Event] = []
    return run_recipe(recipe, tmp_path_factory.mktemp("run") / "one", tell=heard.append), heard


def test_a_run_ends_with_a_comparison_of_all_arms_and_a_report(run: tuple[Outcome, list[Event]]) -> None:
    outcome, heard = run
    assert list(outcome.comparison["arms"]) == ["zero-shot", "full", "full@beams=2"]
    assert read_json(outcome.root / "comparison.json") == outcome.comparison
    assert outcome.report.read_text(encoding="utf-8").lstrip().startswith("<!doctype html>")
    kinds = [event.kind for event in heard]
    assert kinds.count("arm") == 3
    assert kinds.count("trained") == 1
    assert kinds.count("step") == 2
    assert kinds.index("plan") < kinds.index("arm") < kinds.index("predicted")
    assert kinds.index("step") < kinds.index("trained") < len(kinds) - kinds[::-1].index("predicted")


def test_a_second_call_trains_and_predicts_nothing_and_changes_no_result(
    recipe: Recipe, run: tuple[Outcome, list[Event]]
) -> None:
    outcome, first = run
    before, heard = contents(outcome.root, *MADE), list[Event]()
    again = run_recipe(recipe, outcome.root, tell=heard.append)
    assert contents(outcome.root, *MADE) == before
    assert len(before) > 15
    assert again.comparison == outcome.comparison
    assert {event.kind for event in first} >= {"step", "trained", "predicted", "plan"}
    assert not {event.kind for event in heard} & {"step", "evaluation", "trained", "predicted"}
    (plan,) = [event.facts["plan"] for event in heard if event.kind == "plan"]
    assert all(arm.finished for arm in plan.arms)


def test_a_template_without_a_slot_stops_before_the_data_is_read(tmp_path: Path) -> None:
    for section in ({"prompt": {"template": "none"}}, {"train": {"augment": {"templates": ["none"]}}}):
        wrong = tiny.recipe({"a": section}, data={"source": "nowhere.csv"})
        with locked(tmp_path / "run") as folder, pytest.raises(UsageError, match=r"has no \{dialogue\}"):
            prepare(folder, wrong, silent)


def test_an_id_to_show_that_is_not_there_is_told_before_anything_is_trained(recipe: Recipe, tmp_path: Path) -> None:
    heard: list[Event] = []
    compare = recipe.compare.model_copy(update={"show": ("test_0_1", "test_99", "other_0")})
    with locked(tmp_path) as folder:
        prepare(folder, recipe.model_copy(update={"compare": compare}), heard.append)
    (said,) = [event.text for event in heard if event.kind == "warning" and "show" in event.text]
    assert said.startswith(
        "warning: compare.show: not in the test split, left out of the report: test_99, other_0; the nearest"
    )


def test_arms_are_chosen_by_name_and_bring_their_variants(recipe: Recipe) -> None:
    assert list(chosen_arms(recipe, [])) == ["zero-shot", "full", "full@beams=2"]
    assert list(chosen_arms(recipe, ["full"])) == ["full", "full@beams=2"]
    assert list(chosen_arms(recipe, ["full@beams=2"])) == ["full@beams=2"]
    with pytest.raises(UsageError, match=r"no arm .best. .arms: zero-shot, full, full@beams=2"):
        chosen_arms(recipe, ["full", "best"])


def test_an_unknown_arm_makes_no_folder(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        run_recipe(recipe, tmp_path / "run", only=["best"])
    assert not (tmp_path / "run").exists()


def test_new_arms_join_a_finished_run(recipe: Recipe, run: tuple[Outcome, list[Event]], tmp_path: Path) -> None:
    import shutil

    root = Path(shutil.copytree(run[0].root, tmp_path / "copy"))
    before = contents(root, "arms/*/predictions.jsonl", "weights/*")
    more = recipe.model_copy(update={"arms": {**recipe.arms, "second": recipe.arms["zero-shot"]}})
    outcome = run_recipe(more, root)
    assert list(outcome.comparison["arms"]) == ["zero-shot", "full", "full@beams=2", "second"]
    after = contents(root, "arms/*/predictions.jsonl", "weights/*")
    assert {path: after[path] for path in before} == before


def test_from_python_a_recipe_file_runs_and_its_arm_loads(tmp_path: Path) -> None:
    path = write_recipe(tmp_path / "mine.yaml", write_splits(tmp_path / "data"), "{zero-shot: {}}")
    outcome = upshot.run(path, root=tmp_path / "out", overrides=["seed=5", *SMALL[-1:]])
    assert outcome.root == tmp_path / "out"
    assert "seed: 5" in read_text(tmp_path / "out" / "recipe.yaml")


def test_a_run_leaves_its_winner_ready_to_use(run: tuple[Outcome, list[Event]]) -> None:
    outcome, heard = run
    (place,) = outcome.root.glob("arms/*/ct2-float32")
    assert damage(place) is None
    assert f"ready to use without torch: {place}" in [event.text for event in heard if event.kind == "note"]
    made = (place / "model.bin").stat().st_mtime_ns
    with locked(outcome.root) as folder:
        leave_ready(folder, silent)
    assert (place / "model.bin").stat().st_mtime_ns == made


def test_a_run_whose_arms_cannot_be_used_alone_says_so(tmp_path: Path) -> None:
    heard: list[Event] = []
    write_text(tmp_path / "recipe.yaml", dump_recipe(tiny.recipe({"shown": {"shots": {"count": 1}}})))
    (tmp_path / "arms").mkdir()
    with locked(tmp_path) as folder:
        leave_ready(folder, heard.append)
    assert [event.text for event in heard] == [
        f"the winner is used through transformers: {tmp_path}: no comparison with an arm that can be used alone; "
        f"name one: {tmp_path}/arms/ARM"
    ]


@pytest.fixture(scope="module")
def steps_on_steps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recipe, Path]:
    """A finished run of an arm, a decoding of its weights, a cue that starts from it, and a training on top of it."""
    source = write_splits(tmp_path_factory.mktemp("data"))
    arms = {
        "full": {"tuning": "full", "grid": {"beams": [2]}},
        "cue": {"from": "full"},
        "polish": {"tuning": "full", "from": "full"},
        "lora": {"tuning": "lora"},
    }
    recipe = tiny.recipe(arms, {"max_steps": 2}, data={"source": str(source)}, compare={"resamples": 100})
    root = tmp_path_factory.mktemp("runs") / "one"
    run_recipe(recipe, root)
    return recipe, root


def faster(recipe: Recipe, *names: str) -> Recipe:
    """The recipe with another learning rate for some arms."""
    content = recipe.model_dump(by_alias=True)
    for name in names:
        content["arms"][name]["train"]["learning_rate"] = 0.02
    return Recipe.model_validate(content)


def test_an_arm_is_tried_again_with_other_settings_and_what_was_there_is_kept(
    steps_on_steps: tuple[Recipe, Path], tmp_path: Path
) -> None:
    recipe, made = steps_on_steps
    root = Path(shutil.copytree(made, tmp_path / "one"))
    before, heard = contents(root, *MADE), list[Event]()
    changed = faster(recipe, "full")
    with pytest.raises(UsageError, match=r"or --again full: trained anew, what is there is put aside"):
        run_recipe(changed, root)
    outcome = run_recipe(changed, root, again=["full", "polish"], tell=heard.append)
    assert list(outcome.comparison["arms"]) == ["full", "full@beams=2", "cue", "polish", "lora"]
    assert sorted(path.name for path in (root / "before").iterdir()) == [
        "cue-1",
        "full-1",
        "full@beams=2-1",
        "polish-1",
    ]
    after = contents(root, *MADE)
    kept = {path.replace("arms/", "before/", 1): path for path in before if path.startswith("arms/")}
    for name in ("full", "full@beams=2", "cue", "polish"):
        pairs = [(new.replace(f"/{name}/", f"/{name}-1/", 1), old) for new, old in kept.items() if f"/{name}/" in new]
        assert pairs
        assert all(after[new][0] == before[old][0] for new, old in pairs)
    assert after["arms/lora/weights/adapter_model.safetensors"] == before["arms/lora/weights/adapter_model.safetensors"]
    assert after["arms/full/weights/model.safetensors"] != before["arms/full/weights/model.safetensors"]
    (plan,) = [event.facts["plan"] for event in heard if event.kind == "plan"]
    assert [arm.name for arm in plan.arms if arm.finished] == ["lora"]
    assert f"arm 'full' is made anew; what was there is kept in {root / 'before' / 'full-1'} until you delete it" in [
        event.text for event in heard
    ]
    heard.clear()
    same = run_recipe(changed, root, again=["full", "polish"], tell=heard.append)
    assert same.comparison == outcome.comparison
    assert contents(root, *MADE) == after | contents(root, "recipe.yaml")
    assert "arm 'full' was trained with these very settings and stays" in "\n".join(event.text for event in heard)
    run_recipe(faster(changed, "lora"), root, again=["lora"], only=["lora"])
    assert (root / "before" / "lora-1").is_dir()
    run_recipe(changed, root, again=["lora"], only=["lora"])
    assert (root / "before" / "lora-2").is_dir()


def test_an_interrupted_second_try_goes_on_with_the_same_command(
    steps_on_steps: tuple[Recipe, Path], tmp_path: Path
) -> None:
    recipe, made = steps_on_steps
    root = Path(shutil.copytree(made, tmp_path / "one"))
    changed, heard = faster(recipe, "lora"), list[Event]()
    with pytest.raises(StoppedError):
        run_recipe(
            changed, root, again=["lora"], tell=heard.append, stop=lambda: 2 if heard[-1].kind == "step" else None
        )
    run_recipe(changed, root, again=["lora"], tell=heard.append)
    assert [path.name for path in (root / "before").iterdir()] == ["lora-1"]
    assert "arm 'lora' continues after step 1 of 2" in [event.text for event in heard]


def test_an_arm_that_others_were_trained_from_is_refused_alone_and_nothing_moves(
    steps_on_steps: tuple[Recipe, Path],
) -> None:
    recipe, root = steps_on_steps
    before = contents(root, *MADE)
    with pytest.raises(UsageError, match=r"'polish' was trained from 'full'.*--again full --again polish$"):
        run_recipe(faster(recipe, "full"), root, again=["full"])
    with pytest.raises(UsageError, match=r"no arm 'best' \(arms: full"):
        run_recipe(recipe, root, again=["best"])
    with pytest.raises(UsageError, match="--again cue: this arm has no training"):
        run_recipe(recipe, root, again=["cue"])
    with pytest.raises(UsageError, match="--again lora: --only leaves 'lora' out; name it there too"):
        run_recipe(recipe, root, again=["lora"], only=["full"])
    with locked(root), pytest.raises(BusyError):
        run_recipe(recipe, root, again=["lora"])
    assert contents(root, *MADE) == before
    assert not (root / "before").exists()
