"""Blind pairs are dealt fairly, the same each time, and reach Label Studio with their tags escaped."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from report_run import write_run
from upshot.ratings import MARKS
from upshot.report.facts import Facts, read_facts
from upshot.report.rating import deal, label_studio, labelling


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def saying(facts: Facts, arm: int, text: str) -> Facts:
    """The facts with one arm that always says the same."""
    outputs = {name: replace(item, prediction=text) for name, item in facts.arms[arm].outputs.items()}
    arms = list(facts.arms)
    arms[arm] = replace(arms[arm], outputs=outputs)
    return replace(facts, arms=tuple(arms))


def test_every_two_arms_meet_on_every_dialogue_where_they_differ(facts):
    met = {(pair.id, frozenset((pair.a, pair.b))) for pair in deal(facts, 13)}
    outputs = {arm.name: {name: item.prediction for name, item in arm.outputs.items()} for arm in facts.arms}
    expected = {
        (dialogue.id, frozenset((one, other)))
        for dialogue in facts.dialogues
        for one in outputs
        for other in outputs
        if outputs[one][dialogue.id] != outputs[other][dialogue.id]
    }
    assert met == expected
    assert len(deal(facts, 13)) == len(met) == 36


def test_outputs_that_are_the_same_but_for_spacing_are_no_pair(facts):
    same = saying(saying(facts, 0, "They meet at noon."), 1, " They  meet at\nnoon. ")
    met = {frozenset((pair.a, pair.b)) for pair in deal(same, 13)}
    assert met == {frozenset(("zero-shot", "lora")), frozenset(("full", "lora"))}


def test_an_arm_without_an_output_is_left_out_there(facts):
    arm = facts.arms[2]
    fewer = replace(arm, outputs={name: item for name, item in arm.outputs.items() if name != "talk_4"})
    pairs = deal(replace(facts, arms=(*facts.arms[:2], fewer)), 13)
    assert [{pair.a, pair.b} for pair in pairs if pair.id == "talk_4"] == [{"zero-shot", "full"}]


def test_the_seed_alone_decides_order_and_sides(facts):
    assert deal(facts, 13) == deal(facts, 13)
    assert deal(facts, 13) != deal(facts, 14)
    shorter = replace(facts, dialogues=facts.dialogues[:6])
    kept = {dialogue.id for dialogue in shorter.dialogues}
    assert deal(shorter, 13) == tuple(pair for pair in deal(facts, 13) if pair.id in kept)


def test_each_arm_stands_left_about_half_of_the_time(facts):
    left = sum(pair.a == "full" for seed in range(60) for pair in deal(facts, seed) if "full" in (pair.a, pair.b))
    of = sum("full" in (pair.a, pair.b) for seed in range(60) for pair in deal(facts, seed))
    assert of == 60 * 24
    assert abs(left / of - 0.5) < 0.06


def test_label_studio_gets_the_same_pairs_with_all_tags_escaped(facts):
    tasks = label_studio(saying(facts, 1, "<b>no</b> & <script>"), 13)
    assert [(task["meta"]["id"], task["meta"]["a"], task["meta"]["b"]) for task in tasks] == [
        (pair.id, pair.a, pair.b) for pair in deal(saying(facts, 1, "<b>no</b> & <script>"), 13)
    ]
    said = {task["data"]["a"] for task in tasks if task["meta"]["a"] == "full"}
    assert said == {"&lt;b&gt;no&lt;/b&gt; &amp; &lt;script&gt;"}
    first = next(task for task in tasks if task["meta"]["id"] == "talk_0")
    assert first["data"]["dialogue"].startswith("<p><b>Ada:</b> Have you thought about the leaking kitchen tap?</p>")
    assert not [task for task in tasks if {"full", "lora", "zero-shot"} & set(map(str, task["data"].values()))]


def test_payloads_in_a_run_leave_no_tag_but_ours_in_the_tasks(tmp_path):
    tasks = label_studio(read_facts(write_run(tmp_path, payload="<img src=x onerror=alert(1)>")), 13)
    texts = [text for task in tasks for text in task["data"].values()]
    assert len(texts) > 100
    for text in texts:
        for tag in ("<p>", "</p>", "<b>", "</b>", "<br>"):
            text = text.replace(tag, "")  # noqa: PLW2901
        assert "<" not in text


def test_the_labelling_configuration_is_xml_whose_names_and_fields_meet():
    root = ET.fromstring(labelling())
    named = {item.get("name") for item in root.iter() if item.get("name")}
    wanted = {name for item in root.iter() for name in (item.get("toName") or "").split(",") if name}
    assert wanted <= named
    shown = {item.get("value", "")[1:] for item in root.iter("HyperText")}
    assert shown == {"dialogue", "a", "b"}
    assert len(list(root.iter("Rating"))) == 2 * len(MARKS)
    assert [item.get("value") for item in root.iter("Choice")] == ["tie", "both bad"]
