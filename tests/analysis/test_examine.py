"""All detectors over one summary."""

import json

from upshot.analysis.examine import examine, findings_of, forget
from upshot.analysis.finding import KINDS
from upshot.records import Dialogue, Prediction

TEXT = (
    "Ann: I sold my red bicycle to the neighbour for 90.\nBo: Good. I'm building a wooden kayak in the garage.\n"
    "Ann: Don't varnish it there.\nBo: I might do it in the yard."
)


def summary(text: str, *, hit_cap: bool = False) -> Prediction:
    """A prediction with this text."""
    return Prediction("d1", text, tokens=9, hit_cap=hit_cap, logprob=-1.0, prompt_tokens=50, truncated=False)


def test_a_good_summary_has_no_findings() -> None:
    reference = "Ann sold her red bicycle for 90. Bo is building a kayak in the garage."
    found = examine(Dialogue("d1", TEXT, (reference,), ("d1",)), summary(reference))
    assert found.findings == ()
    assert [support.turns for support in found.support] == [(0,), (1,)]
    assert found.coverage.end == 0.0 < found.coverage.middle < found.coverage.beginning


def test_each_tier_has_its_say_and_the_result_is_plain_json() -> None:
    dialogue = Dialogue("d1", TEXT, ("Bo builds a kayak for 300 in Oslo.", "Bo builds it in Oslo."), ("a", "b"))
    wrong = "Bo sold his red bicycle to the neighbour for 70. Zebedee keeps penguins in Antarctica."
    record = examine(dialogue, summary(wrong, hit_cap=True)).to_json()
    kinds = {finding["kind"] for finding in record["findings"]}
    assert kinds >= {"cap-hit", "unsupported-number", "unsupported-name", "who-said-what", "low-support"}
    assert "omitted-entity" in kinds
    assert kinds <= set(KINDS)
    assert json.loads(json.dumps(record)) == record
    assert set(record) == {"id", "findings", "support", "coverage"}
    assert set(record["coverage"]) == {"beginning", "middle", "end"}


def test_without_the_dialogues_text_only_the_summary_itself_is_judged() -> None:
    found = examine(Dialogue("d1", "", ("They go to Oslo.",), ("d1",)), summary("Ann pays 70 <unk>."))
    assert [finding.kind for finding in found.findings] == ["debris", "omitted-entity"]
    assert found.support == ()


def test_an_empty_summary_is_examined() -> None:
    found = examine(Dialogue("d1", TEXT, (), ("d1",)), summary(""))
    assert [finding.kind for finding in found.findings] == ["empty"]


def test_what_was_forgotten_is_found_again_alike() -> None:
    text, summary = "Ann: Ben pays 20 dollars.\nBen: I do.", "Ann pays 30 dollars. Carl agrees."
    before = findings_of(text, summary, hit_cap=False)
    forget()
    assert findings_of(text, summary, hit_cap=False) == before
