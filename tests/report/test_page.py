"""The page: whole, readable without anything else, and inert whatever a dialogue holds."""

import doctest
import importlib.util
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest

from payloads import PAYLOADS
from report_run import large_facts, write_run
from upshot.report import drawing
from upshot.report import page as room
from upshot.report.browser import script_hash
from upshot.report.facts import Facts, read_facts
from upshot.report.figures import Figures
from upshot.report.notebook_charts import dialogue_charts
from upshot.report.page import page, policy

# fmt: off
TAGS = frozenset([
    "a", "article", "b", "body", "button", "caption", "circle", "code", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "g", "h1", "h2", "h3", "h4", "head", "header", "html", "input", "kbd", "label",
    "li", "line", "main", "meta", "nav", "noscript", "ol", "option", "p", "path", "pre", "progress", "rect",
    "script", "section", "select", "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "text",
    "th", "thead", "title", "tr", "tspan", "ul",
])
# fmt: on
FORBIDDEN = frozenset({"src", "srcdoc", "action", "xlink:href"})


class Reader(HTMLParser):
    """What a browser would find: elements with their attributes, the scripts, and all other text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._inside: dict[str, str | None] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = dict(attrs) if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            self.texts.append(data)
        else:
            self.scripts.append((self._inside, data))

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def data(self) -> str:
        """Every text of the browser's data block, one a line, as the script will read it."""
        (block,) = [text for attrs, text in self.scripts if attrs]
        return "\n".join(texts_of(json.loads(block)))


def texts_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in texts_of(item)]


def assert_inert(reader: Reader) -> None:
    assert {tag for tag, _ in reader.found} <= TAGS
    assert sum(tag == "style" for tag, _ in reader.found) == 1
    metas = {attrs.get("http-equiv") for tag, attrs in reader.found if tag == "meta"}
    assert metas == {None, "Content-Security-Policy"}
    # Data that no browser runs, and the one script, which the policy names by its hash.
    assert [attrs for attrs, _ in reader.scripts] == [{"type": "application/json", "id": "upshot-data"}, {}]
    allowed = next(attrs["content"] for tag, attrs in reader.found if attrs.get("http-equiv"))
    assert f"script-src '{script_hash(reader.scripts[1][1])}'" in allowed
    for tag, attrs in reader.found:
        assert not [name for name in attrs if name.startswith("on") or name in FORBIDDEN]
        assert attrs.get("href", "#").startswith("#"), tag
        assert "url(" not in (attrs.get("style") or ""), tag


def _shown(facts: Facts) -> str:
    """The id of the dialogue that is on the page as well as in the browser."""
    return facts.dialogues[3].id


def _dialogue(facts: Facts, **changes: object) -> Facts:
    return replace(
        facts, dialogues=(*facts.dialogues[:3], replace(facts.dialogues[3], **changes), *facts.dialogues[4:])
    )


def _in_dialogue(facts: Facts, payload: str) -> Facts:
    return _dialogue(facts, text=f"Grete: I say{payload}\nHugo: So?")


def _in_reference(facts: Facts, payload: str) -> Facts:
    return _dialogue(facts, references=(f"They talk.{payload}", *facts.dialogues[3].references[1:]))


def _in_topic(facts: Facts, payload: str) -> Facts:
    return _dialogue(facts, topic=f"post{payload}")


def _in_prediction(facts: Facts, payload: str) -> Facts:
    first, name = facts.arms[0], _shown(facts)
    outputs = {**first.outputs, name: replace(first.outputs[name], prediction=f"Grete asks.{payload}")}
    return replace(facts, arms=(replace(first, outputs=outputs), *facts.arms[1:]))


def _in_id(facts: Facts, payload: str) -> Facts:
    return _renamed(facts, _shown(facts), f"talk{payload}")


def _renamed(facts: Facts, old: str, new: str) -> Facts:
    def keyed(values):
        return {new if key == old else key: value for key, value in values.items()}

    dialogues = tuple(replace(item, id=new) if item.id == old else item for item in facts.dialogues)
    arms = tuple(
        replace(arm, outputs=keyed(arm.outputs), scores=keyed(arm.scores), findings=keyed(arm.findings))
        for arm in facts.arms
    )
    return replace(facts, dialogues=dialogues, arms=arms)


def _in_recipe(facts: Facts, payload: str) -> Facts:
    return replace(facts, recipe=facts.recipe.model_copy(update={"about": f"Talks.{payload}"}))


def _in_slice(facts: Facts, payload: str) -> Facts:
    first, *rest = facts.analysis["slices"]
    return replace(facts, analysis={**facts.analysis, "slices": [first | {"value": f"tap{payload}"}, *rest]})


def _in_finding(facts: Facts, payload: str) -> Facts:
    first, name = facts.arms[0], _shown(facts)
    record = first.findings[name]
    record = record | {"findings": [record["findings"][0] | {"text": f"asks{payload}"}]}
    return replace(facts, arms=(replace(first, findings={**first.findings, name: record}), *facts.arms[1:]))


def _in_warning(facts: Facts, payload: str) -> Facts:
    return replace(facts, data={**facts.data, "warnings": [{"code": "D44", "message": f"a copy{payload}"}]})


# What a payload is put into, and the words before it.
FIELDS: Final[dict[str, tuple[Callable[[Facts, str], Facts], str]]] = {
    "dialogue": (_in_dialogue, "I say"),
    "reference": (_in_reference, "They talk."),
    "topic": (_in_topic, "post"),
    "prediction": (_in_prediction, "Grete asks."),
    "id": (_in_id, "talk"),
    "recipe": (_in_recipe, "Talks."),
    "slice": (_in_slice, "tap"),
    "finding": (_in_finding, "asks"),
    "warning": (_in_warning, "a copy"),
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run"), analysed=True))


@pytest.fixture(scope="module")
def plain_page(facts):
    return page(facts)


def test_the_examples_of_the_room_run():
    assert doctest.testmod(room) == (0, 1)


def test_the_payloads_in_nine_fields_are_270_cases_or_more():
    many = len(set(PAYLOADS))
    cases = {(field, (turn + place) % many) for turn in range(many) for place, field in enumerate(FIELDS)}
    assert len(cases) == 9 * len(PAYLOADS) >= 270


# Nine cases a page, each field with another payload, so that the pages hold every payload in every field.
@pytest.mark.parametrize("turn", range(len(PAYLOADS)), ids=lambda turn: PAYLOADS[turn][:20])
def test_every_payload_in_every_field_stays_text(facts, turn):
    hostile = facts
    for place, (put, _) in enumerate(FIELDS.values()):
        hostile = put(hostile, PAYLOADS[(turn + place) % len(PAYLOADS)])
    reader = Reader(page(hostile, Figures()))
    assert_inert(reader)
    for place, (field, (_, before)) in enumerate(FIELDS.items()):
        wanted = before + PAYLOADS[(turn + place) % len(PAYLOADS)]
        assert wanted in (reader.data if field == "finding" else reader.text), field
        if field in ("dialogue", "reference", "topic", "prediction", "id"):
            assert wanted in reader.data, field


@pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")
def test_payloads_in_the_labels_of_charts_stay_text(facts):
    for start in range(0, len(PAYLOADS), 12):
        hostile = facts
        for number, payload in enumerate(PAYLOADS[start : start + 12]):
            hostile = _renamed(hostile, f"talk_{number}", payload)
        drawn = dialogue_charts(hostile)
        assert len(drawn) == 6
        assert_inert(Reader(page(hostile, Figures(dialogues=drawn))))


def test_payloads_in_every_file_of_a_run_stay_text(tmp_path):
    payload = " ".join(PAYLOADS[:3])
    reader = Reader(page(read_facts(write_run(tmp_path, payload=payload, analysed=True))))
    assert_inert(reader)
    # Dialogue, reference and topic: the text is there, whole. An arm's name is a folder's, so no recipe can carry one.
    for field in ("I am not happy with it.", "within two days.", "the missing invoice from March"):
        assert f"{field}{payload}" in reader.text


def test_the_page_needs_nothing_but_itself(plain_page):
    assert_inert(Reader(plain_page))
    assert not re.search(r"https?:|//\w+\.\w", plain_page)
    assert "url(" not in plain_page
    assert "@import" not in plain_page


def test_the_policy_forbids_every_address_and_every_script_but_ours(plain_page):
    reader = Reader(plain_page)
    metas = [attrs for tag, attrs in reader.found if tag == "meta"]
    wanted = policy(script_hash(reader.scripts[1][1]))
    assert metas[1] == {"http-equiv": "Content-Security-Policy", "content": wanted}
    assert wanted.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert wanted.count("script-src") == 1


def test_the_page_says_what_the_summaries_are_and_that_few_dialogues_are_few(plain_page):
    text = Reader(plain_page).text
    assert "AI-generated summaries" in text
    assert "Only 12 dialogues." in text
    assert "not measured" in text


def test_every_table_has_a_caption_and_every_section_a_title(plain_page):
    found = Reader(plain_page).found
    count = {tag: sum(name == tag for name, _ in found) for tag in ("table", "caption", "section")}
    assert count["table"] == count["caption"] > 25
    ids = [attrs["id"] for _, attrs in found if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = [attrs["aria-labelledby"] for tag, attrs in found if tag == "section" or attrs.get("class") == "example"]
    assert len(named) > 10
    assert set(named) <= set(ids)


def test_every_link_leads_to_a_part_of_the_page_or_to_an_example_that_the_browser_opens(facts, plain_page):
    found = Reader(plain_page).found
    links = {unquote(attrs["href"][1:]) for tag, attrs in found if tag == "a"}
    examples = {link.removeprefix("example-") for link in links if link.startswith("example-")}
    assert len(examples) > 5
    assert examples <= {dialogue.id for dialogue in facts.dialogues}
    assert {link for link in links if not link.startswith("example-")} <= {attrs.get("id") for _, attrs in found}


def test_before_the_error_analysis_the_page_says_how_to_make_it(facts):
    bare = replace(facts, analysis={}, probe={}, arms=tuple(replace(arm, findings={}) for arm in facts.arms))
    text = Reader(page(bare, Figures())).text
    assert text.count("upshot analyse RUN") == 2
    assert "Likelihood probe" not in text


def test_the_error_analysis_stands_under_its_label_with_its_coverage_slices_and_probe(plain_page):
    text = Reader(plain_page).text
    for said in (
        "heuristic",
        "continues the dialogue instead of summarising it",
        "Notebook heuristics",
        "Where summaries draw from",
        "By turns of the dialogue",
        "the data names no domains",
        "Likelihood probe",
        "Fairness",
        "Share of the human level",
    ):
        assert said in text, said


def test_without_the_extra_the_page_says_how_to_get_charts(tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "altair" else find(name))
    text = page(read_facts(write_run(tmp_path)))
    assert drawing.INSTALL in Reader(text).text
    assert "<svg" not in text
    assert "Learning curves in numbers" in text


def test_a_page_of_500_dialogues_four_arms_and_three_references_is_whole_and_under_3_megabytes():
    facts = large_facts()
    text = page(facts)
    assert len(text.encode("utf-8")) < 3_000_000
    data = set(Reader(text).data.split("\n"))
    for item in facts.dialogues:
        assert {item.id, *item.references, *(arm.outputs[item.id].prediction for arm in facts.arms)} <= data
    assert len(facts.dialogues) == 500
    for title in ("Paired differences", "Lengths by dialogue", "Flagged dialogues", "ROUGE-1 by words of the dialogue"):
        assert not drawing.available() or title in text


def test_no_heading_sticks_in_print():
    style = Path(room.__file__).with_name("page.css").read_text(encoding="utf-8")
    screen, in_print = style.split("@media print", 1)
    sticky = re.findall(r"(?m)^([^{}\n]*th[^{}\n]*)\{[^}]*position: sticky", screen)
    selectors = {selector.strip() for rule in sticky for selector in rule.split(",")}
    assert selectors
    (released,) = re.findall(r"(?m)^ *([^{}\n]*)\{ position: static; \}", in_print)
    assert selectors <= {selector.strip() for selector in released.split(",")}
