"""How long a summary takes: the first of a fresh process, and one of an opened summarizer; the starter, CTranslate2.

python bench/summarize.py [--quick] [RUN]        RUN, a finished run such as runs/demo, has its winner measured too
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from measure.goals import goal, left_out
from measure.machine import print_machine

import upshot
from upshot.data.sources import load_splits
from upshot.recipe import DataSettings
from upshot.summarizer import Summarizer

WORDS = 150
DEMO = Path("runs/demo")
CLINIC = Path(__file__).parent.parent / "examples" / "clinic.txt"


def main() -> None:
    """Print seconds of a cold start as a process, and milliseconds of a summary by an opened summarizer."""
    quick = "--quick" in sys.argv
    named = [word for word in sys.argv[1:] if not word.startswith("--")]
    if not named and (DEMO / "comparison.json").exists():
        named = [str(DEMO)]
    print_machine("ctranslate2", "tokenizers")
    with tempfile.TemporaryDirectory() as folder:
        conversation = Path(folder) / "talk.txt"
        conversation.write_text(talks()[0], encoding="utf-8")
        with upshot.load() as starter:  # written in CTranslate2's form now, where that was not done before
            warm = warm_ms(starter, talks()[: 3 if quick else 25])
        cold = min(cold_s(conversation) for _ in range(1 if quick else 5))
    print(f"cold: {cold:.2f} s from the command to the end of its process, the starter")
    print(f"ratio {1000 * cold / warm:.1f} (cold / warm, the starter)")
    if quick:
        return
    goal("first summary from cold, the starter", cold, at_most=3, unit=" s")
    goal(f"a summary of {WORDS} words, warm, the starter", warm, at_most=100, unit=" ms")
    if not named:
        left_out("first summary from cold, the demo's winner", "no run was named, and there is no runs/demo")
        return
    seconds = min(cold_s(CLINIC, "--arm", named[0]) for _ in range(5))
    with upshot.load(named[0]) as winner:
        warm_ms(winner, talks()[:25])
    goal("first summary from cold, the demo's winner", seconds, at_most=3, unit=" s")


def talks() -> list[str]:
    """Beginnings of built-in conversations, each with the fewest whole turns that have so many words."""
    rows = load_splits(DataSettings.model_validate({}), seed=13).rows["train"]
    return [beginning(row.dialogue.split("\n")) for row in rows if len(row.dialogue.split()) >= WORDS]


def beginning(lines: Sequence[str]) -> str:
    """The first turns with at least `WORDS` words together."""
    taken: list[str] = []
    while sum(len(line.split()) for line in taken) < WORDS:
        taken.append(lines[len(taken)])
    return "\n".join(taken)


def warm_ms(summarizer: Summarizer, conversations: Sequence[str]) -> float:
    """The median of summaries of different conversations in milliseconds, all that an answer holds included."""
    summarizer.summarize("Ann: Hello, Ben.\nBen: Hello, Ann.")
    times, tokens = [], []
    for talk in conversations:
        began = time.perf_counter()
        (answer,) = summarizer.summarize(talk)
        times.append(1000 * (time.perf_counter() - began))
        tokens.append(answer.source.prompt_tokens)
    facts = summarizer.facts
    print(
        f"warm: {facts.arm}, {facts.engine}, {facts.decoding['beams']} beams, {median(tokens):.0f} prompt tokens: "
        f"median {median(times):.0f} ms, best {min(times):.0f}, worst {max(times):.0f} of {len(times)}"
    )
    return median(times)


def cold_s(conversation: Path, *options: str) -> float:
    """Seconds of `upshot summarize FILE` as a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "upshot", "summarize", str(conversation), "-q", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
