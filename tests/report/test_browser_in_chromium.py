"""The browser and the rating as a person uses them, in headless Chromium under the page's own policy."""

import csv
import io
import json
from pathlib import Path
from typing import Any, Final

import jinja2
import pytest

from browser_page import Page, chromium
from report_run import write_run
from upshot.analysis.finding import Finding
from upshot.ratings import judge, read_ratings
from upshot.report import browser
from upshot.report import page as report
from upshot.report.facts import Facts, read_facts

ROOM: Final = Path(browser.__file__).parent
# The sections alone, so that these tests do not depend on what else the page holds.
FRAME: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>t</title>
<style>{{ style }}{{ browser.style }}</style></head><body><main>
{% include "browser.html" %}</main></body></html>"""
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; script-src '{}'"
)
PAYLOAD: Final = "</script><script>window.hit=1</script><img src=x onerror='window.hit=1'>\u2028\"'`${1}&lt;b&gt;"


def findings_of(facts: Facts) -> browser.Findings:
    """The third arm never says when, so everything it says is marked somewhere."""
    records: dict[str, dict[str, Any]] = {arm.name: {} for arm in facts.arms}
    for dialogue in facts.dialogues:
        text = facts.arms[2].outputs[dialogue.id].prediction
        sentence = text.split(". ")[0] + "."
        found = [
            Finding("low-support", sentence=0, text=sentence, turns=(0, 1)),
            Finding("omitted-entity", text="when"),
        ]
        if dialogue.id.startswith("talk_3"):
            found.append(Finding("unsupported-name", sentence=0, text="Grete", turns=(2,)))
        support = [{"sentence": sentence, "score": 0.5, "turns": [0, 1]}]
        records["lora"][dialogue.id] = {"findings": [item.to_json() for item in found], "support": support}
        records["full"][dialogue.id] = {"findings": [], "heuristics": ["too long"] if "7" in dialogue.id else []}
    return records


def write_page(folder: Path, *, payload: str = "", facts: Facts | None = None) -> Path:
    facts = facts or read_facts(write_run(folder / "run", payload=payload))
    loader = jinja2.FileSystemLoader(ROOM)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    worth = {"low-support": {"set": "a set", "n": 100, "precision": 0.625, "base_rate": 0.3, "recall": 0.5}}
    style = browser.Markup((ROOM / "page.css").read_text(encoding="utf-8"))
    found = browser.content(facts, findings_of(facts), worth)
    text = environment.from_string(FRAME).render(browser=found, style=style, policy=POLICY.format(found.script_hash))
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("page"))


@pytest.fixture
def opened(tab: Page, path: Path):
    """The page as a new visitor finds it; at the end nothing was complained about and nothing asked for."""
    tab.open(path)
    tab.get("localStorage.clear()")
    tab.open(path)
    yield tab
    assert tab.messages == []
    assert [address for address in tab.requests if not address.startswith("blob:")] == [path.as_uri()]


def hits(page: Page) -> list[str]:
    return page.texts("#b-hits .hit-id")


def shown(page: Page) -> str:
    return page.text("#b-heading a")


def test_all_examples_are_listed_and_the_first_one_is_shown(opened):
    assert hits(opened) == [f"talk_{number}" for number in range(12)]
    assert (shown(opened), opened.text("#b-status")) == ("talk_0", "12 of 12 examples")
    turns = opened.texts("#b-detail .turns > li")
    assert turns[0] == "Ada: Have you thought about the leaking kitchen tap?"
    assert len(turns) == 5
    assert len(opened.texts("#b-detail .references li")) == 2
    assert opened.texts("#b-detail .arm-name") == ["zero-shot", "full", "lora"]


def test_filters_narrow_the_list_and_clear_gives_it_back(opened):
    opened.choose("#b-kind", "unsupported name")
    assert hits(opened) == ["talk_3"]
    opened.choose("#b-kind-arm", "full")
    assert (hits(opened), opened.text("#b-detail")) == ([], "No example matches these filters.")
    opened.click("#b-clear")
    assert len(hits(opened)) == 12
    for selector, option, found in (
        ("#b-kind", "notebook heuristic: too long", ["talk_7"]),
        ("#b-topic", "the noise from flat 3B", ["talk_6"]),
        ("#b-cut", "dialogue was cut", ["talk_5"]),
        ("#b-cut", "output was cut", ["talk_7"]),
        ("#b-speakers", "2", [f"talk_{number}" for number in range(12)]),
    ):
        opened.choose(selector, option)
        assert hits(opened) == found, option
        opened.click("#b-clear")
    opened.get("document.getElementById('b-text').focus()")
    opened.type("LEMON without")
    assert hits(opened) == ["talk_2"]
    opened.click("#b-clear")
    assert len(hits(opened)) == 12


def test_length_bands_share_out_all_examples(opened):
    bands = opened.texts("#b-length option")[1:]
    found = []
    for band in bands:
        opened.choose("#b-length", band)
        found += hits(opened)
    assert len(bands) == 3
    assert sorted(found) == sorted(f"talk_{number}" for number in range(12))


def test_wins_ties_and_losses_share_out_all_examples_and_follow_the_scores(opened, path):
    facts = read_facts(write_run(path.parent / "again"))
    opened.choose("#b-first", "full")
    opened.choose("#b-second", "lora")
    gains = {
        name: facts.arms[1].scores[name].mean["rouge1"] - one.mean["rouge1"]
        for name, one in facts.arms[2].scores.items()
    }
    for outcome, holds in (
        ("wins against", lambda x: x > 0),
        ("loses to", lambda x: x < 0),
        ("ties with", lambda x: x == 0),
    ):
        opened.choose("#b-outcome", outcome)
        assert set(hits(opened)) == {name for name, gain in gains.items() if holds(gain)}, outcome


def test_orders_and_presets_follow_difference_score_and_id(opened, path):
    facts = read_facts(write_run(path.parent / "again"))
    scores = [{name: one.mean["rouge1"] for name, one in arm.scores.items()} for arm in facts.arms]
    opened.choose("#b-first", "lora")
    opened.choose("#b-second", "zero-shot")
    gains = {name: scores[2][name] - scores[0][name] for name in scores[0]}
    opened.choose("#b-sort", "greatest gain first")
    assert [round(gains[name], 9) for name in hits(opened)] == sorted(
        (round(g, 9) for g in gains.values()), reverse=True
    )
    opened.choose("#b-sort", "greatest loss first")
    assert [round(gains[name], 9) for name in hits(opened)] == sorted(round(g, 9) for g in gains.values())
    opened.choose("#b-sort", "id")
    assert hits(opened) == [f"talk_{number}" for number in range(12)]  # 2 before 10
    opened.click("[data-preset=worst]")
    assert [scores[2][name] for name in hits(opened)] == sorted(scores[2].values())
    assert opened.get("document.querySelector('[data-preset=worst]').getAttribute('aria-pressed')") == "true"
    assert shown(opened) == hits(opened)[0]
    opened.click("[data-preset=gap]")
    assert [abs(gains[name]) for name in hits(opened)] == sorted((abs(gain) for gain in gains.values()), reverse=True)


def test_keys_move_through_the_list_but_not_while_somebody_types(opened):
    opened.press("j", "j", "k")
    assert shown(opened) == "talk_1"
    assert opened.get("location.hash") == "#example-talk_1"
    opened.click("#b-text")
    opened.press("k")
    assert (shown(opened), opened.get("document.getElementById('b-text').value")) == ("talk_1", "k")
    opened.click("#b-clear")
    opened.click("#b-keys")
    before = shown(opened)
    opened.press("j")
    assert shown(opened) == before


def test_a_link_opens_its_example_from_outside_and_inside(opened, path):
    opened.open(path, "#example-talk_9")
    assert shown(opened) == "talk_9"
    opened.choose("#b-topic", "the noise from flat 3B")
    opened.get("void (location.hash = '#example-talk_2')")
    opened.wait("document.querySelector('#b-heading a').textContent === 'talk_2'")
    assert opened.text("#b-status") == "12 of 12 examples"
    opened.get("void (location.hash = '#example-%E0%A4%A')")  # no id at all


def test_words_are_marked_as_the_dialogues_own_as_new_or_as_a_finding(opened):
    opened.get("void (location.hash = '#example-talk_3')")
    opened.wait("document.querySelector('#b-heading a').textContent === 'talk_3'")
    lora = "#b-detail [data-arm=lora]"
    assert "March" in opened.texts(f"{lora} .known")
    assert "talk" in opened.texts(f"{lora} .novel")
    assert opened.texts(f"{lora} .flagged.review.known") != []
    assert (
        "".join(opened.texts(f"{lora} .output .flagged")) == "Grete and Hugo talk about the missing invoice from March."
    )
    tags = opened.texts(f"{lora} .tags li")
    assert tags[0].startswith("review a sentence that few turns support")
    assert "precision 0.62 on a set, base rate 0.30" in tags[0]
    assert "precision not measured" in tags[1]
    opened.click(f"{lora} .sentence")
    assert opened.get("[...document.querySelectorAll('.turns > li')].map(e => e.classList.contains('lit'))") == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_the_difference_from_the_nearest_reference_names_every_word_once(opened):
    opened.get("void (location.hash = '#example-talk_0')")
    opened.choose("#b-marks", "difference from nearest reference")
    full = "#b-detail [data-arm=lora] .output"
    said = opened.text(full)
    assert said.startswith("against reference 1:")
    assert opened.texts(f"{full} ins") == ["something."]
    assert opened.texts(f"{full} del") == ["the leaking kitchen tap.", "on Friday morning."]


def rate(page: Page, keys: str) -> None:
    page.choose("#r-size", "10")
    page.click("#r-start")
    for key in keys:
        page.press(key)


def finish(page: Page) -> None:
    """End early, which asks once more: after it nobody is blind."""
    page.click("#r-finish")
    assert page.text("#r-finish") == "Show the arms now?"
    page.click("#r-finish")


def test_ten_pairs_by_keys_then_exported_and_read_back(opened):
    opened.get("document.getElementById('r-rater').value = 'Ann'")
    rate(opened, "1")
    assert opened.text("#r-count") == "2 of 10"
    seen = opened.text("#rating")
    assert not [
        arm for arm in ("zero-shot", "full", "lora") if arm in opened.get("document.querySelector('#r-work').outerHTML")
    ]
    assert "Which arm was which" in seen
    opened.press(*"123412341")
    assert opened.get("document.getElementById('r-done').hidden") is False
    opened.click("#r-json")
    saved = opened.downloaded("ratings-Ann.json")
    content = json.loads(saved)
    assert [item["choice"] for item in content["ratings"]] == [
        "a",
        "a",
        "b",
        "tie",
        "both bad",
        "a",
        "b",
        "tie",
        "both bad",
        "a",
    ]
    found = judge(read_ratings({"ratings-Ann.json": saved}))
    assert (found["n"], found["raters"]) == (10, {"Ann": 10})
    assert sum(pair["wins"] + pair["losses"] for pair in found["pairs"]) == 6
    opened.click("#r-csv")
    rows = list(csv.DictReader(io.StringIO(opened.downloaded("ratings-Ann.csv"))))
    assert [row["choice"] for row in rows] == [item["choice"] for item in content["ratings"]]
    assert [row["a"] for row in rows] == [item["a"] for item in content["ratings"]]


def test_every_rated_pair_holds_the_texts_that_the_export_names(opened, path):
    outputs = {arm.name: arm.outputs for arm in read_facts(write_run(path.parent / "again")).arms}
    opened.get("document.getElementById('r-rater').value = 'Bo'")
    opened.choose("#r-size", "10")
    opened.click("#r-start")
    seen = []
    for _ in range(10):
        seen.append(
            (
                opened.get("document.getElementById('r-a').textContent"),
                opened.get("document.getElementById('r-b').textContent"),
            )
        )
        opened.press("2")
    opened.click("#r-json")
    ratings = json.loads(opened.downloaded("ratings-Bo.json"))["ratings"]
    assert seen == [
        (outputs[one["a"]][one["id"]].prediction, outputs[one["b"]][one["id"]].prediction) for one in ratings
    ]
    assert all(a != b for a, b in seen)


def test_a_rating_goes_on_after_a_reload_where_it_stopped(opened, path):
    opened.get("document.getElementById('r-rater').value = 'Cy'")
    rate(opened, "111")
    opened.press("2")
    opened.click("#r-back")
    assert opened.text("#r-count") == "4 of 10"
    opened.open(path)
    assert opened.text("#r-start") == "Continue, 3 of 10 rated"
    opened.click("#r-start")
    assert opened.text("#r-count") == "4 of 10"
    finish(opened)
    assert opened.text("#r-said") == "3 of 10 pairs rated by Cy."
    opened.click("#r-forget")
    assert opened.text("#r-forget") == "Really forget?"
    opened.click("#r-forget")
    assert opened.text("#r-start") == "Start"


def test_marks_are_kept_by_side_and_read_back(opened):
    opened.get("document.getElementById('r-rater').value = 'Di'")
    opened.click("#r-with-marks")
    rate(opened, "")
    opened.click("input[name=r-a-coverage][value='4']")
    opened.click("input[name=r-b-faithfulness][value='2']")
    opened.press("1")
    assert opened.text("#r-count") == "1 of 10"  # marks want Enter, so that a choice can be changed
    opened.press("Enter")
    assert opened.text("#r-count") == "2 of 10"
    finish(opened)
    opened.click("#r-json")
    saved = opened.downloaded("ratings-Di.json")
    first = json.loads(saved)["ratings"][0]
    assert first["marks"] == {"a": {"coverage": 4}, "b": {"faithfulness": 2}}
    assert judge(read_ratings({"x": saved}))["marks"][first["a"]] == {"coverage": {"mean": 4, "n": 1}}


def test_without_storage_rating_works_and_says_that_nothing_is_kept(tab, path):
    refuse = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    script = tab.call("Page.addScriptToEvaluateOnNewDocument", source=refuse)["identifier"]
    try:
        tab.open(path)
        assert "This browser keeps nothing" in tab.text("#r-kept")
        rate(tab, "1234123412")
        assert tab.text("#r-said") == "10 of 10 pairs rated."
        assert tab.messages == []
    finally:
        tab.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)


def test_payloads_stay_text_in_browser_and_rating(tab, tmp_path):
    path = write_page(tmp_path, payload=PAYLOAD)
    tab.open(path)
    tab.get("localStorage.clear()")
    assert len(hits(tab)) == 12
    for way in ("support and findings", "difference from nearest reference", "none"):
        tab.choose("#b-marks", way)
        assert PAYLOAD in tab.get("document.querySelector('.turns').textContent")
    rate(tab, "1111111111")
    assert PAYLOAD in tab.get("document.querySelector('#r-list').textContent")
    assert tab.get("[window.hit === undefined, document.querySelectorAll('img').length, document.scripts.length]") == [
        True,
        0,
        2,
    ]
    assert tab.messages == []
    assert tab.requests == [path.as_uri()]


def test_a_script_that_is_not_ours_does_not_run(tab, path, tmp_path):
    changed = tmp_path / "changed.html"
    text = path.read_text(encoding="utf-8")
    changed.write_text(text.replace('"use strict";', '"use strict";window.hit=1;', 1), encoding="utf-8")
    tab.open(changed)
    assert tab.get("[window.hit === undefined, document.getElementById('b-tool').hidden]") == [True, True]
    assert len(tab.messages) == 1  # the policy's refusal


def test_the_whole_page_runs_its_script_under_its_own_policy_and_asks_for_nothing(tab, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(report.page(read_facts(write_run(tmp_path / "run"))), encoding="utf-8")
    tab.open(path, "#example-talk_4")
    assert shown(tab) == "talk_4"
    tab.press("j")
    assert shown(tab) == "talk_5"
    assert tab.get("['b-tool', 'r-tool'].map(name => document.getElementById(name).hidden)") == [False, False]
    assert (tab.messages, tab.requests) == ([], [path.as_uri()])


def test_without_scripts_both_sections_say_so_and_show_no_dead_tool(tab, path):
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.open(path)
        assert tab.get("['b-tool', 'r-tool'].map(name => document.getElementById(name).hidden)") == [True, True]
        assert tab.get("document.body.innerText").count("JavaScript") == 2
    finally:
        tab.call("Emulation.setScriptExecutionDisabled", value=False)


def test_nothing_is_cut_off_on_a_phone_and_neither_tool_prints(tab, path):
    try:
        tab.look(width=375, height=800)
        tab.open(path)
        assert tab.get("document.documentElement.scrollWidth") <= 375
        tab.look(paper=True)
        assert tab.get("getComputedStyle(document.getElementById('browser')).display") == "none"
        assert tab.get("getComputedStyle(document.getElementById('rating')).display") == "none"
    finally:
        tab.look()
