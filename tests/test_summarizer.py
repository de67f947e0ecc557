"""The one object behind Python, command line and server: conversations in, answers out, without torch where it can."""

import gc
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import upshot
import used_arms
from command import environment
from upshot.answers.answer import Answer, Options
from upshot.data.conversation import Conversation, Said
from upshot.errors import DataError, ModelError, StoppedError, UsageError
from upshot.events import Event
from upshot.summarizer import AT_ONCE, MASKED_NAMES, Summarizer, open_summarizer


@pytest.fixture(scope="module")
def summarizer() -> Summarizer:
    return open_summarizer(used_arms.run())


def test_a_run_opens_with_its_winner_and_says_why(summarizer: Summarizer) -> None:
    facts = summarizer.facts
    assert summarizer.name == facts.arm == "full"
    assert "the best of 2 arms" in facts.notes[0]
    assert facts.engine.endswith("float32")
    assert (facts.max_source_tokens, facts.prompt, facts.decoding["beams"]) == (40, "{dialogue}", 2)
    assert facts.trained_on == "12 rows of tiny, summaries of about 9 words"
    assert len(facts.weights_sha256) == 64


def test_one_conversation_gives_a_list_of_one_and_a_list_keeps_its_order(summarizer: Summarizer) -> None:
    (one,) = summarizer.summarize(used_arms.TALK)
    assert one.id == "1"
    assert one.generated_by.arm == "full"
    assert one.generated_by.ai is True
    (named,) = summarizer.summarize(
        Conversation("call", (Said("Ann", "Hello, Ben."), Said("Ben", "Hello, Ann. See you on Monday.")))
    )
    assert (named.id, named.summary, named.source.sha256) == ("call", one.summary, one.source.sha256)
    texts = ["Ann: Hi.", used_arms.LONG_TALK, used_arms.TALK]
    made = summarizer.summarize(texts)
    assert [item.id for item in made] == ["1", "2", "3"]
    assert [bool(item.source.parts) for item in made] == [False, True, False]
    assert made[2].summary == one.summary
    turned = summarizer.summarize(texts[::-1])
    assert [item.summary for item in turned[::-1]] == [item.summary for item in made]
    assert summarizer.summarize([]) == []
    assert Answer.model_validate_json(one.model_dump_json()) == one


def test_many_are_made_a_few_at_a_time_and_told(summarizer: Summarizer) -> None:
    heard: list[Event] = []
    texts = [f"Ann: number {n}" for n in range(AT_ONCE + 3)]
    assert len(summarizer.summarize(texts, tell=heard.append)) == AT_ONCE + 3
    assert [event.facts["done"] for event in heard] == [AT_ONCE, AT_ONCE + 3]
    with pytest.raises(StoppedError, match=f"stopped after {AT_ONCE} of {AT_ONCE + 3} summaries"):
        summarizer.summarize(texts, tell=heard.append, stop=lambda: 15 if len(heard) > 2 else None)


def test_a_plan_is_what_then_happens(summarizer: Summarizer) -> None:
    plan = summarizer.plan(used_arms.LONG_TALK)
    (made,) = summarizer.summarize(used_arms.LONG_TALK)
    assert plan.parts == tuple((part.first, part.last) for part in made.source.parts)
    assert (plan.turns, plan.speakers) == (24, ("Ben", "Ann"))
    assert plan.tokens > 40
    assert plan.passes == len(plan.parts) > 1
    assert plan.cut_after is not None
    assert 0 < plan.seconds < summarizer.plan(used_arms.LONG_TALK, Options(samples=2)).seconds
    cut = summarizer.plan(used_arms.LONG_TALK, Options(long="cut"))
    assert (cut.parts, cut.passes, cut.cut_after) == (((0, 23),), 1, plan.cut_after)
    (shortened,) = summarizer.summarize(used_arms.LONG_TALK, Options(long="cut"))
    assert f"read {plan.cut_after + 1} of 24 turns" in shortened.notes[0]
    short = summarizer.plan(used_arms.TALK)
    assert (short.parts, short.cut_after, short.passes) == (((0, 1),), None, 1)


def test_decoding_that_was_changed_for_a_length_is_told(summarizer: Summarizer) -> None:
    (made,) = summarizer.summarize(used_arms.TALK, Options(words=20))
    assert made.generated_by.decoding["max_new_tokens"] == 50
    assert made.generated_by.decoding["min_new_tokens"] == 24
    assert any("about 20 words asked for; the arm learned summaries of about 9" in note for note in made.notes)
    assert "min_new_tokens" not in summarizer.summarize(used_arms.TALK)[0].generated_by.decoding
    (parts,) = summarizer.summarize(used_arms.LONG_TALK, Options(words=20))
    assert parts.generated_by.decoding["max_new_tokens"] == 7  # parts are summarised as the arm does, then chosen
    assert "as many summaries of parts were chosen" in parts.notes[-1]
    assert len(parts.summary.split()) <= 20


def test_a_long_one_is_told_in_words_of_its_parts_with_evidence_of_its_turns(summarizer: Summarizer) -> None:
    (made,) = summarizer.summarize(used_arms.LONG_TALK, Options(bullets=True))
    assert made.summary.startswith("- ")
    assert all(
        any(made_of.text.rstrip(".") in part.summary for part in made.source.parts) for made_of in made.sentences
    )
    assert all(turn < 24 for sentence in made.sentences for turn in sentence.turns)
    assert all(part.summary for part in made.source.parts)
    (short,) = summarizer.summarize(used_arms.TALK)
    assert (short.source.parts, short.notes) == ((), ())


def test_speakers_are_read_as_tags_where_asked_and_evidence_keeps_the_names(summarizer: Summarizer) -> None:
    (tags,) = summarizer.summarize(used_arms.TALK, Options(speakers="tags"))
    assert any("#Person1#" in note for note in tags.notes)
    assert tags.source.speakers == ("Ann", "Ben")
    assert not summarizer.summarize(used_arms.TALK, Options(speakers="keep"))[0].notes
    assert not summarizer.summarize(used_arms.TALK)[0].notes


def test_a_mask_leaves_placeholders_and_counts(summarizer: Summarizer) -> None:
    talk = "Ann: Write to ann@shop.example.\nBen: Thanks, Ann."
    (made,) = summarizer.summarize(talk, Options(mask=True))
    assert made.privacy.masked == {"email": 1, "speaker": 2}
    assert "shop.example" not in made.model_dump_json()
    assert summarizer.plan(talk, Options(mask=True)).tokens != summarizer.plan(talk).tokens
    (kept,) = summarizer.summarize(talk, Options(mask=True, speakers="keep"))
    assert MASKED_NAMES in kept.notes
    assert MASKED_NAMES not in made.notes


def test_what_is_no_conversation_is_refused(summarizer: Summarizer, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        summarizer.summarize(["Ann: Hi.", " "])
    with pytest.raises(DataError, match="half a surrogate pair") as refused:
        summarizer.summarize("Ann: \ud83d")
    assert refused.value.code == "D38"
    with pytest.raises(ModelError, match="no such folder; expected 'starter', a run"):
        open_summarizer(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="puts training examples"):
        open_summarizer(used_arms.run() / "arms" / "shown")


def test_both_engines_give_the_same_answer() -> None:
    with open_summarizer(used_arms.exported()) as ours, open_summarizer(used_arms.weights(), threads=1) as theirs:
        assert ours.facts.weights_sha256 == theirs.facts.weights_sha256
        assert theirs.facts.engine.startswith("transformers")
        mine, other = (of.summarize(used_arms.TALK)[0] for of in (ours, theirs))
    for closed in (ours, theirs):
        with pytest.raises(UsageError, match="is closed; open it again"):
            closed.summarize(used_arms.TALK)
    assert mine.summary == other.summary
    assert mine.sentences == other.sentences
    assert mine.confidence.band is None
    assert "no validation summaries are known" in mine.confidence.meaning


def test_an_export_is_used_without_torch_and_without_transformers() -> None:
    code = (
        "import sys, upshot\n"
        f"with upshot.load({str(used_arms.run())!r}) as arm:\n"
        f"    (made,) = arm.summarize({used_arms.TALK!r})\n"
        "assert made.summary\n"
        "print(sorted({'torch', 'transformers', 'peft', 'accelerate'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_starter_writes_names_for_the_tags_that_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    talk = "Nora: The train to Leeds is late, I will miss the meeting.\nFelix: I'll keep you a seat and tell the boss."
    with upshot.load() as starter:
        assert starter.name == "starter"
        assert "so that it opens fast from now on" in starter.facts.notes[-1]
        (made,) = starter.summarize(talk)
    assert "#Person" not in made.summary
    assert {"Nora", "Felix"} & set(made.summary.replace("'s", "").split())
    assert made.confidence.percentile is not None
    assert "built-in conversations" in made.confidence.meaning
    with upshot.load("starter") as again:
        assert not again.facts.notes
        assert again.summarize(talk)[0].summary == made.summary


def test_no_conversation_stays_in_memory_in_a_cache_after_its_answer(summarizer: Summarizer) -> None:
    said = "Zanzibarov: Call me at zanzibar@shop.example, Ben, or at 555-123-4567.\nBen: Zanzibarov pays 4711 dollars."
    for options in (Options(samples=2), Options(mask=True, words=12), Options(speakers="keep")):
        summarizer.summarize(said, options)
        assert [name for name, text in _remembered() if "zanzibar" in text.lower() or "4711" in text] == []


def _remembered() -> Iterator[tuple[str, str]]:
    """Texts in the caches of upshot's functions, and patterns that `re` keeps."""
    yield from (("re", str(key)) for key in re._cache)  # type: ignore[attr-defined]
    for kept in gc.get_objects():
        if type(kept).__name__ == "_lru_cache_wrapper" and str(kept.__module__).startswith("upshot"):
            level = [kept]
            for _ in range(4):
                level = [inner for item in level for inner in gc.get_referents(item) if not callable(inner)]
                yield from ((f"{kept.__module__}.{kept.__name__}", item) for item in level if isinstance(item, str))


@pytest.mark.parametrize("given", [Path("talk.txt"), "calls/talk.vtt", [Path("talk.txt")], b"Ann: Hello."])
def test_a_file_is_not_taken_for_its_text(summarizer: Summarizer, given: Any) -> None:
    with pytest.raises(DataError, match="read_conversation reads a file"):
        summarizer.summarize(given)
