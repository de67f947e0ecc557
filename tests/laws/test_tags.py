"""Reading names as tags is the same as tagging conversations beforehand: in training, prompts, examples and ratings."""

import json

import pytest

import tiny
from upshot.answers.reading import as_conversation, reading_of
from upshot.data.conversations import BUILTIN
from upshot.events import never, silent
from upshot.model.queries import encode_queries
from upshot.model.subject import ask, subject_of
from upshot.recipe import Arm, PromptSettings, Recipe
from upshot.records import Dialogue, Encoded, Prediction, Row, dump_lines, load_lines
from upshot.rundir import RunDir, read_text, write_text
from upshot.stages.predict import predict_arm
from upshot.train.examples import training_examples
from upshot.wording import worded, wording

TAGS = PromptSettings(speakers="tags")
TURNS = (
    (("Ann", "Hi Person 2."), ("Ben", "#Person1#?")),
    (("Person1", "Hi Person2, #Person2#."), ("Person2", "I am Person 2.")),
    (("#Person1#", "Hi Ann."), ("Ann", "Hi.")),
    (("", "Ann"), ("Will", "May, will you?"), ("May", "I may, Will.")),
)


def tagged(row: Row) -> Row:
    seen = wording(row.dialogue, TAGS)
    return Row(row.id, seen.dialogue, seen.learned(row.summary or ""))


def arm(speakers: str, **more: object) -> Arm:
    return Arm.model_validate({"prompt": {"speakers": speakers, "max_source_tokens": 300}, **more})


def trained_on(rows: list[Row], speakers: str) -> list[Encoded]:
    return list(training_examples(rows, tiny.tokenizer(), arm(speakers), seed=1, epochs=1, shots={})(0))


def test_training_examples_are_those_of_tagged_rows() -> None:
    rows = list(tiny.rows())
    before = [tagged(row) for row in rows]
    assert sum(one.dialogue != other.dialogue for one, other in zip(rows, before, strict=True)) == len(rows)
    assert trained_on(rows, "tags") == trained_on(before, "keep") == trained_on(before, "tags")
    assert trained_on(rows, "tags") != trained_on(rows, "keep")


def test_augmented_examples_are_those_of_tagged_rows_in_every_epoch() -> None:
    rows = list(tiny.rows())
    augment = {"templates": ["raw", "dialogue"], "span_filling": 0.4}
    named, before = (
        training_examples(read, tiny.tokenizer(), arm(speakers, train={"augment": augment}), seed=1, epochs=2, shots={})
        for read, speakers in ((rows, "tags"), ([tagged(row) for row in rows], "keep"))
    )
    assert [named(epoch) for epoch in (0, 1)] == [before(epoch) for epoch in (0, 1)]
    assert named(0) != named(1)


def test_what_an_arm_is_compared_on_is_what_it_reads_in_use() -> None:
    texts = [json.loads(line)["dialogue"] for line in BUILTIN.read_text(encoding="utf-8").splitlines()[::9]]
    assert len(texts) > 20
    odd = [
        "[call begins]\nAnn: Hi Ben.\nBen: Yes,\n\n  Ann?",
        "Person 2: Hi.\nPerson 1: Hi, Person2.",
        "王: 你好，李明。",
    ]
    for text in (*texts, *odd):
        reading = reading_of(as_conversation(text, "talk"), tags=True, masked=False)
        seen = wording(text, TAGS)
        assert reading.seen.text == seen.dialogue
        assert reading.restored("#Person1# and #Person2#") == seen.restored("#Person1# and #Person2#")


def test_to_tag_twice_is_to_tag_once() -> None:
    rows = [Row(str(n), "\n".join(f"{who}: {text}" for who, text in turns), "Ann") for n, turns in enumerate(TURNS)]
    once = worded(rows, TAGS)
    assert once != rows
    assert worded(once, TAGS) == once


@pytest.mark.parametrize("chosen", [{"rows": [3, 1]}, {"select": "bm25"}, {"select": "length"}, {"select": "random"}])
def test_queries_with_solved_examples_are_those_of_a_tagged_pool(chosen: dict[str, object]) -> None:
    pool, shots = list(tiny.rows()), {"shots": {**chosen, "max_tokens": 800}}
    asked = [(item.id, item.text) for item in tiny.dialogues()]
    there = [(name, wording(text, TAGS).dialogue) for name, text in asked]
    found, examples = encode_queries(asked, arm("tags", **shots), pool, tiny.tokenizer())
    wanted, _ = encode_queries(there, arm("keep", **shots), [tagged(row) for row in pool], tiny.tokenizer())
    assert examples is not None
    assert not examples.fewer
    assert found == wanted


def test_predictions_are_those_of_tagged_dialogues_with_the_names_put_back(tmp_path) -> None:
    dialogues = list(tiny.dialogues())
    named, before = RunDir(tmp_path / "named"), RunDir(tmp_path / "tagged")
    predict(named, dialogues, "tags")
    predict(before, [as_tagged(item) for item in dialogues], "keep")
    found, wanted = (load_lines(read_text(run.predictions("a", "test")), Prediction) for run in (named, before))
    assert any("#Person" in item.prediction for item in wanted)  # the starter writes tags where it reads them
    assert not any("#Person" in item.prediction for item in found)
    for item, made, raw in zip(dialogues, found, wanted, strict=True):
        assert made.prediction == wording(item.text, TAGS).restored(raw.prediction)
        assert (made.tokens, made.logprob, made.prompt_tokens) == (raw.tokens, raw.logprob, raw.prompt_tokens)


def test_how_likely_a_summary_is_is_asked_in_tags_and_a_probe_repeats_the_prediction(tmp_path) -> None:
    dialogues = list(tiny.dialogues())
    run = RunDir(tmp_path / "named")
    recipe = predict(run, dialogues, "tags")
    subject = subject_of(run, recipe, "a", recipe.arms["a"])
    stored = {item.id: item for item in load_lines(read_text(run.predictions("a", "test")), Prediction)}
    asked = [subject.question(item) for item in dialogues]
    said = ask(subject, asked, "again", tell=silent, stop=never)
    assert [said[question.key] for question in asked] == [stored[question.id].prediction for question in asked]
    rated = [subject.question(item, item.references[0]) for item in dialogues]
    values = ask(subject, rated, "rated", tell=silent, stop=never)
    tags = [
        subject.question(as_tagged(item), wording(item.text, TAGS).learned(item.references[0])) for item in dialogues
    ]
    same = ask(subject, tags, "tags", tell=silent, stop=never)
    assert [values[question.key] for question in rated] == [same[question.key] for question in tags]


def as_tagged(item: Dialogue) -> Dialogue:
    seen = wording(item.text, TAGS)
    return Dialogue(item.id, seen.dialogue, tuple(seen.learned(text) for text in item.references), item.row_ids)


def predict(run: RunDir, dialogues: list[Dialogue], speakers: str) -> Recipe:
    """Predictions of the starter as an arm 'a' of a run over these dialogues."""
    write_text(run.split("train"), dump_lines(tiny.rows()))
    for split in ("validation", "test"):
        write_text(run.split(split), dump_lines(dialogues))
    sections = {"model": {"name": "starter", "precision": "fp32", "device": "cpu"}}
    prompt = {"speakers": speakers, "max_source_tokens": 300}
    arms = {"a": {**sections, "prompt": prompt, "generation": {"max_new_tokens": 24}, "seed": 13}}
    recipe = Recipe.model_validate({**sections, "arms": arms})
    assert predict_arm(run, recipe, "a", recipe.arms["a"], tell=silent, stop=never)
    return recipe
