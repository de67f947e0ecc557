"""Arms to use: weights with an export beside them, and a run whose winner has both. Made once a process."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import tiny
from upshot.recipe import PromptSettings
from upshot.recipe_file import dump_recipe
from upshot.records import Prediction, dump_lines
from upshot.rundir import RunDir, read_json, value_sha256, write_json, write_text

PROMPT: Final = PromptSettings(template="raw", turn_separator=" | ", max_source_tokens=40)
DECODING: Final = {"max_new_tokens": 7, "beams": 2}
TALK: Final = "Ann: Hello, Ben.\nBen: Hello, Ann. See you on Monday."
LONG_TALK: Final = "\n".join(f"{'Ann' if n % 2 else 'Ben'}: this is turn {n} of a long talk" for n in range(24))


@cache
def weights() -> Path:
    """An arm's folder that holds weights and how they were asked, and no export."""
    return _weights(tiny.folder() / "used" / "mine")


@cache
def exported() -> Path:
    """The same weights with a float32 export beside them."""
    from upshot.stages.export import export

    folder = _weights(tiny.folder() / "used" / "exported")
    export(str(folder), None, quantization="float32", texts=0)
    return folder


@cache
def run() -> Path:
    """A run of a base arm, a few-shot arm that is best and cannot be used alone, and a trained arm, which is next."""
    from upshot.stages.export import export_winner

    arms: dict[str, Any] = {"plain": {}, "shown": {"shots": {"count": 1}}, "full": {"tuning": "full"}}
    of = tiny.recipe(arms, prompt=PROMPT.model_dump(), generation=DECODING)
    made = tiny.write_splits(RunDir(tiny.folder() / "used" / "run"))
    write_text(made.root / "recipe.yaml", dump_recipe(of))
    write_json(
        made.root / "data.json", {"source": "tiny", "splits": {"train": {"rows": 12, "summary_words": {"p50": 9}}}}
    )
    for name in arms:
        made.arm(name).mkdir(parents=True)
    _weights(made.arm("full"))
    scores = {"plain": 0.1, "full": 0.2, "shown": 0.3}
    write_json(made.root / "comparison.json", {"arms": {name: {"rouge1": {"mean": of}} for name, of in scores.items()}})
    logprobs = [Prediction(str(n), "Ann is ill.", 5, False, -9.0 + n / 10, 20, False) for n in range(30)]
    write_text(made.predictions("full", "validation"), dump_lines(logprobs))
    export_winner(made.root)
    return made.root


def _weights(folder: Path) -> Path:
    from upshot.model.load import load_base
    from upshot.model.place import ModelRef
    from upshot.model.save import save_weights

    base = ModelRef(str(tiny.t5()))
    model, tokenizer = load_base(base)
    save_weights(folder / "weights", model, tokenizer, prompt=PROMPT, base=base)
    made = value_sha256(read_json(folder / "weights" / "MANIFEST.json"))
    write_json(folder / "predictions.inputs.json", {"generation": DECODING, "weights": made})
    return folder
