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

    trained = [name for name in arms if (outcome.root / "arms" / name / "weights").is_dir()]
    if trained:
        best = max(trained, key=lambda name: arms[name]["rouge1"]["mean"])
        summarizer = upshot.load(outcome.root / "arms" / best)
        (made,) = summarizer.summarize([CALL])
        print(f"{best}: {made.prediction}")
    print(f"report: {outcome.report}")


if __name__ == "__main__":
    main(*sys.argv[1:])
