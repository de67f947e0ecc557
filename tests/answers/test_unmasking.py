"""Values put back: in answers, lines, tables, pages and texts, and only with the right key."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import ABOUT, BY, TALK
from upshot.answers.account import Written, account_of
from upshot.answers.answer import Answer, Mark, Options, Sentence
from upshot.answers.certainty import Detail
from upshot.answers.forms import markdown_form, text_form
from upshot.answers.reading import MASKED, UNMASKED, reading_of
from upshot.answers.spreadsheet import write_spreadsheet
from upshot.answers.unmasking import unmasked, unmasked_answer
from upshot.data.conversation import Conversation, Said
from upshot.errors import DataError, UsageError
from upshot.privacy.keys import Keys, read_keys, write_keys
from upshot.privacy.mask import Key, mask
from upshot.records import Prediction

MAIL = "maya@shop.example"
SUMMARY = f"Maya writes to {MAIL}. Ben helps Eve."


def answer_about(conversation: Conversation, summary: str = SUMMARY, *, masked: bool = True) -> Answer:
    written = Written(Prediction("0", summary, 20, False, -1.25, 60, False), 60)
    reading = reading_of(conversation, tags=False, masked=masked)
    return account_of(conversation, reading, written, options=Options(mask=masked), about=ABOUT, by=BY)


MASKED_ANSWER = answer_about(TALK)
OPEN = answer_about(TALK, masked=False)
OTHER = Conversation("other", (Said("Zoe", "I'm at 555-123-4567."), Said("Ben", "Fine.")))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    write_keys(tmp_path / "key.json", [TALK])
    return read_keys(tmp_path / "key.json")


@pytest.fixture
def both(tmp_path: Path) -> Keys:
    write_keys(tmp_path / "both.json", [TALK, OTHER])
    return read_keys(tmp_path / "both.json")


def plain(answer: Answer) -> dict[str, Any]:
    return answer.model_dump(mode="json")


def whole(content: str, keys: Keys, name: str = "-", whose: str = "") -> str:
    return "".join(unmasked(content, keys, name=name, whose=whose))


def test_an_unmasked_answer_says_what_one_without_a_mask_would_have_said() -> None:
    assert "Maya" not in MASKED_ANSWER.summary + str(MASKED_ANSWER.sentences)
    found = Answer.model_validate(unmasked_answer(MASKED_ANSWER, mask(TALK)[1]))
    assert (found.summary, found.source) == (OPEN.summary, OPEN.source)
    assert (found.id, found.label, found.generated_by, found.privacy) == (
        MASKED_ANSWER.id,
        MASKED_ANSWER.label,
        MASKED_ANSWER.generated_by,
        MASKED_ANSWER.privacy,
    )
    assert MASKED in MASKED_ANSWER.notes
    assert UNMASKED in found.notes
    assert MASKED not in found.notes


def test_marks_stand_over_the_same_words_afterwards() -> None:
    made = answer_about(TALK, f"Maya at {MAIL} pays Eve.")
    (found,) = Answer.model_validate(unmasked_answer(made, mask(TALK)[1])).sentences
    assert found.text == f"Maya at {MAIL} pays Eve."
    assert [found.text[mark.start : mark.end] for mark in found.unsupported] == ["pays", "Eve"]


@given(st.text("#Person1 [EMAIL-]2.", max_size=30), st.data())
def test_marks_never_leave_their_sentence(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    key = Key({"#Person1#": "Maya Lind", "[EMAIL-1]": "a@b.example", "#Person2#": "B."})
    mark = Mark(start=start, end=end, kind="word")
    made = MASKED_ANSWER.model_copy(
        update={"sentences": (Sentence(text=text, support=1.0, turns=(), unsupported=(mark,)),)}
    )
    (found,) = unmasked_answer(made, key)["sentences"]
    (moved,) = found["unsupported"]
    assert 0 <= moved["start"] <= moved["end"] <= len(found["text"])
    if text == found["text"]:
        assert (moved["start"], moved["end"]) == (start, end)
    elif end > start:
        assert moved["end"] > moved["start"]


@pytest.mark.parametrize("name", ["answers.json", "standard input"])
def test_json_stays_json(keys: Keys, name: str) -> None:
    one, many = json.dumps(plain(MASKED_ANSWER)), json.dumps([plain(MASKED_ANSWER), plain(OPEN)], indent=2)
    assert json.loads(whole(one, keys, name)) == unmasked_answer(MASKED_ANSWER, keys.only())
    assert json.loads(whole(many, keys, name)) == [unmasked_answer(MASKED_ANSWER, keys.only()), plain(OPEN)]


@pytest.mark.parametrize("name", ["answers.jsonl", "standard input"])
def test_lines_of_a_batch_stay_lines_and_those_without_a_summary_stay(both: Keys, name: str) -> None:
    lines = [
        {"row": 1} | plain(MASKED_ANSWER),
        {"row": 2, "id": "call", "error": {"code": "D33", "message": "[EMAIL-1] is missing"}},
        {"row": 3} | plain(answer_about(OTHER, "#Person1# gives [NUMBER-1].")),
    ]
    content = "".join(f"{json.dumps(line)}\n" for line in lines)
    found = [json.loads(line) for line in whole(content, both, name).splitlines()]
    assert [line["row"] for line in found] == [1, 2, 3]
    assert found[0]["summary"] == SUMMARY
    assert found[1] == lines[1]
    assert found[2]["summary"] == "Zoe gives 555-123-4567."


@pytest.mark.parametrize("name", ["sheet.csv", "standard input"])
def test_a_sheet_stays_one_in_which_nothing_is_run(both: Keys, tmp_path: Path, name: str) -> None:
    plus = answer_about(OTHER, "[NUMBER-1] is Zoe's.")
    lines = [{"row": 1} | plain(MASKED_ANSWER), {"row": 2, "id": "x", "error": {"message": "no"}}]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in [*lines, {"row": 3} | plain(plus)]))
    write_spreadsheet(tmp_path / "a.jsonl", tmp_path / "a.csv")
    masked = (tmp_path / "a.csv").read_bytes().decode("utf-8")
    found = whole(masked, both, name)
    assert found.startswith('\ufeff"row","id","label"')
    rows = list(csv.DictReader(io.StringIO(found.removeprefix("\ufeff"), newline="")))
    assert [row["summary"] for row in rows] == [SUMMARY, "", "555-123-4567 is Zoe's."]
    assert UNMASKED in rows[0]["notes"]
    assert rows[1]["state"] == "error: no"
    formula = Keys("k", {}, {"c": (Key({"[OTHER-1]": "=1+1"}),)})
    assert '"\'=1+1"' in whole("id,summary\nc,[OTHER-1]\n", formula, "sheet.csv")


def test_a_page_keeps_values_as_text(keys: Keys, tmp_path: Path) -> None:
    page = markdown_form(MASKED_ANSWER, TALK)
    found = whole(page, keys, "page.md")
    assert "Maya writes to maya&#64;shop.example. [1] Ben helps Eve. [2]" in found
    assert "\\[" not in found.split("## ")[0]
    assert whole(page, keys) == found
    wild = Keys("k", {}, {"c": (Key({"#Person1#": "<script>[x](http://evil.example)"}),)})
    assert "&lt;script&gt;\\[x\\](http&#58;//evil.example) left." in whole("# c\n\n#Person1# left.\n", wild, "p.md")


def test_a_text_is_restored_letter_by_letter(keys: Keys) -> None:
    assert whole(f"{MASKED_ANSWER.summary}\n", keys) == f"{SUMMARY}\n"
    assert whole(text_form(MASKED_ANSWER), keys, "a.txt").startswith(SUMMARY)
    assert whole("[EMAIL-1] wrote.", keys) == f"{MAIL} wrote."
    assert whole("Nobody, [EMAIL-7].\r\n", keys, "a.txt") == "Nobody, [EMAIL-7].\r\n"


def test_of_several_keys_a_text_needs_the_name(both: Keys) -> None:
    with pytest.raises(UsageError, match="holds keys of 2 conversations"):
        whole("#Person1# left.", both)
    assert whole("#Person1# left.", both, whose="other") == "Zoe left."
    with pytest.raises(UsageError, match=r"nobody: both\.json holds no key of this conversation"):
        whole("#Person1# left.", both, whose="nobody")


def test_an_answer_under_another_name_finds_its_key_by_its_source(keys: Keys) -> None:
    renamed = MASKED_ANSWER.model_copy(update={"id": "1"})
    assert json.loads(whole(json.dumps(plain(renamed)), keys))["summary"] == SUMMARY


def test_a_key_of_another_conversation_is_refused(tmp_path: Path, keys: Keys) -> None:
    other = MASKED_ANSWER.model_copy(update={"source": MASKED_ANSWER.source.model_copy(update={"sha256": "f" * 64})})
    with pytest.raises(UsageError, match=r"holds no key of this conversation .one of this name, of another text"):
        whole(json.dumps(plain(other)), keys, "a.json")
    with pytest.raises(UsageError, match=r"x: key\.json holds no key"):
        whole('id,summary\n"x","#Person1#"\n', keys, "a.csv")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "{", "a.json: not valid JSON"),
        ("a.json", "[]", "a.json: no answer"),
        ("a.json", '[{"summary": "maya"}]', "a.json, answer 1: no answer"),
        ("a.json", '"maya"', "a.json: no answer"),
        ("a.jsonl", '{"row": 1}\n', "a.jsonl line 1: no answer"),
        ("a.jsonl", "\n\nmaya", "a.jsonl line 3: not valid JSON"),
        ("a.csv", 'id,summary\n"call","' + "a" * 1_000_001 + '"\n', "a.csv line 2: not CSV"),
    ],
)
def test_what_is_no_answer_is_refused_without_its_words(keys: Keys, name: str, content: str, said: str) -> None:
    with pytest.raises(DataError) as error:
        whole(content, keys, name)
    assert said in str(error.value)
    assert "maya" not in str(error.value)


def test_a_table_without_ids_needs_the_name(keys: Keys) -> None:
    with pytest.raises(UsageError, match="no column 'id'"):
        whole("summary\n#Person1#\n", keys, "a.csv")
    assert '"Maya"' in whole("summary\n#Person1#\n", keys, "a.csv", whose="call")


@given(st.text(max_size=60))
def test_any_text_passes(text: str) -> None:
    keys = Keys("k", {}, {"call": (mask(TALK)[1],)})
    try:
        assert isinstance(whole(text, keys, "a.txt"), str)
        whole(text, keys)
    except (DataError, UsageError):
        pass


def test_how_sure_each_word_was_moves_with_the_words(keys: Keys) -> None:
    detail = Detail(
        words=tuple((word, -0.5 - number) for number, word in enumerate(SUMMARY.split())), others=(SUMMARY,)
    )
    written = Written(Prediction("0", SUMMARY, 20, False, -1.25, 60, False), 60, detail=detail)
    reading = reading_of(TALK, tags=False, masked=True)
    options = Options(mask=True, details=True)
    answer = account_of(TALK, reading, written, options=options, about=ABOUT, by=BY)
    assert answer.certainty
    found = Answer.model_validate(unmasked_answer(answer, keys.only()))
    said = [answer.sentences[word.sentence].text[word.start : word.end] for word in answer.certainty]
    now = [found.sentences[word.sentence].text[word.start : word.end] for word in found.certainty]
    assert now == said  # what was masked has no certainty, and the rest keeps its own
    assert [word.start for word in found.certainty] != [word.start for word in answer.certainty]
