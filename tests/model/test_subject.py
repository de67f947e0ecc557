"""An arm that is asked: nothing twice, nothing lost, nothing from weights that its predictions were not made with."""

import signal
from pathlib import Path

import pytest

import tiny
from upshot.errors import ModelError, StoppedError
from upshot.events import Event, never, silent
from upshot.model.subject import Subject, ask, subject_of
from upshot.recipe import Recipe
from upshot.records import Prediction, dump_lines, load_lines
from upshot.rundir import RunDir, read_json, read_text, write_json, write_text
from upshot.stages.predict import predict_arm


def recipe(**generation: object) -> Recipe:
    """A recipe of one arm whose batches hold one dialogue each."""
    return tiny.recipe({"one": {}}, generation={"max_new_tokens": 5, "batch_tokens": 1, **generation})


def predicted(folder: Path) -> RunDir:
    run = tiny.write_splits(RunDir(folder), validation=tiny.dialogues()[:1])
    write_text(run.split("test"), dump_lines(tiny.dialogues()))
    predict_arm(run, recipe(), "one", tiny.arms(recipe())["one"], tell=silent, stop=never)
    return run


def subject(run: RunDir, of: Recipe | None = None) -> Subject:
    of = of or recipe()
    return subject_of(run, of, "one", tiny.arms(of)["one"])


def test_asked_for_the_stored_dialogues_it_says_what_it_had_predicted(tmp_path: Path) -> None:
    run = predicted(tmp_path)
    one = subject(run)
    questions = [one.question(item) for item in tiny.dialogues()]
    answers = ask(one, questions, "again", tell=silent, stop=never)
    stored = load_lines(read_text(run.predictions("one", "test")), Prediction)
    assert [answers[question.key] for question in questions] == [item.prediction for item in stored]


def test_an_arm_is_asked_through_the_engine_of_its_predictions(tmp_path: Path) -> None:
    run = tiny.write_splits(RunDir(tmp_path), validation=tiny.dialogues()[:1])
    write_text(run.split("test"), dump_lines(tiny.dialogues()))
    quick = tiny.recipe({"one": {"predict": {"engine": "ct2"}}}, generation={"max_new_tokens": 5})
    predict_arm(run, quick, "one", tiny.arms(quick)["one"], tell=silent, stop=never)
    one = subject(run, quick)
    questions = [one.question(item) for item in tiny.dialogues()]
    answers = ask(one, questions, "again", tell=silent, stop=never)
    stored = load_lines(read_text(run.predictions("one", "test")), Prediction)
    assert [answers[question.key] for question in questions] == [item.prediction for item in stored]
    assert one._loaded is None  # the weights themselves are needed only to rate a summary
    rated = ask(
        one, [one.question(item, item.references[0]) for item in tiny.dialogues()], "r", tell=silent, stop=never
    )
    assert all(value < 0 for value in rated.values())
    plain = tiny.recipe({"one": {}}, generation={"max_new_tokens": 5})
    with pytest.raises(ModelError, match="was changed after it predicted"):
        subject(run, plain)


def test_a_summary_is_rated_in_batches_or_alone_alike_and_a_question_is_asked_once(tmp_path: Path) -> None:
    one = subject(predicted(tmp_path))
    heard: list[Event] = []
    questions = [one.question(item, item.references[0]) for item in tiny.dialogues()]
    first = ask(one, [*questions, *questions], "likelihood", tell=heard.append, stop=never)
    assert all(value < 0 for value in first.values())
    assert [event.facts["done"] for event in heard] == [1, 2, 3, 4]
    assert ask(one, questions, "likelihood", tell=heard.append, stop=never) == first
    assert len(heard) == 4


def test_what_was_asked_before_needs_no_model(tmp_path: Path) -> None:
    run = predicted(tmp_path)
    one = subject(run)
    questions = [one.question(item) for item in tiny.dialogues()]
    before = ask(one, questions, "again", tell=silent, stop=never)
    later = subject(run)
    assert ask(later, [later.question(item) for item in tiny.dialogues()], "again", tell=silent, stop=never) == before
    assert later._loaded is None


def test_a_signal_keeps_the_answers_and_a_line_cut_off_by_a_crash_is_asked_again(tmp_path: Path) -> None:
    run = predicted(tmp_path)
    one, heard = subject(run), list[Event]()
    questions = [one.question(item) for item in tiny.dialogues()]
    with pytest.raises(StoppedError, match="stopped while probing 'one'") as caught:
        ask(one, questions, "names", tell=heard.append, stop=lambda: signal.SIGTERM if len(heard) == 2 else None)
    assert caught.value.exit_code == 143
    log = run.arm("one") / "probe.jsonl"
    log.write_text(read_text(log) + '{"answers": {"x')
    later, more = subject(run), list[Event]()
    found = ask(later, questions, "names", tell=more.append, stop=never)
    assert [event.facts["done"] for event in more] == [3, 4]
    assert found == ask(subject(run), questions, "names", tell=silent, stop=never)


def test_an_arm_without_predictions_or_with_others_is_refused(tmp_path: Path) -> None:
    run = predicted(tmp_path / "run")
    with pytest.raises(ModelError, match="arm 'one' was changed after it predicted"):
        subject(run, recipe(max_new_tokens=3))
    inputs = run.arm("one") / "predictions.inputs.json"
    write_json(inputs, read_json(inputs) | {"weights": "others"})
    with pytest.raises(ModelError, match="arm 'one' was changed after it predicted"):
        subject(run)
    run.predictions("one", "test").unlink()
    with pytest.raises(ModelError, match="arm 'one' has no predictions yet; upshot predict makes them"):
        subject(run)


def test_the_key_of_a_question_names_arm_dialogue_and_summary(tmp_path: Path) -> None:
    run = predicted(tmp_path)
    one, (first, second, *_) = subject(run), tiny.dialogues()
    inputs = run.arm("one") / "predictions.inputs.json"
    other = recipe(beams=2)
    write_json(inputs, read_json(inputs) | {"generation": other.generation.model_dump(mode="json")})
    keys = [
        one.question(first).key,
        one.question(second).key,
        one.question(first, "A.").key,
        one.question(first, "B.").key,
        subject(run, other).question(first).key,
    ]
    assert len(set(keys)) == 5
    assert one.question(first).key == keys[0]
