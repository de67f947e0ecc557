"""Long conversations: what is chosen among parts' summaries against cutting off and copying turns, on QMSum's meetings.

The starter reads the 35 meetings of QMSum's validation split; the reference is the answer to "Summarize the whole
meeting". ROUGE is F1 x 100 with 95 % intervals over meetings; differences are paired. The rule of choosing was found on
the same meetings, so what it gains is told too well. Without QMSum, conversations of our own are strung together to see
that it runs, and no goal is measured. Takes five minutes.

python bench/meetings.py [--quick]
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from measure.goals import goal, left_out
from measure.machine import print_machine
from measure.material import shared_data

from upshot.answers.answer import Answer, Options
from upshot.data.conversation import Conversation, Said
from upshot.data.conversations import BUILTIN
from upshot.data.turns import turns_of
from upshot.metrics.score import score_all
from upshot.records import Dialogue
from upshot.stats import percentile_intervals, resample
from upshot.summarizer import Summarizer, open_summarizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

METRICS = ("rouge1", "rouge2", "rougeL")
PARTS, CUT, LEAD, LONGEST = "chosen among parts", "cutting off", "LEAD: the first turns", "the longest turns"
ASKED = "{way}, {words} words asked"
JOINED = "summaries of all parts, joined"
DRAWS = {"resamples": 10_000, "seed": 13}
Meeting = tuple[Conversation, str]


def main() -> None:
    """Print the table of all ways, what choosing gains over each, and the ratio to cutting off."""
    quick = "--quick" in sys.argv
    print_machine("ctranslate2", "tokenizers")
    path = shared_data("qmsum/val.jsonl")
    meetings = read_meetings(path)[: 3 if quick else None] if path else strung_together(3)
    said = "QMSum, validation split" if path else "no QMSum here: conversations of upshot strung together, no result"
    words = round(sum(len(reference.split()) for _, reference in meetings) / len(meetings))
    print(f"{len(meetings)} meetings of {said}; references have {words} words")
    with open_summarizer() as summarizer:
        made = summaries(summarizer, [meeting for meeting, _ in meetings], words)
    dialogues = [Dialogue(item.name, item.text, (reference,), (item.name,)) for item, reference in meetings]
    scores = {name: columns(dialogues, texts) for name, texts in made.items()}
    asked, cut = (ASKED.format(way=way, words=words) for way in (PARTS, CUT))
    print_table(made, scores, asked)
    gains = {way: scores[asked]["rouge1"] - scores[way]["rouge1"] for way in (cut, LEAD, LONGEST)}
    print(f"{PARTS}, minus {cut}: {interval(scores[PARTS]['rouge1'] - scores[cut]['rouge1'], sign='+')} ROUGE-1")
    ratio = scores[asked]["rouge1"].mean() / max(1e-9, scores[cut]["rouge1"].mean())
    print(f"ratio {ratio:.2f} ({asked} / {cut}, in ROUGE-1)")
    for way, gain in gains.items():
        what = f"QMSum: ROUGE-1 of {asked}, over {way}"
        if path and not quick:
            goal(what, float(gain.mean()), at_least=0.0, unit=" points")
        else:
            left_out(what, "a quick look" if path else "no QMSum here")


def read_meetings(path: Path) -> list[Meeting]:
    """Meetings with the answer to the first general query, the shortest first."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        item = json.loads(line)
        turns = tuple(Said(turn["speaker"], turn["content"]) for turn in item["meeting_transcripts"])
        found.append((Conversation(f"meeting-{number}", turns), item["general_query_list"][0]["answer"]))
    return sorted(found, key=lambda meeting: len(meeting[0].text))


def strung_together(count: int) -> list[Meeting]:
    """As many meetings, each of eight built-in conversations one after another, with their summaries joined."""
    rows = [json.loads(line) for line in BUILTIN.read_text(encoding="utf-8").splitlines()]
    meetings = []
    for number in range(count):
        mine = rows[8 * number : 8 * number + 8]
        turns = tuple(Said(turn.speaker, turn.text) for row in mine for turn in turns_of(row["dialogue"]))
        meetings.append((Conversation(f"strung-{number}", turns), " ".join(row["summaries"][0] for row in mine)))
    return meetings


def summaries(summarizer: Summarizer, meetings: Sequence[Conversation], words: int) -> dict[str, dict[str, str]]:
    """Texts of each way by meeting; copied turns stop at the first that reaches the references' words."""
    asked = {
        PARTS: Options(),
        CUT: Options(long="cut"),
        ASKED.format(way=PARTS, words=words): Options(words=words),
        ASKED.format(way=CUT, words=words): Options(words=words, long="cut"),
    }
    made: dict[str, dict[str, str]] = {}
    for name, options in asked.items():
        began = time.perf_counter()
        answers = summarizer.summarize(meetings, options)
        print(f"{name}: {(time.perf_counter() - began) / len(meetings):.1f} s a meeting")
        made[name] = {item.name: answer.summary for item, answer in zip(meetings, answers, strict=True)}
        if name == PARTS:
            joined = {item.name: _joined(answer) for item, answer in zip(meetings, answers, strict=True)}
    by_length = {item.name: sorted(item.turns, key=lambda turn: -len(turn.text.split())) for item in meetings}
    return made | {
        JOINED: joined,
        LEAD: {item.name: copied(item.turns, words) for item in meetings},
        LONGEST: {name: copied(turns, words) for name, turns in by_length.items()},
    }


def _joined(answer: Answer) -> str:
    return " ".join(part.summary for part in answer.source.parts) or answer.summary


def copied(turns: Sequence[Said], words: int) -> str:
    """Turns from the first on, cut at that many words."""
    said = [word for turn in turns for word in turn.text.split()]
    return " ".join(said[:words])


def columns(dialogues: Sequence[Dialogue], texts: Mapping[str, str]) -> dict[str, Column]:
    """F1 x 100 of every metric, in the order of the meetings."""
    import numpy as np

    scores = score_all(dialogues, texts)
    return {name: np.array([100 * score.mean[name] for score in scores]) for name in METRICS}


def print_table(
    made: Mapping[str, Mapping[str, str]], scores: Mapping[str, Mapping[str, Column]], against: str
) -> None:
    """The Markdown table of docs/long-conversations.md."""
    print(f"\n| | words | ROUGE-1 | ROUGE-2 | ROUGE-L | {against} minus this, ROUGE-1 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, texts in made.items():
        length = sum(len(text.split()) for text in texts.values()) / len(texts)
        cells = (interval(scores[name][metric]) for metric in METRICS)
        apart = interval(scores[against]["rouge1"] - scores[name]["rouge1"], sign="+") if name != against else "–"
        print(f"| {name} | {length:.0f} | {' | '.join(cells)} | {apart} |")
    print()


def interval(values: Column, *, sign: str = "") -> str:
    """The mean with its 95 % interval."""
    (found,) = percentile_intervals(resample(values[:, None], **DRAWS))
    if found is None:
        return f"{values.mean():{sign}.1f}"
    return f"{values.mean():{sign}.1f} [{found[0]:{sign}.1f}, {found[1]:{sign}.1f}]"


if __name__ == "__main__":
    main()
