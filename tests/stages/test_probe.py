"""The probe on a real tiny run: what it writes, what it asks again, and what is in its numbers."""

import json
from pathlib import Path

import pytest

import tiny
from upshot.analysis.corruptions import CORRUPTIONS
from upshot.analysis.renaming import NAME_SETS
from upshot.comparison import Draws
from upshot.data.conversations import BUILTIN
from upshot.errors import DataError, ModelError, StoppedError
from upshot.events import Event, never, silent
from upshot.model.subject import Question
from upshot.recipe import Recipe
from upshot.records import Dialogue, Prediction, dump_lines, load_lines
from upshot.rundir import RunDir, read_json, read_text, write_text
from upshot.stages.predict import predict_arm
from upshot.stages.probe import accuracy, chosen_dialogues, probe_run

PARTS = {"likelihood", "order of speakers", *(f"names: {name}" for name in NAME_SETS)}


def dialogues(count: int = 6) -> list[Dialogue]:
    """Built-in conversations between two plainly named speakers, their first two turns, with all references."""
    found = []
    for line in BUILTIN.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        turns = item["dialogue"].split("\n")[:2]
        if all(turn.split(":")[0].isalpha() for turn in turns) and len(found) < count:
            found.append(Dialogue(item["id"], "\n".join(turns), tuple(item["summaries"]), (item["id"],)))
    assert len(found) == count
    return found


def recipe() -> Recipe:
    return tiny.recipe({"one": {}, "two": {"prompt": {"template": "raw"}}}, compare={"resamples": 200})


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    made = tiny.write_splits(RunDir(tmp_path), validation=tiny.dialogues()[:1])
    write_text(made.split("test"), dump_lines(dialogues()))
    for name, arm in tiny.arms(recipe()).items():
        predict_arm(made, recipe(), name, arm, tell=silent, stop=never)
    return made


def probe(run: RunDir, *names: str, tell: object = silent, stop: object = never, **more: int) -> dict:
    arms = {name: tiny.arms(recipe())[name] for name in names}
    return probe_run(run, recipe(), arms, tell=tell, stop=stop, **more)  # type: ignore[arg-type]


def test_it_writes_accuracy_per_corruption_and_changes_per_name_set_with_intervals_and_n(run: RunDir) -> None:
    heard: list[Event] = []
    content = probe(run, "one", tell=heard.append)
    assert read_json(run.root / "probe.json") == content
    assert content["dialogues"] == 6
    of_arm = content["likelihood"]["one"]
    assert of_arm.keys() == CORRUPTIONS.keys()
    assert any(cell["n"] for cell in of_arm.values())
    for cell in of_arm.values():
        if cell["n"]:
            assert 0 <= cell["ci95"][0] <= cell["accuracy"] <= cell["ci95"][1] <= 1
            assert cell["n"] <= cell["pairs"] <= 2 * cell["n"]
    fairness = content["fairness"]["one"]
    assert fairness["rename"]["sets"].keys() == NAME_SETS.keys()
    for cells in (*fairness["rename"]["sets"].values(), fairness["reorder"]):
        assert (cells["n"], cells["dialogues"]) == (6, 6)
        low, high = cells["rouge1"]["ci95"]
        assert low - 1e-9 <= cells["rouge1"]["change"] <= high + 1e-9
    pairs = len(NAME_SETS) * (len(NAME_SETS) - 1) // 2
    assert len(fairness["rename"]["pairs"]) == pairs
    assert (heard[0].kind, heard[0].text) == ("arm", "one")
    assert {event.facts["split"] for event in heard[1:]} == PARTS


def test_the_same_probe_asks_nothing_again_and_writes_the_same_bytes(run: RunDir) -> None:
    probe(run, "one")
    before, log = (run.root / "probe.json").read_bytes(), (run.arm("one") / "probe.jsonl").read_bytes()
    heard: list[Event] = []
    probe(run, "one", tell=heard.append)
    assert heard == []
    assert (run.root / "probe.json").read_bytes() == before
    assert (run.arm("one") / "probe.jsonl").read_bytes() == log


def test_more_dialogues_ask_only_about_the_new_ones(run: RunDir) -> None:
    few, heard = probe(run, "one", dialogues=4), list[Event]()
    assert few["fairness"]["one"]["reorder"]["n"] == 4
    probe(run, "one", tell=heard.append, dialogues=6)
    heard = [event for event in heard if event.kind == "predicted"]
    last = {event.facts["split"]: event.facts for event in heard}
    assert last["order of speakers"]["total"] == 6
    assert min(event.facts["done"] for event in heard if event.facts["split"] == "order of speakers") > 2
    small = {item.id for item in chosen_dialogues(run, recipe().seed, 4)}
    assert small < {item.id for item in chosen_dialogues(run, recipe().seed, 6)}


def test_other_arms_keep_what_was_found_before(run: RunDir) -> None:
    first = probe(run, "one")
    both = probe(run, "two")
    assert both["likelihood"]["one"] == first["likelihood"]["one"]
    assert list(both["fairness"]) == ["one", "two"]


def test_a_stopped_probe_goes_on_to_the_same_numbers(run: RunDir) -> None:
    whole = probe(run, "one")
    (run.root / "probe.json").unlink()
    (run.arm("one") / "probe.jsonl").unlink()
    heard: list[Event] = []
    with pytest.raises(StoppedError, match="stopped while probing 'one'"):
        probe(run, "one", tell=heard.append, stop=lambda: 15 if len(heard) > 2 else None)
    assert not (run.root / "probe.json").exists()
    assert probe(run, "one") == whole


def test_an_arm_that_prefers_its_own_references_scores_above_chance() -> None:
    pairs = [(f"d{n}", Question(f"r{n}", f"d{n}", "x"), Question(f"w{n}", f"d{n}", "x")) for n in range(8)]
    rated = {f"r{n}": -1.0 for n in range(8)} | {f"w{n}": -2.0 if n < 6 else -1.0 if n == 6 else -0.5 for n in range(8)}
    clusters = {f"d{n}": f"d{n}" for n in range(8)}
    found = accuracy(pairs, rated, clusters, draws=Draws(400, 1))
    assert found["accuracy"] == 6.5 / 8  # a tie counts half
    assert (found["n"], found["pairs"]) == (8, 8)
    assert found["ci95"][0] < found["accuracy"] < found["ci95"][1]
    assert accuracy([], {}, {}, draws=Draws(400, 1)) == {"n": 0, "pairs": 0}


def test_several_references_of_a_dialogue_are_one_unit() -> None:
    pairs = [("d0", Question(f"r{n}", "d0", "x"), Question(f"w{n}", "d0", "x")) for n in range(4)]
    rated = {f"r{n}": -1.0 for n in range(4)} | {f"w{n}": -2.0 if n else -0.5 for n in range(4)}
    found = accuracy(pairs, rated, {"d0": "d0"}, draws=Draws(400, 1))
    assert found == {"accuracy": 0.75, "ci95": None, "n": 1, "pairs": 4}


def test_dialogues_are_drawn_by_seed_in_file_order_and_need_a_reference(run: RunDir) -> None:
    order = [item.id for item in dialogues()]
    chosen = [item.id for item in chosen_dialogues(run, 5, 3)]
    assert chosen == sorted(chosen, key=order.index)
    assert len({tuple(item.id for item in chosen_dialogues(run, seed, 3)) for seed in range(9)}) > 1
    assert len(chosen_dialogues(run, 5, 100)) == 6
    write_text(run.split("test"), dump_lines([Dialogue("d", "A: x", (), ("d",))]))
    with pytest.raises(DataError, match="no test dialogue has a reference") as caught:
        chosen_dialogues(run, 5, 3)
    assert caught.value.code == "D35"


def test_changes_are_held_against_the_stored_predictions(run: RunDir) -> None:
    stored = load_lines(read_text(run.predictions("one", "test")), Prediction)
    content = probe(run, "one")
    from upshot.metrics.rouge import rouge1

    by_id = {item.id: item.prediction for item in stored}
    expected = [sum(rouge1(by_id[d.id], r) for r in d.references) / len(d.references) for d in dialogues()]
    found = content["fairness"]["one"]["reorder"]["rouge1"]["before"]
    assert found == pytest.approx(sum(expected) / len(expected))


def test_an_arm_without_predictions_is_refused(run: RunDir) -> None:
    run.predictions("two", "test").unlink()
    with pytest.raises(ModelError, match="arm 'two' has no predictions yet"):
        probe(run, "two")
