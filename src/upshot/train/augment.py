"""Changes to training examples, drawn from (seed, epoch, row): span filling, speaker names, varied prompts."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Final

from upshot.records import Row

TAG: Final = re.compile(r"#Person(\d+)#")
SENTINELS: Final = 20

# First names of many cultures; a dialogue gets different ones each epoch, so that the model learns to copy them.
NAMES: Final = tuple(
    """
    Aaron Abdul Ada Adam Adele Agnes Ahmed Aiko Alan Alba Alex Alice Amara Amelia Amir Ana Andrea Anika Anita Anna
    Anton Anya Arjun Arthur Astrid Ayesha Beatriz Ben Bianca Bilal Boris Bruno Camila Carla Carlos Carmen Celine
    Chen Chiara Chloe Chris Clara Claudia Dana Daniel Daria David Deepa Diana Diego Dmitri Dora Eddie Edith Elena
    Eli Elif Elisa Ella Emeka Emil Emily Emma Enzo Erik Esther Eva Fadi Farah Fatima Felix Fiona Flora Frank Freya
    Gabriel Gemma George Gina Giulia Grace Greta Hana Hannah Harry Hassan Heidi Helen Henrik Hugo Ian Ibrahim Ida
    Ines Ingrid Irene Isaac Isla Ivan Jack Jade Jamal James Jana Jane Jasmine Jean Jenny Jin Joan Joel John Jonas
    Jorge Josef Julia Jun Kai Karen Karim Kate Keiko Kenji Kim Klaus Kofi Lara Lars Laura Layla Lea Leo Lily Lin
    Linda Lisa Liu Liz Louis Lucas Lucia Luis Luke Mai Maja Malik Marco Maria Mark Marta Martin Mary Matteo Maya Mei
    Mia Michael Mike Mina Miriam Mohamed Molly Mona Monika Nadia Naomi Nasser Nick Nina Noah Noor Nora Olga Oliver
    Omar Oscar Pablo Paul Pavel Pedro Peter Petra Philip Pia Priya Rachel Rafael Rahul Raj Rania Ravi Rebecca Rita
    Robert Rosa Ruth Ryan Sadia Said Sally Sam Samira Sandra Sara Sasha Scott Selma Sergio Simon Sofia Sonia Stefan
    Steve Sunita Susan Sven Tanya Tara Tariq Thomas Tim Tina Tom Tony Uma Usha Vera Victor Vikram Wei Wendy Will
    Xavier Yara Yuki Yusuf Zara Zoe
    """.split()  # noqa: SIM905 - 240 names in quotes would fill three pages
)


def draw_for(seed: int, epoch: int, row_id: str) -> random.Random:
    """The generator of one row in one epoch: the same in every process and after every resume."""
    return random.Random(f"augment-{seed}-{epoch}-{row_id}")


def rename_speakers(row: Row, draw: random.Random) -> Row:
    """The row with each #PersonN# tag replaced, in dialogue and summary alike, by a name not yet in the dialogue.

    >>> renamed = rename_speakers(Row("r", "#Person1#: Hi\\n#Person2#: Yo", "#Person1# greets."), random.Random(1))
    >>> renamed.summary.split()[0] == renamed.dialogue.split(":")[0]
    True
    """
    words = set(re.findall(r"\w+", row.dialogue + " " + (row.summary or "")))
    tags = sorted(set(TAG.findall(row.dialogue)) | set(TAG.findall(row.summary or "")))
    free = [name for name in NAMES if name not in words]
    names = dict(zip(tags, draw.sample(free, len(tags)), strict=True))
    summary = None if row.summary is None else _replace(row.summary, names)
    return Row(row.id, _replace(row.dialogue, names), summary, row.topic, row.number, row.notes)


def _replace(text: str, names: Mapping[str, str]) -> str:
    return TAG.sub(lambda match: names[match.group(1)], text)


def mask_spans(ids: Sequence[int], sentinels: Sequence[int], draw: random.Random) -> tuple[list[int], list[int]]:
    """Source and target ids of T5's span corruption (Raffel et al. 2020, section 3.1.4): 15 % in spans of mean 3.

    Spans never touch; each is replaced by a sentinel, and the target lists sentinel and tokens of every span.
    """
    masked = max(1, round(0.15 * len(ids)))
    spans = max(1, min(round(masked / 3), len(sentinels), len(ids) - masked))
    lengths = _parts(masked, spans, draw)
    gaps = _parts(max(len(ids) - masked, spans), spans, draw)
    source: list[int] = []
    target: list[int] = []
    at = 0
    for gap, length, sentinel in zip(gaps, lengths, sentinels, strict=False):
        source += [*ids[at : at + gap], sentinel]
        target += [sentinel, *ids[at + gap : at + gap + length]]
        at += gap + length
    return source + list(ids[at:]), target


def _parts(total: int, count: int, draw: random.Random) -> list[int]:
    """`count` positive integers that add up to `total`, uniformly drawn."""
    cuts = sorted(draw.sample(range(1, total), count - 1)) if count > 1 else []
    return [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]
