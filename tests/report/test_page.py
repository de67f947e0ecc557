"""The page: whole, readable without anything else, and inert whatever a dialogue holds."""

import importlib.util
from html.parser import HTMLParser

import pytest

from report_run import write_run
from upshot.report import charts
from upshot.report.facts import read_facts
from upshot.report.page import POLICY, page

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/p.png'>",
    "<svg onload=alert(1)>",
    "</svg><svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=https://evil.example/></object>",
    "<embed src=https://evil.example/>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='https://evil.example/'>x</a>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example/><input autofocus onfocus=alert(1)>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "` onmouseover=`alert(1)",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#x3C;img src=x onerror=alert(1)&#x3E;",
    "\u2028\u2029<math><mtext><script>alert(1)</script></mtext></math>{{ 7 * 7 }}{% raw %}",
)
# fmt: off
TAGS = frozenset([
    "a", "article", "b", "body", "caption", "circle", "code", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "g", "h1", "h2", "h3", "h4", "head", "header", "html", "li", "line",
    "main", "meta", "nav", "ol", "p", "path", "pre", "rect", "section", "span", "strong", "style", "summary",
    "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "tspan", "ul",
])
# fmt: on
FORBIDDEN = frozenset({"src", "srcdoc", "action", "xlink:href"})


class Reader(HTMLParser):
    """What a browser would find: elements with their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def assert_inert(reader: Reader) -> None:
    assert {tag for tag, _ in reader.found} <= TAGS
    assert sum(tag == "style" for tag, _ in reader.found) == 1
    metas = {attrs.get("http-equiv") for tag, attrs in reader.found if tag == "meta"}
    assert metas == {None, "Content-Security-Policy"}
    for tag, attrs in reader.found:
        assert not [
            name for name in attrs if name.startswith("on") or name in ("src", "srcdoc", "action", "xlink:href")
        ]
        assert attrs.get("href", "#").startswith("#"), tag
        assert "url(" not in (attrs.get("style") or ""), tag


@pytest.fixture(scope="module")
def plain_page(tmp_path_factory):
    return page(read_facts(write_run(tmp_path_factory.mktemp("run"))))


def test_thirty_payloads_are_thirty():
    assert len(set(PAYLOADS)) == 30


# Three at a time, which costs a third of the time.
@pytest.mark.parametrize("payloads", [PAYLOADS[n : n + 3] for n in range(0, 30, 3)], ids=lambda three: three[0][:20])
def test_payloads_in_every_field_stay_text(tmp_path, payloads):
    payload = " ".join(payloads)
    run = write_run(tmp_path, payload=payload)
    reader = Reader(page(read_facts(run)))
    assert_inert(reader)
    # Dialogue, reference and topic: the text is there, whole. An arm's name is a folder's, so no recipe can carry one.
    for field in ("I am not happy with it.", "within two days.", "the missing invoice from March"):
        assert f"{field}{payload}" in reader.text


def test_the_page_needs_nothing_but_itself(plain_page):
    assert_inert(Reader(plain_page))
    assert "http" not in plain_page.replace("http-equiv", "")
    assert "url(" not in plain_page
    assert "@import" not in plain_page


def test_the_policy_forbids_scripts_and_every_address(plain_page):
    assert POLICY.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    metas = [attrs for tag, attrs in Reader(plain_page).found if tag == "meta"]
    assert metas[1] == {"http-equiv": "Content-Security-Policy", "content": POLICY}


def test_the_page_says_what_the_summaries_are_and_that_few_dialogues_are_few(plain_page):
    text = Reader(plain_page).text
    assert "AI-generated summaries" in text
    assert "Only 12 dialogues." in text
    assert "not measured" in text


def test_every_table_has_a_caption_and_every_section_a_title(plain_page):
    found = Reader(plain_page).found
    count = {tag: sum(name == tag for name, _ in found) for tag in ("table", "caption", "section")}
    assert count["table"] == count["caption"] > 5
    ids = [attrs["id"] for _, attrs in found if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = [attrs["aria-labelledby"] for tag, attrs in found if tag in ("section", "article")]
    assert len(named) > 7
    assert set(named) <= set(ids)
    links = {attrs["href"][1:] for tag, attrs in found if tag == "a"}
    assert links <= set(ids)


def test_without_the_extra_the_page_says_how_to_get_charts(tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "altair" else find(name))
    text = page(read_facts(write_run(tmp_path)))
    assert charts.INSTALL in Reader(text).text
    assert "<svg" not in text
    assert "Learning curves in numbers" in text
