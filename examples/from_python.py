"""The whole job from Python: run a recipe, read its numbers, and use the best arm.

python examples/from_python.py RECIPE [KEY=VALUE ...]
"""

import sys

import upshot

CALL = """Nora: The train is late again. I'll miss the first talk.
Felix: I'll take notes for you. Which room?
Nora: B12. And keep me a seat for the second one."""


def main(recipe: str, *overrides: str) -> None:
    outcome = upshot.run(recipe, overrides=overrides)  # resumes where it stopped; everything is in outcome.root
    arms = outcome.comparison["arms"]
    for name, cells in arms.items():
        low, high = cells["rouge1"]["ci95"]
        print(f"{name}: ROUGE-1 {100 * cells['rouge1']['mean']:.1f} [{100 * low:.1f}-{100 * high:.1f}]")

    with upshot.load(outcome.root) as summarizer:  # the winner among arms that can be used alone
        (answer,) = summarizer.summarize(CALL)
        print(f"{summarizer.name}: {answer.summary}")
        for sentence in answer.sentences:
            print(f"  support {sentence.support:.0%}, turns {[turn + 1 for turn in sentence.turns]}")
    print(f"report: {outcome.report}")


if __name__ == "__main__":
    main(*sys.argv[1:])
