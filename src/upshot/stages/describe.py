"""A data set or a model in numbers, as values that a door prints or hands on as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from upshot.data.findings import findings
from upshot.data.sources import LoadedData, load_splits
from upshot.data.splits import join_rows
from upshot.data.turns import speakers_of, turns_of
from upshot.model.adapters import linear_names, parameter_counts
from upshot.model.load import load_base
from upshot.model.place import ModelRef, model_folder
from upshot.recipe import DataSettings
from upshot.records import Row

_BARS: Final = 12
_STEPS: Final = (1, 2, 5)
_TOPICS: Final = 10
_EXAMPLE_RANK: Final = 16
_QUERY_AND_VALUE: Final = (("q", "v"), ("q_proj", "v_proj"))


def describe_data(settings: DataSettings, seed: int, *, divide_file: bool = False) -> dict[str, Any]:
    """What the gate finds, and for each split histograms, topics, and references per dialogue.

    A histogram counts dialogues (summaries: rows) by a range such as "20-29". A file without splits is described as
    one split, `train`, unless `divide_file` is set; summaries may be missing.

    Raises:
        DataError: the data cannot be read.
        UsageError: a source that contradicts itself.
    """
    data = load_splits(settings, seed, need_summary=False, divide_file=divide_file)
    described = findings(data).to_json()
    splits = {split: numbers | _pictures(data, split) for split, numbers in described["splits"].items()}
    return described | {"splits": splits}


def _pictures(data: LoadedData, split: str) -> dict[str, Any]:
    rows: Sequence[Row] = data.rows[split]
    dialogues = join_rows(rows)
    topics = Counter(dialogue.topic for dialogue in dialogues if dialogue.topic)
    references = Counter(len(dialogue.references) for dialogue in dialogues)
    return {
        "histograms": {
            "dialogue_words": histogram([len(dialogue.text.split()) for dialogue in dialogues]),
            "summary_words": histogram([len(row.summary.split()) for row in rows if row.summary is not None]),
            "turns": histogram([len(turns_of(dialogue.text)) for dialogue in dialogues]),
            "speakers": histogram([len(speakers_of(dialogue.text)) for dialogue in dialogues]),
        },
        "references": {str(count): references[count] for count in sorted(references)},
        "topics": dict(topics.most_common(_TOPICS)),
        "different_topics": len(topics),
    }


def histogram(values: Sequence[int]) -> dict[str, int]:
    """How many values lie in each of up to 12 even ranges, empty ranges between them too; nothing for no values.

    >>> histogram([1, 2, 2, 4]), histogram([3, 27])
    ({'1': 1, '2': 2, '3': 0, '4': 1}, {'0-4': 1, '5-9': 0, '10-14': 0, '15-19': 0, '20-24': 0, '25-29': 1})
    """
    if not values:
        return {}
    width = _width(min(values), max(values))
    counts = Counter(value // width for value in values)
    return {
        str(low * width) if width == 1 else f"{low * width}-{low * width + width - 1}": counts[low]
        for low in range(min(counts), max(counts) + 1)
    }


def _width(least: int, most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, ... that needs no more ranges than there are bars."""
    scale = 1
    while True:
        for step in _STEPS:
            if most // (step * scale) - least // (step * scale) < _BARS:
                return step * scale
        scale *= 10


def bars(values: Mapping[str, int], *, width: int = 40) -> list[str]:
    """Lines of a bar chart for the terminal, labels to the right, the longest bar `width` wide; none for no values.

    >>> print("\\n".join(bars({"1": 2, "2": 4, "10": 0}, width=8)))
     1 ████ 2
     2 ████████ 4
    10 0
    """
    most = max(values.values(), default=0)
    column = max(map(len, values), default=0)
    lines = []
    for label, value in values.items():
        # A value that is there at all gets a bar, however short.
        drawn = "█" * max(round(width * value / most), 1) + " " if value else ""
        lines.append(f"{label:>{column}} {drawn}{value:,}")
    return lines


def describe_model(name: str, revision: str | None = None) -> dict[str, Any]:
    """Module tree, parameter counts, head, stored type and size of a base model, and what an adapter may target.

    Raises:
        ModelError: the model cannot be loaded.
    """
    ref = ModelRef(name, revision)
    model, tokenizer = load_base(ref, fused=False)
    embedding, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    tree = module_tree(model)
    return {
        "name": name,
        "revision": revision,
        "family": model.config.model_type,
        "parameters": parameter_counts(model) | {"parts": {part["name"]: part["parameters"] for part in tree["parts"]}},
        "embedding": {"rows": embedding.shape[0], "width": embedding.shape[1], "tokenizer": len(tokenizer)},
        "head": "tied" if head.data_ptr() == embedding.data_ptr() else "own",
        "stored": _stored(_folder(ref)),
        "linear": sorted(linear_names(model)),
        "adapter_example": _lora(model, _EXAMPLE_RANK),
        "tree": tree,
    }


def module_tree(model: Any) -> dict[str, Any]:
    """Nested {name, kind, parameters, parts}; equal modules of a list are one, such as "block x 8", counted together.

    A tensor that two modules share counts where it is met first, so the parts add up to the whole.
    """
    return _node(type(model).__name__, [model], 1, set())


def _node(name: str, modules: Sequence[Any], parents: int, seen: set[int]) -> dict[str, Any]:
    own = 0
    for parameter in (parameter for module in modules for parameter in module.parameters(recurse=False)):
        own += 0 if id(parameter) in seen else parameter.numel()
        seen.add(id(parameter))
    groups: dict[str, list[Any]] = {}
    for module in modules:
        for child_name, child in _children(module):
            groups.setdefault(child_name, []).append(child)
    parts = [_node(child_name, group, len(modules), seen) for child_name, group in groups.items()]
    return {
        "name": _counted(name, len(modules), parents),
        "kind": type(modules[0]).__name__,
        "parameters": own + sum(part["parameters"] for part in parts),
        "parts": parts,
    }


def _children(module: Any) -> Iterator[tuple[str, Any]]:
    """Children by name; those of a list by the list's name, with their index where they are of several kinds."""
    for name, child in module.named_children():
        if type(child).__name__ != "ModuleList":
            yield name, child
            continue
        alike = len({type(item) for item in child}) == 1
        for index, item in enumerate(child):
            yield (name if alike else f"{name}.{index}"), item


def _counted(name: str, count: int, parents: int) -> str:
    if count == parents:
        return name
    return f"{name} x {count // parents}" if count % parents == 0 else f"{name} ({count} in {parents})"


def tree_lines(node: Mapping[str, Any], indent: str = "") -> list[str]:
    """Lines of a module tree for the terminal, parts below their module."""
    lines = [f"{indent}{node['name']}: {node['kind']}, {node['parameters']:,}"]
    for part in node["parts"]:
        lines += tree_lines(part, indent + "  ")
    return lines


def _lora(model: Any, rank: int) -> dict[str, Any] | None:
    """Parameters that LoRA of a rank adds to query and value: rank x (inputs + outputs) for each of their layers.

    LoRA (Hu et al. 2021, section 4.1). None for a model without such layers.
    """
    there = linear_names(model)
    targets = next((pair for pair in _QUERY_AND_VALUE if there.issuperset(pair)), None)
    if targets is None:
        return None
    layers = [module for name, module in model.named_modules() if name.rsplit(".", 1)[-1] in targets]
    trainable = sum(rank * (layer.in_features + layer.out_features) for layer in layers)
    return {
        "targets": list(targets),
        "r": rank,
        "trainable": trainable,
        "all": parameter_counts(model)["all"] + trainable,
    }


def _folder(ref: ModelRef) -> Path | None:
    """Where the files of a loaded model lie: its folder, or its place in the hub's cache."""
    folder = model_folder(ref)
    if folder is not None:
        return folder
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(ref.name, "config.json", revision=ref.revision)
    return Path(cached).parent if isinstance(cached, str) else None


def _stored(folder: Path | None) -> dict[str, Any] | None:
    """Bytes of the weight files and the number of weights by type, read from their headers; None where not found."""
    if folder is None:
        return None
    paths = sorted(folder.glob("*.safetensors"))
    kinds: Counter[str] = Counter()
    for path in paths:
        kinds.update(_kinds(path))
    return {"bytes": sum(path.stat().st_size for path in paths), "weights": dict(kinds.most_common())}


def _kinds(path: Path) -> Counter[str]:
    """Weights by type in a safetensors file: 8 bytes of length, then a JSON header (the format's README)."""
    with path.open("rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    kinds: Counter[str] = Counter()
    for name, entry in header.items():
        if name != "__metadata__":
            size = 1
            for length in entry["shape"]:
                size *= length
            kinds[entry["dtype"]] += size
    return kinds
