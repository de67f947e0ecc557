"""Licences of data and weights."""

import json

import pytest

from report_run import write_run
from upshot.report.facts import read_facts
from upshot.report.licences import DIALOGSUM, data_licence, weights_licence
from upshot.rundir import read_json, write_json

TRAIN_HASH = "636432441aecf7661187a0776e0931dab03185b86205c4ed4e13cabf5c2d4232"


def facts_of(root, *, source, hashes):
    run = write_run(root)
    recipe = (root / "recipe.yaml").read_text(encoding="utf-8")
    changed = recipe.replace("source: builtin", f"source: {json.dumps(source)}")
    (root / "recipe.yaml").write_text(changed, encoding="utf-8")
    write_json(root / "data.json", {**read_json(root / "data.json"), "hashes": hashes})
    return read_facts(run)


@pytest.mark.parametrize(
    ("source", "hashes", "licence"),
    [
        ("builtin", {}, "apache-2.0"),
        ("knkarthick/dialogsum", {}, DIALOGSUM),
        ("my/folder", {"train.csv": TRAIN_HASH}, DIALOGSUM),
        ("my/folder", {"train.csv": "0" * 64}, None),
    ],
)
def test_data_is_known_by_its_name_or_by_the_hash_of_its_file(tmp_path, source, hashes, licence):
    assert data_licence(facts_of(tmp_path, source=source, hashes=hashes)) == licence


def test_a_restriction_of_base_or_data_stays_on_the_weights(tmp_path):
    free = facts_of(tmp_path / "free", source="builtin", hashes={})
    bound = facts_of(tmp_path / "bound", source="knkarthick/dialogsum", hashes={})
    assert weights_licence(free, "starter", trained=True) == DIALOGSUM
    assert weights_licence(bound, "google/flan-t5-small", trained=True) == DIALOGSUM
    assert weights_licence(bound, "google/flan-t5-small", trained=False) is None
    assert weights_licence(free, "google/flan-t5-small", trained=True) is None
