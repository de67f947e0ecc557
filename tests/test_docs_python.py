"""The examples of docs/python.md run, in a folder with a tiny recipe named as the page says."""

import doctest
import re
from pathlib import Path

import tiny
from upshot.recipe_file import dump_recipe

PAGE = Path(__file__).parent.parent / "docs" / "python.md"


def test_every_example_of_the_page_runs_and_shows_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    subset = {split: {"first": 4} for split in ("train", "validation", "test")}
    recipe = tiny.recipe(
        {"zero-shot": {}, "full": {"tuning": "full"}}, name="first-run", data={"source": "builtin", "subset": subset}
    )
    Path("recipe.yaml").write_text(dump_recipe(recipe), encoding="utf-8")
    Path("calls.csv").write_text(
        "dialogue,summary\n" + '"Ann: Keep it.\nBen: Fine.",Ann keeps the old plan.\n', encoding="utf-8"
    )
    examples = doctest.DocTestParser().get_doctest(
        re.sub(r"^```.*$", "", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE), {}, PAGE.name, str(PAGE), lineno=0
    )
    assert len(examples.examples) > 40
    runner = doctest.DocTestRunner(optionflags=doctest.REPORT_ONLY_FIRST_FAILURE)
    said: list[str] = []
    runner.run(examples, out=said.append)
    assert runner.failures == 0, "".join(said)
