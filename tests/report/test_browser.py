"""The block of data: safe in HTML, whole, small, and what its script may rely on."""

import base64
import csv
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from report_run import write_run
from shared_data import shared
from upshot.analysis.finding import KINDS, Finding
from upshot.records import Dialogue, Prediction, Score
from upshot.report import browser
from upshot.report.browser import content, safe_json, script_hash, script_text
from upshot.report.facts import Facts, read_facts

PAYLOAD = "</script><!--<script>&\u2028\u2029\"'"
MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def block(facts: Facts, findings: browser.Findings | None = None, worth: browser.Worth | None = None) -> dict:
    return json.loads(str(content(facts, findings or {}, worth).data))


def test_the_block_cannot_end_its_element_and_reads_back_as_it_was():
    text = safe_json({PAYLOAD: [PAYLOAD, 1.5, None]})
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == {PAYLOAD: [PAYLOAD, 1.5, None]}


def test_payloads_in_a_run_stand_in_the_block_as_they_are(tmp_path):
    found = content(read_facts(write_run(tmp_path, payload=PAYLOAD)), {})
    assert not re.search("[<>&\u2028\u2029]", str(found.data))
    assert json.loads(str(found.data))["dialogues"][0][0] == f"talk_0{PAYLOAD}"


def test_the_script_is_its_hash_and_could_stand_in_any_page():
    text = script_text()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert script_hash(text) == f"sha256-{digest}"
    assert text.startswith('"use strict";')
    assert "\r" not in text  # a parser would turn it into a newline, and the hash would not fit
    assert not re.search(
        r"</script|<!--|innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|\bFunction\(", text
    )
    assert "http" not in text
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(", text)


def test_the_style_fetches_nothing_and_is_not_shown_in_print(facts):
    style = str(content(facts, {}).style)
    assert "url(" not in style
    assert "@import" not in style
    assert "</" not in style


def test_every_id_that_the_script_asks_for_is_in_the_partial():
    room = Path(browser.__file__).parent
    html = (room / "browser.html").read_text(encoding="utf-8")
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    asked = {
        f"b-{name}" for name in re.findall(r'\bat\("([\w-]+)"\)', (room / "browser.js").read_text(encoding="utf-8"))
    }
    asked |= {
        f"r-{name}" for name in re.findall(r'\bat\("([\w-]+)"\)', (room / "rating.js").read_text(encoding="utf-8"))
    }
    assert len(asked) > 30
    assert asked - {"b-heading"} <= ids  # the heading is made with its example


def test_every_text_stands_once_and_in_its_place(facts):
    data = block(facts)
    assert data["arms"] == ["zero-shot", "full", "lora"]
    assert data["compare"] == [1, 0]  # the best arm against the first
    name, topic, speakers, turns, references, words, outputs = data["dialogues"][3]
    dialogue = facts.dialogues[3]
    assert (name, topic, references) == (dialogue.id, dialogue.topic, list(dialogue.references))
    assert (speakers, words) == (["Grete", "Hugo"], len(dialogue.text.split()))
    assert [f"{speakers[who]}: {text}" for who, text in turns] == dialogue.text.split("\n")
    for arm, (text, score, odd, findings, sentences) in zip(facts.arms, outputs, strict=True):
        assert text == arm.outputs[name].prediction
        assert score == pytest.approx(arm.scores[name].mean["rouge1"], abs=1e-6)
        assert (odd, findings, sentences) == (0, [], [])


def test_cut_and_empty_outputs_are_flagged_and_missing_ones_are_0(facts):
    arm = facts.arms[0]
    outputs = dict(arm.outputs)
    del outputs["talk_1"]
    outputs["talk_2"] = replace(outputs["talk_2"], prediction=" \n")
    data = block(replace(facts, arms=(replace(arm, outputs=outputs), *facts.arms[1:])))
    by_id = {item[0]: item[6][0] for item in data["dialogues"]}
    assert by_id["talk_1"] == 0
    assert [by_id[name][2] for name in ("talk_2", "talk_5", "talk_7", "talk_8")] == [4, 2, 1, 0]


def test_findings_keep_their_words_sentences_and_turns(facts):
    found = Finding("unsupported-name", sentence=1, text="Ben", turns=(2, 3)).to_json()
    data = block(facts, {"full": {"talk_0": {"findings": [found], "heuristics": ["too long"]}}})
    assert data["kinds"] == [
        ["unsupported-name", "review", KINDS["unsupported-name"].text, "precision not measured"],
        ["notebook:too long", "notebook", "notebook heuristic: too long", "precision not measured"],
    ]
    assert data["dialogues"][0][6][1][3] == [[0, "Ben", 1, [2, 3]], [1, "", -1, []]]


def test_a_measured_detector_says_its_precision_beside_the_base_rate(facts):
    worth = {"empty": {"set": "summedits", "n": 9, "fires": 3, "precision": 0.666, "base_rate": 0.4, "recall": 0.5}}
    records = {"full": {"talk_0": {"findings": [Finding("empty").to_json()]}}}
    assert block(facts, records, worth)["kinds"][0][3] == "precision 0.67 on summedits, base rate 0.40"
    unfired = {"empty": worth["empty"] | {"precision": None}}
    assert block(facts, records, unfired)["kinds"][0][3] == "precision not measured"


def test_sentences_count_utf16_units_as_the_script_does(facts):
    text = "\U0001f600 Ann is glad. Bo \U0001f600 too. Both leave."
    arm = facts.arms[1]
    outputs = dict(arm.outputs) | {"talk_0": replace(arm.outputs["talk_0"], prediction=text)}
    changed = replace(facts, arms=(facts.arms[0], replace(arm, outputs=outputs), facts.arms[2]))
    said = ["\U0001f600 Ann is glad.", "not in the text", "Both leave."]
    support = [{"sentence": one, "score": 0.5, "turns": [place]} for place, one in enumerate(said)]
    sentences = block(changed, {"full": {"talk_0": {"support": support}}})["dialogues"][0][6][1][4]
    raw = text.encode("utf-16-le")
    assert [raw[2 * start : 2 * end].decode("utf-16-le") for start, end, _ in sentences] == [said[0], "", said[2]]
    assert [turns for _, _, turns in sentences] == [[0], [1], [2]]


def test_the_run_is_named_after_what_raters_read_and_nothing_else(facts):
    name = block(facts)["run"]
    assert re.fullmatch("[0-9a-f]{16}", name)
    assert block(facts, {"full": {"talk_0": {"findings": [Finding("empty").to_json()]}}})["run"] == name
    arm = facts.arms[1]
    outputs = dict(arm.outputs) | {"talk_0": replace(arm.outputs["talk_0"], prediction="Other words.")}
    assert block(replace(facts, arms=(facts.arms[0], replace(arm, outputs=outputs), facts.arms[2])))["run"] != name


def test_one_arm_alone_is_browsed_against_itself_and_has_no_pairs(facts):
    comparison = facts.comparison | {"arms": {"full": facts.comparison["arms"]["full"]}}
    data = block(replace(facts, arms=facts.arms[1:2], comparison=comparison))
    assert (data["compare"], data["pairs"]) == ([0, 0], [])


def test_500_dialogues_4_arms_and_3_references_leave_half_of_the_page_to_the_rest(facts):
    """Real dialogues, outputs of a real model for every arm, and as many findings as sentences."""
    with shared("data/dialogsum/test.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    dialogues = tuple(_dialogue(rows[number : number + 3]) for number in range(0, len(rows), 3))
    lines = shared("data/outputs/bart-large-quick.txt").read_text(encoding="utf-8").splitlines()
    assert (len(dialogues), len(lines)) == (500, 500)
    names = ("base", "few-shot", "full", "lora")
    arms = tuple(
        replace(
            facts.arms[0],
            name=name,
            outputs={
                item.id: Prediction(item.id, lines[(n + shift) % 500], 40, False, -0.5, 200, False)
                for n, item in enumerate(dialogues)
            },
            scores={item.id: Score(item.id, {"rouge1": 0.123456789}, {}, {}, 20, 20.0) for item in dialogues},
        )
        for shift, name in enumerate(names)
    )
    comparison = facts.comparison | {"arms": dict.fromkeys(names, facts.comparison["arms"]["full"])}
    findings = {arm.name: {item.id: _record(arm.outputs[item.id].prediction) for item in dialogues} for arm in arms}
    found = content(replace(facts, dialogues=dialogues, arms=arms, comparison=comparison), findings)
    size = sum(len(str(part).encode()) for part in (found.data, found.script, found.style))
    assert size < MOST_BYTES / 2


def _dialogue(rows: list[dict[str, str]]) -> Dialogue:
    ids = tuple(row["id"] for row in rows)
    references = tuple(row["summary"] for row in rows)
    return Dialogue(ids[0].removesuffix("_1"), rows[0]["dialogue"], references, ids, rows[0]["topic"])


def _record(text: str) -> dict:
    sentences = re.split(r"(?<=[.!?])\s+", text)
    return {
        "support": [{"sentence": one, "score": 0.5, "turns": [3, 4, 5]} for one in sentences],
        "findings": [
            Finding("low-support", sentence=n, text=one, turns=(3, 4)).to_json() for n, one in enumerate(sentences)
        ],
    }
