"""The page as a person uses it, in headless Chromium before a running server: ten stories and what one keeps."""

import json
import time
from typing import Final

import pytest

from browser_page import Page, chromium, wait_for
from serve import serving
from serve.page_desk import PreparedDesk, served
from upshot.answers.answer import Answer, Privacy
from upshot.recipe import Columns
from upshot.serve.desk import Refused
from upshot.serve.limits import Limits
from upshot.serve.page_samples import SAMPLES

TALK: Final = (
    "Maya: The boiler in flat 3 is out again.\nTom: I can come on Tuesday at nine.\nMaya: Good, the tenant is in."
)
READY: Final = "document.querySelector('.answer') !== null && !document.getElementById('go').disabled"


class Visitor:
    """A browser in front of the page, and the desk behind it."""

    def __init__(self, page: Page, desk: PreparedDesk, address: str) -> None:
        self.page, self.desk, self.address = page, desk, address

    def arrive(self, path: str = "/") -> None:
        """The page as a new visitor finds it."""
        self.page.call("Page.navigate", url="about:blank")
        self.page.wait("location.protocol === 'about:'")
        self.page.messages.clear()
        self.page.requests.clear()
        self.page.call("Page.navigate", url=self.address + path)
        self.page.wait("document.readyState === 'complete' && location.protocol === 'http:'")

    def paste(self, text: str) -> None:
        """Text into the box, as if it were pasted, and the turns that come of it."""
        self.page.get("document.getElementById('text').value = ''")
        self.page.click("#text")
        self.page.type(text)
        self.page.wait("document.querySelector('#count *') !== null")

    def summarize(self) -> None:
        """Press the button and wait for the summary."""
        self.page.click("#go")
        self.page.wait(READY)

    def state(self) -> str:
        """What the page says about the work."""
        return self.page.text("#state")

    def says(self, words: str) -> None:
        """Wait until the state says something."""
        self.page.wait(f"document.getElementById('state').textContent.includes({json.dumps(words)})")

    def pressed(self) -> list[str]:
        """Ids of sentences and turns whose button is pressed."""
        kinds = ".said[aria-pressed=true], .words[aria-pressed=true]"
        return self.page.get(f"[...document.querySelectorAll('{kinds}')].map(e => e.closest('[id]').id)")

    def lit(self) -> list[str]:
        """Ids of sentences and turns that are lit."""
        return self.page.get("[...document.querySelectorAll('.lit')].map(e => e.closest('[id]').id)")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    desk = PreparedDesk()
    with served(desk) as address, chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield Visitor(page, desk, address)


@pytest.fixture
def visitor(shop: Visitor):
    """A new visitor; at the end only this server was asked, and the console complained of nothing but refusals."""
    shop.desk.__init__()
    shop.page.look()
    shop.arrive()
    shop.page.get("localStorage.clear()")
    shop.page.get("document.getElementById('kept').hidden = true")
    yield shop
    foreign = [at for at in shop.page.requests if not at.startswith((shop.address, f"blob:{shop.address}"))]
    assert foreign == []
    assert [said for said in shop.page.messages if "the server responded with a status of" not in said] == []


def test_1_paste(visitor):
    visitor.paste(TALK)
    assert visitor.page.text("#count").startswith("3 turns · 2 speakers · 34 of 512 tokens")
    assert visitor.page.texts("#turns .who") == ["Maya", "Tom", "Maya"]
    visitor.summarize()
    conversation, _, arm = visitor.desk.asked[-1]
    assert (conversation.text, arm) == (TALK, "full")
    assert visitor.page.text(".summary").startswith("Rosa (not in the conversation) says")
    assert visitor.page.text(".ai") == "AI-generated summary"
    assert visitor.page.text(".home") == "Nothing leaves this machine"
    assert visitor.page.get("document.getElementById('result').getAttribute('aria-live')") == "polite"
    assert visitor.state() == ""
    visitor.page.click("#text")
    visitor.page.type("\nTom: One more thing.")
    visitor.page.wait("document.querySelector('.answer') === null")  # it is no summary of these words
    assert len(visitor.page.texts(".turn")) == 4


def test_a_summary_is_scrolled_into_view_and_the_keyboard_stays_at_its_button(visitor):
    visitor.arrive("/?sample=clinic")
    visitor.summarize()
    box = (
        "(() => { const b = document.querySelector('.summary').getBoundingClientRect(); return [b.top, b.bottom]; })()"
    )
    top, bottom = visitor.page.get(box)
    assert 0 <= top < bottom <= visitor.page.get("innerHeight")
    assert visitor.page.get("scrollY") > 0
    assert visitor.page.get("document.activeElement.id") == "go"


def test_2_drop(visitor, tmp_path):
    path = tmp_path / "call.txt"
    path.write_text(TALK, encoding="utf-8")
    box = visitor.page.get(
        "(() => { const b = document.getElementById('text').getBoundingClientRect(); return [b.x, b.y]; })()"
    )
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver"):
        visitor.page.call("Input.dispatchDragEvent", type=kind, x=box[0] + 40, y=box[1] + 40, data=data)
    visitor.page.wait("document.getElementById('drop').classList.contains('over')")
    visitor.page.call("Input.dispatchDragEvent", type="drop", x=box[0] + 40, y=box[1] + 40, data=data)
    visitor.page.wait("document.querySelectorAll('.turn').length === 3")
    assert visitor.page.get("document.getElementById('text').value") == TALK
    assert visitor.page.get("document.getElementById('drop').classList.contains('over')") is False


def test_3_sample(visitor):
    visitor.page.choose("#beside", "base")
    visitor.page.click("#samples a:last-child")
    visitor.page.wait("document.querySelectorAll('.turn').length === 11")
    assert visitor.page.get("document.getElementById('text').value") == SAMPLES["standup"].text
    assert visitor.page.get("document.getElementById('beside').value") == "base"  # the choice is kept
    visitor.summarize()
    assert visitor.page.texts(".answer h2") == ["A full", "B base"]
    assert len(visitor.page.texts(".ai")) == 2


def test_4_edit_speaker(visitor):
    visitor.paste(TALK)
    visitor.page.wait("document.getElementById('name-1') !== null")
    visitor.page.get("document.getElementById('name-1').select()")
    visitor.page.get("document.getElementById('name-1').focus()")
    visitor.page.type("Thomas")
    visitor.page.press("Enter")
    visitor.page.wait("document.querySelectorAll('.turn .who')[1].textContent === 'Thomas'")
    assert visitor.desk.asked == []  # Enter in a name is no request for a summary
    visitor.summarize()
    assert [turn.speaker for turn in visitor.desk.asked[-1][0].turns] == ["Maya", "Thomas", "Maya"]
    visitor.page.get("document.getElementById('name-1').select()")
    visitor.page.type("a: b")
    visitor.page.press("Enter")
    visitor.page.wait("document.getElementById('count').textContent.includes('without a colon')")


def test_5_evidence_click(visitor):
    visitor.arrive("/?sample=clinic")
    visitor.page.look(height=500)
    visitor.summarize()
    visitor.page.click("#s-0-2 .said")
    assert (visitor.lit(), visitor.pressed()) == (["t-8"], ["s-0-2"])
    assert visitor.page.text(".evidence") == "Drawn from turn 9: 71 % of its words, by weight, stand there."
    box = visitor.page.get(
        "(() => { const [t, l] = ['#t-8', '.turns'].map(s => document.querySelector(s).getBoundingClientRect()); "
        "return [t.top - l.top, l.bottom - t.bottom]; })()"
    )
    assert min(box) >= -1  # it was scrolled into view
    visitor.page.click("#s-0-0 .said")
    assert (visitor.lit(), visitor.pressed()) == (["t-1", "t-2", "t-4"], ["s-0-0"])
    visitor.page.click("#s-0-0 .said")
    assert (visitor.lit(), visitor.pressed()) == ([], [])
    visitor.page.click("#t-5 .words")
    assert (visitor.lit(), visitor.pressed()) == (["s-0-1", "t-5"], ["t-5"])
    visitor.page.call(
        "Input.dispatchKeyEvent", type="rawKeyDown", key="Escape", code="Escape", windowsVirtualKeyCode=27
    )
    assert visitor.lit() == []
    visitor.page.get("document.querySelector('#s-0-1 .said').focus()")
    visitor.page.press("Enter")
    assert (visitor.lit(), visitor.pressed()) == (["t-5"], ["s-0-1"])
    visitor.page.click(".left-out .cite")
    assert visitor.lit() == ["t-7"]
    assert visitor.page.get("document.querySelector('#t-0 .words').hasAttribute('role')") is False  # draws nothing


def test_6_too_long(visitor):
    text = "\n".join(f"{'Ann' if n % 2 else 'Ben'}: " + "words and more words " * 10 for n in range(20))
    visitor.paste(text)
    visitor.page.wait("document.querySelector('.split') !== null")
    assert "split after turn 10" in visitor.page.text(".split")
    assert visitor.page.get("[...document.querySelectorAll('[data-part]')].map(e => e.id)") == ["t-0", "t-10"]
    visitor.page.get("document.getElementById('text').value = 'Ann: ' + 'a'.repeat(50001)")
    visitor.page.click("#go")
    visitor.says("Too long")
    assert "at most 50,000 are taken" in visitor.state()
    visitor.desk.refusals = [Refused(413, "too_large", "The body is over 262,144 bytes.")]
    visitor.page.get(f"document.getElementById('text').value = {json.dumps(TALK)}")
    visitor.page.click("#go")
    visitor.says("The body is over 262,144 bytes.")
    assert visitor.page.text("#state h3") == "Too long"


def test_7_busy_then_served_and_cancelled_while_it_works(visitor):
    visitor.desk.refusals = [Refused(429, "full", "16 conversations wait already.", 3)]
    visitor.paste(TALK)
    visitor.page.click("#go")
    visitor.says("Trying again by itself")
    assert visitor.state().startswith("Busy 16 conversations wait already.")
    visitor.page.wait(READY)
    assert (len(visitor.desk.asked), visitor.state()) == (2, "")
    visitor.desk.wait_s = 60.0
    visitor.page.click("#go")
    visitor.says("Summarising")
    wait_for(lambda: len(visitor.desk.asked) == 3, "third request")
    assert visitor.page.get("document.activeElement.id") == "cancel"
    visitor.page.click("#cancel")
    visitor.says("Cancelled")
    wait_for(lambda: visitor.desk.cancelled == 1, "the work stops")
    assert visitor.page.get("[document.getElementById('go').disabled, document.getElementById('cancel').hidden]") == [
        False,
        True,
    ]


def test_a_long_one_tells_its_part_and_can_be_cancelled(visitor):
    running = {"state": "running"}
    visitor.desk.wait_s = 0.4
    visitor.desk.told = [
        {"state": "waiting", "ahead": 2},
        running | {"together": 1},
        *(running | {"kind": "condensed", "done": done, "total": 7} for done in (0, 4, 7)),
    ]
    visitor.paste(TALK)
    visitor.page.click("#go")
    for words in ("Waiting, 2 before this one", "part 1 of 7", "part 5 of 7", "Putting the parts together"):
        visitor.says(words)
    assert visitor.page.get("document.querySelector('progress').position") == 1
    visitor.page.wait(READY)
    assert visitor.state() == ""
    visitor.desk.wait_s = 60.0
    visitor.desk.told = [running | {"together": 1}, running | {"kind": "condensed", "done": 1, "total": 3}]
    visitor.page.click("#go")
    visitor.says("Summarising")
    visitor.page.click("#cancel")
    visitor.says("Cancelled")
    wait_for(lambda: visitor.desk.cancelled == 1, "the work stops")


def test_of_conversations_that_are_summarised_together_no_part_is_told(visitor):
    running = {"state": "running"}
    visitor.desk.wait_s = 0.3
    visitor.desk.told = [running | {"together": 2}, running | {"kind": "condensed", "done": 1, "total": 3}]
    visitor.paste(TALK)
    visitor.page.get(
        "(() => { window.said = []; new MutationObserver(() => said.push(document.getElementById('state').textContent))"
        ".observe(document.getElementById('state'), {subtree: true, childList: true, characterData: true}); })()"
    )
    visitor.summarize()
    said = visitor.page.get("said")
    assert any("Summarising" in words for words in said)
    assert not any("part" in words for words in said)


def test_how_sure_each_word_was_is_shown_where_it_is_asked_for(visitor):
    visitor.arrive("/?sample=clinic")
    visitor.summarize()
    colour = "getComputedStyle(document.querySelector('.said .unsure-3')).backgroundColor"
    note = "getComputedStyle(document.querySelector('.said .note')).display"
    key = "document.querySelector('.key').checkVisibility()"
    assert visitor.page.get(f"[{colour}, {note}, {key}]") == ["rgba(0, 0, 0, 0)", "none", False]
    visitor.page.get("document.querySelector('.shades').focus()")
    visitor.page.press(" ")
    assert visitor.page.get(f"[{colour}, {note} !== 'none', {key}]") == ["rgb(200, 190, 230)", True, True]
    visitor.page.click("#s-0-1 .said")  # evidence is lit all the same
    assert visitor.lit() == ["t-5"]
    visitor.page.click(".each label")
    assert visitor.page.get(f"[{colour}, {note}, {key}]") == ["rgba(0, 0, 0, 0)", "none", False]
    assert visitor.page.get("document.querySelector('.nearly p').checkVisibility()") is False
    visitor.page.click(".nearly summary")
    assert visitor.page.text(".nearly em") == "nothing else"


def test_8_wrong_file(visitor, tmp_path):
    def drop(name: str, content: str) -> None:
        visitor.page.get(
            "(() => { const data = new DataTransfer(); "
            f"data.items.add(new File([{content}], {json.dumps(name)})); "
            "document.getElementById('drop').dispatchEvent(new DragEvent('drop', "
            "{bubbles: true, cancelable: true, dataTransfer: data})); })()"
        )

    drop("minutes.pdf", "'%PDF'")
    visitor.says("minutes.pdf cannot be read here")
    assert ".txt, .vtt, .srt, .json" in visitor.state()
    drop("latin.txt", "new Uint8Array([0x41, 0x3a, 0x20, 0xe9, 0xff])")
    visitor.says("latin.txt is not UTF-8 text")
    drop("huge.txt", "'a'.repeat(1000001)")
    visitor.says("huge.txt is larger than 1 MB")
    assert visitor.page.get("document.getElementById('text').value") == ""
    visitor.page.click("#go")
    visitor.says("There is nothing to summarise yet")
    drop("<img src=x onerror=alert(1)>.pdf", "''")
    visitor.says("<img src=x onerror=alert(1)>.pdf")
    assert visitor.page.get("document.querySelectorAll('#state img').length") == 0
    root = visitor.page.call("DOM.getDocument")["root"]["nodeId"]
    field = visitor.page.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    path = tmp_path / "call.txt"
    path.write_text(TALK, encoding="utf-8")
    visitor.page.call("DOM.setFileInputFiles", nodeId=field, files=[str(path)])
    visitor.page.wait("document.querySelectorAll('.turn').length === 3")
    assert visitor.state() == ""


def test_9_no_javascript(visitor):
    visitor.page.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        visitor.arrive()
        hidden = "getComputedStyle(document.querySelector('.scripted')).display"
        assert visitor.page.get(hidden) == "none"
        visitor.page.click("#text")
        visitor.page.type(TALK)
        visitor.page.click("#go")
        visitor.page.wait("document.querySelector('.answer') !== null && document.readyState === 'complete'")
        assert visitor.desk.asked[-1][0].text == TALK
        assert visitor.page.get("location.hash") == "#result"
        visitor.page.click("#s-0-1 .cite")
        assert visitor.page.get("document.querySelector(':target').id") == "t-2"
        visitor.page.click("#t-0 .draws a")
        assert visitor.page.get("document.querySelector(':target').id") == "s-0-0"
        assert visitor.page.get("document.querySelectorAll('.said[role]').length") == 0
        visitor.page.click(".shades")
        colour = "getComputedStyle(document.querySelector('.said .unsure')).backgroundColor"
        assert visitor.page.get(colour) != "rgba(0, 0, 0, 0)"
        assert visitor.page.get("getComputedStyle(document.querySelector('.tools')).display") == "none"
        visitor.desk.refusals = [Refused(503, "not_ready", "It takes some seconds.", 2)]
        visitor.page.click("#go")
        visitor.page.wait("document.querySelector('#state .notice') !== null && document.readyState === 'complete'")
        assert visitor.state() == "Not ready yet It takes some seconds. Please try again in 2 s."
        assert visitor.page.get("document.getElementById('text').value") == TALK
    finally:
        visitor.page.call("Emulation.setScriptExecutionDisabled", value=False)


def test_10_dark_phone(visitor):
    visitor.page.look(width=390, height=844, dark=True)
    visitor.arrive("/?sample=support")
    visitor.page.choose("#beside", "base")
    visitor.summarize()
    assert visitor.page.get("document.documentElement.scrollWidth") <= 390
    assert visitor.page.get("getComputedStyle(document.body).backgroundColor") == "rgb(22, 22, 20)"
    order = "[...document.querySelectorAll('.talk, .ask, #result, #turns')].map(e => e.getBoundingClientRect().top)"
    tops = visitor.page.get(order)
    assert tops == sorted(tops)
    assert len(set(tops)) == 4
    small = (
        "[...document.querySelectorAll('a[href], button, select, input:not([type=hidden], [type=file]), textarea')]"
        ".filter(e => e.checkVisibility() && !e.closest('.skip')).map(e => [e.id || e.className || e.textContent, "
        "(e.closest('label') || e).getBoundingClientRect()]).filter(([, b]) => b.height < 24 || b.width < 24)"
        ".map(([name]) => name)"
    )
    assert visitor.page.get(small) == []  # WCAG 2.2, 2.5.8
    visitor.page.click("#s-0-0 .said")
    assert visitor.lit() == ["t-0"]
    visitor.page.wait("document.getElementById('t-0').getBoundingClientRect().top < innerHeight")


def test_the_page_is_walked_by_keyboard_in_the_order_in_which_it_is_seen(visitor):
    visitor.arrive("/?sample=clinic")
    visitor.summarize()
    visitor.page.get("document.querySelector('.skip').focus()")
    seen = []
    for _ in range(60):
        visitor.page.press("Tab")
        seen.append(visitor.page.get("document.activeElement.id || document.activeElement.closest('[id]')?.id || ''"))
    first = [seen.index(name) for name in ("text", "name-0", "arm", "beside", "go", "s-0-0", "s-0-2", "t-1", "t-8")]
    assert first == sorted(first)
    outline = visitor.page.get("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_model_that_loads_is_waited_for(visitor):
    visitor.desk.plan_refusals = [Refused(503, "not_ready", "It takes some seconds.", 1)]
    visitor.paste(TALK)
    visitor.page.wait("document.getElementById('count').textContent.includes('Not ready yet')")
    visitor.page.wait("document.getElementById('count').textContent.includes('of 512 tokens')")


def test_what_is_kept_back_says_why(visitor):
    visitor.desk.changes = {
        "summary": "",
        "sentences": (),
        "privacy": Privacy(masked={}, sensitive=("health",), withheld=True),
    }
    visitor.paste(TALK)
    visitor.summarize()
    assert visitor.page.text(".answer .notice h3") == "Kept back: sensitive"
    assert visitor.page.texts("[data-do=up]") == []


def test_thumbs_and_corrections_stay_in_the_browser_and_leave_as_training_rows(visitor, tmp_path):
    from upshot.data.columns import find_columns
    from upshot.data.notices import Remarks

    visitor.arrive("/?sample=clinic")
    visitor.page.choose("#beside", "base")
    visitor.summarize()
    before = len(visitor.page.requests)
    visitor.page.click("[data-column='0'] [data-do=up]")
    assert visitor.page.get("document.querySelector('[data-do=up]').getAttribute('aria-pressed')") == "true"
    visitor.page.click("[data-column='1'] [data-do=down]")
    assert "Kept in this browser: 2, of which 1 good or corrected." in visitor.page.text("#kept")
    visitor.page.click("[data-column='1'] [data-do=correct]")
    visitor.page.get("document.querySelector(\"[data-column='1'] .correction textarea\").select()")
    visitor.page.type("Mrs Lind is to halve her tablet.")
    visitor.page.click("[data-column='1'] [data-do=keep]")
    assert len(visitor.page.requests) == before
    visitor.page.click("#rows")
    rows = [json.loads(line) for line in visitor.page.downloaded("upshot-rows.jsonl").splitlines()]
    assert [row["summary"] for row in rows][1] == "Mrs Lind is to halve her tablet."
    assert [row["thumb"] for row in rows] == ["up", "down"]
    assert rows[0]["dialogue"] == SAMPLES["clinic"].text
    found = find_columns(list(rows[0]), Columns(), file="x", need_summary=True, remarks=Remarks())
    assert (found.dialogue, found.summaries, found.id) == ("dialogue", ("summary",), "id")
    visitor.arrive("/?sample=clinic")
    visitor.summarize()
    assert visitor.page.get("document.querySelector('[data-do=up]').getAttribute('aria-pressed')") == "true"
    visitor.page.click("#forget")
    assert visitor.page.get("[localStorage.length, document.getElementById('kept').hidden]") == [0, True]


def test_a_summary_is_copied_and_saved_as_text_and_as_json(visitor):
    grant = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": visitor.address}
    visitor.page.call("Browser.grantPermissions", **grant)
    visitor.paste(TALK)
    visitor.summarize()
    visitor.page.click("[data-do=copy]")
    visitor.page.wait("document.querySelector('.done').textContent === 'Copied.'")
    hash_ = visitor.desk.asked[-1][0].source_sha256[:12]
    visitor.page.click("[data-do=save-json]")
    saved = Answer.model_validate_json(visitor.page.downloaded(f"summary-{hash_}-0.json"))
    assert visitor.page.get("navigator.clipboard.readText()") == saved.summary
    visitor.page.click("[data-do=save-text]")
    assert visitor.page.downloaded(f"summary-{hash_}-0.txt").startswith(saved.summary)


def test_a_text_that_the_server_does_not_even_read_is_said_while_one_types(shop):
    with serving.served(limits=Limits(body_bytes=2000)) as small:
        guest = Visitor(shop.page, shop.desk, small.url)
        shop.page.look()
        guest.arrive()
        guest.paste(TALK)
        assert guest.page.text("#count").startswith("3 turns")
        guest.paste("Ann: " + "word " * 1500)
        guest.page.wait("document.getElementById('count').textContent.includes('longer than the server takes')")


def test_a_server_that_has_gone_is_said(tmp_path_factory, shop):
    with served(PreparedDesk()) as address:
        gone = Visitor(shop.page, shop.desk, address)
        shop.page.look()
        gone.arrive()
        gone.paste(TALK)
    time.sleep(0.1)
    gone.page.click("#go")
    gone.says("The server does not answer")
