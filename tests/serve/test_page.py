"""The page as a server gives it: whole without a script, inert whatever it holds, in words where there is no answer."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from payloads import PAYLOADS
from serve.page_desk import PreparedDesk, answer, app_of
from serve.page_payloads import assert_inert, elements, parsed
from upshot.answers.answer import Answer, Flag, LeftOut, Privacy, Sentence, Word
from upshot.data.conversation import Conversation, Said
from upshot.serve import page
from upshot.serve.desk import Refused
from upshot.serve.page_samples import SAMPLES

ROOM: Final = Path(page.__file__).parent
CLINIC: Final = SAMPLES["clinic"].text


def client(desk: PreparedDesk) -> TestClient:
    return TestClient(app_of(desk))


def fields(**values: str) -> dict[str, str]:
    return {"text": CLINIC, "arm": "", "beside": "", **values}


def post(desk: PreparedDesk, address: str = "/", **values: str):
    body = urlencode(fields(**values))
    return client(desk).post(address, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})


def words(text: str) -> str:
    return " ".join("".join(parsed(text).itertext()).split())


def test_the_page_is_whole_before_anything_is_asked():
    response = client(PreparedDesk()).get("/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == page.POLICY
    assert response.headers["cache-control"] == "no-store"
    assert "Nothing leaves this machine" in words(response.text)
    assert [attributes["value"] for name, attributes in elements(response.text) if name == "option"] == [
        "full",
        "base",
        "",
        "full",
        "base",
    ]
    assert_inert(response.text, scripts=1)


def test_everything_that_the_page_asks_for_is_there_and_nothing_else():
    asking = client(PreparedDesk())
    found = {value for _, attributes in elements(asking.get("/").text) for value in attributes.values()}
    assets = sorted(value for value in found if value.startswith("/assets/"))
    assert assets == ["/assets/page.css", "/assets/page.js", "/assets/page.svg"]
    for asset in assets:
        response = asking.get(asset)
        assert (response.status_code, response.headers["x-content-type-options"]) == (200, "nosniff")
    for other in ("page.py", "page.html", "..%2fpage.py", "%2e%2e/page.py", "..%5cpage.py", "page.css%00", "", "x"):
        assert asking.get(f"/assets/{other}").status_code == 404, other


def test_no_address_leaves_this_server():
    files = sorted([*ROOM.glob("page*.html"), *ROOM.glob("page*.css"), *ROOM.glob("page*.js")])
    assert len(files) >= 7
    for path in files:
        assert not re.search(r"https?:|url\(|@import|\bsrc=\"//", path.read_text(encoding="utf-8")), path.name


def test_the_script_builds_no_html_of_strings_and_finds_every_element_it_names():
    script = (ROOM / "page.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)
    there = {attributes.get("id") for _, attributes in elements(client(PreparedDesk()).get("/").text)}
    named = set(re.findall(r'\bat\("([a-z-]+)"\)', script))
    assert len(named) > 8
    assert named <= there


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_a_link_that_fills_the_form_and_shows_its_turns(name):
    response = client(PreparedDesk()).get("/", params={"sample": name})
    assert SAMPLES[name].text.splitlines()[0] in response.text.replace("&#39;", "'")
    turns = [attributes["id"] for tag, attributes in elements(response.text) if tag == "li"]
    assert turns == [f"t-{number}" for number in range(len(SAMPLES[name].text.splitlines()))]


def test_a_plain_form_comes_back_with_the_summary_and_anchors_both_ways():
    desk = PreparedDesk()
    response = post(desk)
    assert response.status_code == 200
    assert [(len(asked.turns), arm) for asked, _, arm in desk.asked] == [(12, "full")]
    found = elements(response.text)
    ids = {attributes["id"] for _, attributes in found if "id" in attributes}
    links = [attributes["href"] for name, attributes in found if name == "a" and attributes["href"].startswith("#")]
    assert {link[1:] for link in links} <= ids
    assert {"#t-1", "#t-8", "#s-0-0", "#s-0-2"} <= set(links)
    shown = words(response.text)
    assert "AI-generated summary" in shown
    assert "more certain than 57 % of validation summaries" in shown
    assert "Not a probability of being right" in shown
    assert "to review A number that the conversation does not hold" in shown
    assert "number 138 over 85" in shown
    assert "7 of 12 turns are not drawn on." in shown
    for fact in ("CTranslate2 4.8.5, int8", "beams 4", "3f2a91c07be4", "83 ms", desk.asked[0][0].source_sha256):
        assert fact in shown
    marks = [attributes["class"] for name, attributes in found if name == "mark"]
    assert marks == ["word", "number"]
    pale = [attributes["id"] for name, attributes in found if "uncovered" in attributes.get("class", "").split()]
    assert pale == ["t-0", "t-3", "t-6", "t-7", "t-9", "t-10", "t-11"]


def test_the_answer_on_the_page_is_the_whole_answer():
    text = post(PreparedDesk()).text
    (shown,) = [item for item in parsed(text).iter("pre") if item.get("class") == "as-json"]
    assert Answer.model_validate_json("".join(shown.itertext())).source.turns == 12


def test_two_arms_stand_beside_each_other_and_one_refusal_does_not_take_the_other_away():
    desk = PreparedDesk()
    shown = post(desk, arm="full", beside="base").text
    assert {arm for _, _, arm in desk.asked} == {"full", "base"}
    assert [a["id"] for name, a in elements(shown) if name == "h2" and a.get("id", "").startswith("a-")] == [
        "a-0",
        "a-1",
    ]
    assert {"#s-0-0", "#s-1-0"} <= {a.get("href") for _, a in elements(shown)}

    class OnlyFull(PreparedDesk):
        async def summarize(self, conversation, options, arm, *, hear):
            if arm == "base":
                raise Refused(503, "no_worker", "The worker of this arm is away.", 4)
            return await super().summarize(conversation, options, arm, hear=hear)

    half = post(OnlyFull(), arm="full", beside="base")
    assert half.status_code == 200
    assert "The worker of this arm is away." in words(half.text)
    assert "s-0-0" in half.text


def test_an_arm_for_which_there_was_no_room_is_asked_again_after_the_first():
    class Crowded(PreparedDesk):
        async def summarize(self, conversation, options, arm, *, hear):
            if arm == "base" and not any(asked == "base" for _, _, asked in self.asked):
                self.asked.append((conversation, options, arm))
                raise Refused(429, "full", "Too much is waiting.", 1)
            return await super().summarize(conversation, options, arm, hear=hear)

    desk = Crowded()
    shown = post(desk, arm="full", beside="base").text
    assert [arm for _, _, arm in desk.asked] == ["full", "base", "base"]
    assert "s-1-0" in shown
    assert "Busy" not in words(shown)


def test_how_sure_each_word_was_is_plain_markup_that_a_tick_shows():
    desk = PreparedDesk()
    shown = post(desk).text
    assert desk.asked[0][1].details
    found = elements(shown)
    levels = [a["class"] for name, a in found if a.get("class", "").startswith("unsure ")]
    assert {"unsure unsure-1", "unsure unsure-2", "unsure unsure-3"} == set(levels)
    assert "evening (17 %)" in words(shown)
    assert "This is not a probability of being right: a fluent mistake is plain." in words(shown)
    (tick,) = [a for name, a in found if name == "input" and a.get("class") == "shades"]
    assert "name" not in tick  # nothing of it is posted
    assert "checked" not in tick
    desk.changes = {"certainty": (), "alternative": None}
    plain = post(desk).text
    assert "unsure" not in plain
    assert "nearly" not in plain


def test_what_it_nearly_wrote_is_folded_under_the_summary_with_its_other_words_marked():
    shown = post(PreparedDesk()).text
    (folded,) = [item for item in parsed(shown).iter("details") if item.get("class") == "nearly"]
    assert folded.get("open") is None
    assert ["".join(other.itertext()) for other in folded.iter("em")] == ["nothing else"]
    assert "What it nearly wrote Mrs Lind's ankles swell" in words(shown)


def test_words_that_were_changed_are_counted_where_their_certainty_is_not_known():
    desk = PreparedDesk()
    assert "it is not known" not in words(post(desk).text)
    desk.changes = {"certainty": (Word(sentence=0, start=0, end=3, logprob=-5.0),)}
    assert re.search(r"Of \d+ words that were changed after it wrote them it is not known\.", words(post(desk).text))


def events(desk: PreparedDesk, **values: str) -> list[tuple[str, dict]]:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/event-stream, text/html"}
    response = client(desk).post("/page/summary", content=urlencode(fields(**values)), headers=headers)
    assert response.headers["content-security-policy"] == page.POLICY
    assert response.headers["cache-control"] == "no-store"
    found = [event.split("\n") for event in response.text.split("\n\n") if event]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in found]


def test_a_script_that_listens_hears_how_far_it_is_and_then_gets_the_same_pieces():
    desk = PreparedDesk()
    desk.told = [{"state": "running", "together": 1}, {"state": "running", "kind": "condensed", "done": 2, "total": 7}]
    *heard, (name, answered) = events(desk, beside="base")
    assert sorted(heard, key=lambda event: event[1]["column"]) == [
        ("progress", {"column": column, **said}) for column in (0, 1) for said in desk.told
    ]
    assert (name, answered["status"], answered["retry_after"]) == ("answer", 200, None)
    desk.told = []
    assert answered["html"] == post(desk, "/page/summary", beside="base").text


def test_a_refusal_is_heard_with_its_status_and_when_to_come_again():
    desk = PreparedDesk()
    desk.refusals = [Refused(429, "full", "Full.", 3)]
    ((name, answered),) = events(desk)
    assert (name, answered["status"], answered["retry_after"]) == ("answer", 429, 3)
    assert "Busy Full." in words(answered["html"])


def test_what_is_no_conversation_is_refused_with_its_status_even_where_a_script_listens():
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/event-stream"}
    response = client(PreparedDesk()).post("/page/summary", content="text=", headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (422, "text/html; charset=utf-8")


def test_the_same_arm_twice_is_asked_once():
    desk = PreparedDesk()
    post(desk, arm="base", beside="base")
    assert [arm for _, _, arm in desk.asked] == ["base"]


def test_options_reach_the_desk_and_stay_in_the_form():
    desk = PreparedDesk()
    chosen = {"words": "25", "bullets": "1", "mask": "1", "withhold_sensitive": "1", "abstain_below": "10"}
    text = post(desk, **chosen).text
    options = desk.asked[0][1]
    assert (options.words, options.bullets, options.mask) == (25, True, True)
    assert (options.withhold_sensitive, options.abstain_below) == (True, 10.0)
    inputs = {a["name"]: a for name, a in elements(text) if name == "input" and a.get("name") in chosen}
    assert inputs["words"]["value"] == "25"
    assert all("checked" in inputs[name] for name in ("bullets", "mask", "withhold_sensitive"))


@pytest.mark.parametrize(
    ("refusal", "title"),
    [
        (Refused(404, "no_arm", "There is no arm of this name."), "No such model"),
        (Refused(413, "too_large", "The most is 50,000 characters."), "Too long"),
        (Refused(422, "too_long", "The most is 50,000 characters."), "Too long"),
        (Refused(429, "full", "16 conversations wait already.", 3), "Busy"),
        (Refused(500, "invalid_output", "The model wrote what is no text."), "The model failed"),
        (Refused(503, "not_ready", "It takes some seconds.", 2), "Not ready yet"),
        (Refused(503, "draining", "The server is about to end.", 5), "Not ready yet"),
        (Refused(504, "timeout", "It took more than 30 s."), "It took too long"),
    ],
)
def test_a_refusal_is_a_page_in_words_that_keeps_the_form(refusal, title):
    desk = PreparedDesk()
    desk.refusals = [refusal]
    response = post(desk, words="30")
    assert response.status_code == refusal.status
    assert response.headers.get("retry-after") == (str(refusal.retry_after) if refusal.retry_after else None)
    shown = words(response.text)
    assert f"{title} {refusal.message}" in shown
    assert ("Please try again in" in shown) == bool(refusal.retry_after)
    assert CLINIC.splitlines()[3] in response.text
    assert [a["id"] for name, a in elements(response.text) if name == "li"][-1] == "t-11"


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"text": " \n"}, 422, "Nothing to summarise"),
        ({"text": "[]"}, 422, "Not readable"),
        ({"words": "1"}, 422, "Please check the number of words"),
        ({"words": "many"}, 422, "Please check the number of words"),
        ({"abstain_below": "200"}, 422, "Please check the threshold of confidence"),
        ({"was": "Mrs Lind", "name": "Mrs: Lind <3"}, 422, "A speaker's name is"),
        ({"text": "Ann: " + "é" * 400_000}, 413, "Too long"),
    ],
)
def test_what_cannot_be_summarised_is_said_before_a_model_is_asked(values, status, said):
    desk = PreparedDesk()
    response = post(desk, **values)
    assert (response.status_code, desk.asked) == (status, [])
    assert said in words(response.text)


def test_a_preview_that_is_refused_says_so_where_the_turns_are_counted():
    response = post(PreparedDesk(), "/page/turns", text="Ann: " + "é" * 400_000)
    assert response.status_code == 413
    (count,) = [item for item in parsed(response.text).iter("div") if item.get("id") == "count"]
    assert " ".join("".join(count.itertext()).split()) == "Too long. This is over the most, 1,000,000 bytes."


def test_a_conversation_of_more_characters_than_are_taken_keeps_its_turns():
    response = post(PreparedDesk(), text="Ann: " + "a" * 50_000)
    assert response.status_code == 422
    said = "Too long The conversation has 50,005 characters; at most 50,000 are taken."
    assert said in words(response.text)
    assert 'id="t-0"' in response.text


def test_times_stand_beside_the_turns():
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi!\n\n01:02:03.000 --> 01:02:04.000\n<v Bo>Hello.\n"
    shown = post(PreparedDesk(), text=text).text
    assert "1 Ann 0:01 Hi!" in words(shown)
    assert "2 Bo 1:02:03 Hello." in words(shown)


def test_a_body_that_is_no_form_is_refused_in_words():
    for body in (b"", b"\xff\xfe\x00", b"%%%&&&===", b"{}", b"&".join(b"was=a" for _ in range(6000))):
        response = client(PreparedDesk()).post("/", content=body)
        assert response.status_code == 422
        assert_inert(response.text, scripts=1)


def test_withheld_abstained_and_wordless_summaries_say_so():
    desk = PreparedDesk()
    kept_back = {"summary": "", "sentences": ()}
    desk.changes = {**kept_back, "privacy": Privacy(masked={"email": 2}, sensitive=("health",), withheld=True)}
    shown = words(post(desk).text)
    assert "Kept back: sensitive The summary tells of health" in shown
    assert "Masked before the model read it: 2 email." in shown
    desk.changes = {**kept_back, "abstained": True}
    assert "Kept back: not certain enough" in words(post(desk).text)
    desk.changes = kept_back
    assert "The model wrote nothing" in words(post(desk).text)


def test_words_that_were_cut_are_said_before_anything_else():
    desk = PreparedDesk()
    source = answer(Conversation("c", (Said("Ann", "Hi."),)), "full").source.model_copy(update={"truncated": True})
    desk.changes = {"source": source, "notes": ("what stands after turn 9 was cut",)}
    shown = words(post(desk).text)
    assert "Words were cutWhat stands after turn 9 was cut." in shown
    assert shown.count("What stands after turn 9 was cut.") == 2  # the other is the text to keep


def test_what_an_arm_learned_from_is_told_where_it_is_known():
    class Knowing(PreparedDesk):
        @property
        def arms(self):
            return {"full": {"about": {"trained_on": "our own clinic", "words": 30}}, "base": {}}

    shown = words(post(Knowing(), beside="base").text)
    assert shown.count("Learned fromour own clinic, summaries of about 30 words") == 1


def test_a_conversation_that_is_too_long_shows_where_it_is_split():
    text = "\n".join(f"{'Ann' if n % 2 else 'Ben'}: " + "words and more words " * 10 for n in range(20))
    previewed = post(PreparedDesk(), "/page/turns", text=text).text
    assert "it will be summarised in 2 parts, split after turn 10; what tells most is shown" in words(previewed)
    begins = {a["id"]: a["data-part"] for _, a in elements(previewed) if "data-part" in a}
    assert begins == {"t-0": "Part 1", "t-10": "Part 2"}
    answered = post(PreparedDesk(), text=text).text
    assert {a["id"] for _, a in elements(answered) if "data-part" in a} == {"t-0", "t-10"}
    assert "Summarised in 2 parts" in words(answered)


def test_turns_are_shown_while_the_model_loads():
    desk = PreparedDesk()
    desk.plan_refusals = [Refused(503, "not_ready", "It takes some seconds.", 2)]
    response = post(desk, "/page/turns")
    assert response.status_code == 200
    assert "12 turns · 2 speakers Not ready yet. It takes some seconds." in words(response.text)
    assert [a["data-again"] for _, a in elements(response.text) if "data-again" in a] == ["2"]


def test_an_empty_preview_is_empty():
    response = post(PreparedDesk(), "/page/turns", text="")
    assert (response.status_code, "turns" in response.text) == (200, True)
    assert "t-0" not in response.text


def test_pieces_are_the_same_markup_as_the_whole_page():
    whole, pieces = post(PreparedDesk()).text, post(PreparedDesk(), "/page/summary").text
    ids = [
        [a["id"] for _, a in elements(text) if a.get("id", "").startswith(("t-", "s-", "a-"))]
        for text in (whole, pieces)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 12 + 3 + 1
    assert_inert(pieces, scripts=0)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_stay_text_wherever_they_stand(payload):
    """X10: in dialogue, speaker, arm, summary, notes, findings, prompt, words of a refusal."""
    desk = PreparedDesk(arms=(f"arm {payload}", "base"))
    told = Sentence(text=f"They say {payload}", support=0.5, turns=(0,), unsupported=())
    desk.changes = {
        "summary": told.text,
        "sentences": (told,),
        "notes": (f"note {payload}",),
        "flags": (Flag(kind="k", tier="certain", text=payload, sentence=0, words=payload, turns=(0,)),),
        "left_out": (LeftOut(kind="number", text=payload, turn=0),),
        "privacy": Privacy(masked={payload: 1}, sensitive=(payload,), withheld=False),
        "label": f"AI {payload}",
        "certainty": (Word(sentence=0, start=0, end=len(told.text), logprob=-9.0),),
        "alternative": f"They nearly say {payload}",
    }
    text = f"Ann{payload}: I say {payload}\nBo: {payload}"
    for address, scripts in (("/", 1), ("/page/summary", 0), ("/page/turns", 0)):
        response = post(desk, address, text=text, arm=desk.names[0], beside="base", was="Bo", name="")
        assert response.status_code == 200
        assert_inert(response.text, scripts=scripts)
    refused = PreparedDesk(arms=(payload,))
    refused.refusals = [Refused(500, payload, payload)]
    for values in ({"text": payload, "was": payload, "name": payload}, {"words": payload}, {"text": text}):
        assert_inert(post(refused, arm=payload, **values).text, scripts=1)
    shown = "".join(parsed(post(desk, text=f"Bo: {payload}").text).itertext())
    visible = " ".join(payload.split())
    assert " ".join(shown.split()).count(visible) >= 6


def test_half_a_surrogate_pair_is_no_error():
    desk = PreparedDesk(arms=("arm \ud800",))
    assert "arm ?" in words(client(desk).get("/").text)
    assert client(PreparedDesk()).post("/", content="text=Ann%3A+%ED%A0%80+hi").status_code == 200


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PEOPLE: Final = tuple(f"who-{number}" for number in range(6))
# Text needs 4.5 to 1 on its ground, edges of fields and signs that tell something 3 to 1 (WCAG 2.2, 1.4.3, 1.4.11).
PAIRS: Final = (
    *((ink, ground, 4.5) for ink in ("ink", "soft", "quiet", "accent") for ground in ("paper", "card")),
    *((who, ground, 4.5) for who in PEOPLE for ground in ("paper", "card")),
    ("ink", "accent-ground", 4.5),
    ("soft", "accent-ground", 4.5),
    ("quiet", "accent-ground", 4.5),
    *((who, "accent-ground", 4.5) for who in PEOPLE),
    ("accent", "accent-ground", 4.5),
    ("on-accent", "accent", 4.5),
    ("lit-ink", "lit", 4.5),
    *((ink, ground, 4.5) for ink in ("ink", "soft") for ground in ("doubt-ground", "alarm-ground")),
    ("doubt", "doubt-ground", 4.5),
    ("alarm", "alarm-ground", 4.5),
    ("doubt", "card", 4.5),
    ("good", "card", 4.5),
    ("paper", "ink", 4.5),
    *(("edge", ground, 3.0) for ground in ("paper", "card")),
    ("alarm", "lit", 3.0),
    ("doubt", "lit", 3.0),
    *((ink, f"unsure-{level}", 4.5) for ink in ("ink", "lit-ink") for level in (1, 2, 3)),
    *((sign, f"unsure-{level}", 3.0) for sign in ("doubt", "alarm") for level in (1, 2, 3)),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read_on_its_ground(scheme):
    blocks = re.findall(r":root \{(.*?)\n *\}", (ROOM / "page.css").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    named = [dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    assert set(named[0]) == set(named[1])
    colours = named[scheme == "dark"]
    poor = {
        f"{ink} on {ground}": round(contrast(colours[ink], colours[ground]), 2)
        for ink, ground, least in PAIRS
        if contrast(colours[ink], colours[ground]) < least
    }
    assert poor == {}


def test_headings_go_down_one_step_at_a_time_and_every_field_has_a_name():
    text = post(PreparedDesk(), beside="base").text
    levels = [int(name[1]) for name, _ in elements(text) if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    tree = parsed(text)
    inside = {id(field) for label in tree.iter("label") for field in label.iter()}
    pointed = {label.get("for") for label in tree.iter("label")}
    for kind in ("input", "select", "textarea"):
        for item in tree.iter(kind):
            named = id(item) in inside or item.get("id") in pointed or item.get("aria-label")
            assert named or item.get("type") == "hidden", item.attrib
    ids = [a["id"] for _, a in elements(text) if "id" in a]
    assert len(ids) == len(set(ids))
    described = {a.get("aria-labelledby") or a.get("aria-describedby") for _, a in elements(text)} - {None}
    assert described <= set(ids)
