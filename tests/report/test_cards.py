"""Model cards."""

import re

import pytest
import yaml

from report_run import write_run
from upshot.report.cards import card, front_matter
from upshot.report.facts import read_facts


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run"), analysed=True))


def arm(facts, name):
    return next(item for item in facts.arms if item.name == name)


def test_the_front_matter_is_yaml_with_the_results_as_the_hub_reads_them(facts):
    text = card(facts, arm(facts, "full"))
    opening, matter, _ = text.split("---\n", maxsplit=2)
    assert opening == ""
    found = yaml.safe_load(matter)
    assert found == front_matter(facts, arm(facts, "full"))
    assert (found["license"], found["pipeline_tag"], found["library_name"]) == (
        "cc-by-nc-sa-4.0",
        "summarization",
        "transformers",
    )
    (model,) = found["model-index"]
    (result,) = model["results"]
    assert model["name"] == "small-talks-full"
    assert set(result["dataset"]) == {"type", "name", "split"}
    values = {metric["name"]: metric["value"] for metric in result["metrics"]}
    assert values["ROUGE-1"] == round(100 * facts.comparison["arms"]["full"]["rouge1"]["mean"], 2)
    assert set(values) == {"ROUGE-1", "ROUGE-2", "ROUGE-L", "ROUGE-Lsum"}


def test_an_adapter_is_of_peft_and_a_prompt_has_no_weights_of_its_own(facts):
    assert front_matter(facts, arm(facts, "lora"))["library_name"] == "peft"
    text = card(facts, arm(facts, "zero-shot"))
    assert "asked by a prompt" in text
    assert "its weights are the base's" in text


def test_a_card_says_how_good_how_asked_what_goes_wrong_and_what_it_cannot_do(facts):
    text = card(facts, arm(facts, "full"))
    headings = [line[3:] for line in text.split("\n") if line.startswith("## ")]
    names = ("How good it is", "What goes wrong", "How it is asked", "What it was trained on", "Licence", "Limits")
    assert tuple(headings) == names
    assert "n=12 dialogues" in text
    assert "{dialogue}" in text
    assert "unsupported-number: 1 of 12" in text


def test_hostile_text_stays_text_in_a_card(tmp_path):
    facts = read_facts(write_run(tmp_path, payload="</script>\n# big\n- [x](javascript:alert(1))"))
    text = card(facts, facts.arms[1])
    rendered = re.sub(r"```text\n.*?\n```", "", text.split("---\n", maxsplit=2)[2], flags=re.DOTALL)
    assert "javascript" in rendered
    assert "\n# big" not in rendered
    assert "](javascript" not in rendered.replace("\\](", "")
    assert "base_model" not in front_matter(facts, facts.arms[1])
