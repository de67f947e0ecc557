"""upshot's full fine-tuning against the origin notebooks' and transformers' own, on FLAN-T5-small's shape.

Every way trains a fresh model with random weights once on the same conversations, in batches of 8 with AdamW at 1e-4:

- the notebooks' way: every example padded to 512 and 128 tokens, in fp32, and with weights in bf16 (as the first of
  them loads its model; left out where the processor has no bf16, which it then emulates at a hundredth of the speed);
- dynamic padding in fp32, the third notebook's way;
- transformers' Seq2SeqTrainer with its best settings: like lengths together, bf16 autocast where the processor has it;
- upshot.

Then all rate the same other conversations: a way that is fast and learns less has won nothing. Takes five minutes.

With --profile only upshot trains, and where its time goes is printed.

python bench/train.py [--quick] [--profile]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure.goals import goal, left_out
from measure.machine import print_machine
from measure.material import Material, material

from upshot.model.device import accelerator_for, precision_of
from upshot.model.dropout import set_dropout
from upshot.model.likelihood import likelihood_batch
from upshot.model.load import load_base, load_tokenizer
from upshot.model.noise import quiet
from upshot.model.place import ModelRef
from upshot.model.tokens import encode_pairs
from upshot.prompts import prompt
from upshot.recipe import ModelSettings, PromptSettings, TrainSettings
from upshot.records import Encoded
from upshot.train.batches import Plan
from upshot.train.loop import Trainee, fit
from upshot.train.schedule import optimizer_for

BATCH = 8


@dataclass(frozen=True, slots=True)
class Job:
    """The model's folder, what is trained on, what is rated afterwards, and the lengths that the notebooks pad to."""

    folder: Path
    train: Sequence[Encoded]
    held_out: Sequence[Encoded]
    source: int
    target: int


def main() -> None:
    """Print examples a second and the loss afterwards of each way, and the ratios."""
    quick = "--quick" in sys.argv
    print_machine("torch", "transformers", "accelerate")
    with tempfile.TemporaryDirectory() as folder:
        stuff = material(Path(folder), 24 if quick else 96, quick=quick)
        print(f"{stuff.words}; batches of {BATCH}")
        job = job_of(stuff, quick=quick)
        if "--profile" in sys.argv:
            profiled(job)
            return
        # upshot comes last: what it tells the allocator holds for the whole process and would help the others.
        fp32 = shown(f"notebooks' way, padded to {job.source}/{job.target}, fp32", notebook, job, "float32")
        others = [fp32, shown("dynamic padding, fp32", dynamic, job, "float32")]
        if has_bf16():
            others.append(shown("notebooks' way with bf16 weights", notebook, job, "bfloat16"))
            others.append(shown("dynamic padding with bf16 weights", dynamic, job, "bfloat16"))
        else:
            print("bf16 weights: left out, this processor has no bf16 and emulates it")
        trainer = shown("Seq2SeqTrainer, its best settings", seq2seq_trainer, job, "")
        ours = shown("upshot", upshot, job, "")
    print(f"ratio {ours / fp32:.1f} (upshot / notebooks' way in fp32)")
    print(f"ratio {ours / max(others):.1f} (upshot / the best of the notebooks' variants)")
    print(f"ratio {ours / trainer:.2f} (upshot / Seq2SeqTrainer)")
    if not quick:
        goal("full fine-tuning, small: against the notebooks' padded fp32", ours / fp32, at_least=8)
        goal("full fine-tuning, small: against the best of its variants", ours / max(others), at_least=3)
        goal("full fine-tuning, small: against Seq2SeqTrainer's best", ours / trainer, at_least=1)
    if not has_bf16():
        left_out("the notebooks' variants with bf16 weights", "no bf16 in this processor")


def profiled(job: Job) -> None:
    """Print the operations that take most of upshot's epoch, by the time they take themselves."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU]) as found:
        upshot(job, "")
    print(found.key_averages().table(sort_by="self_cpu_time_total", row_limit=16))


def has_bf16() -> bool:
    """Whether upshot trains in bf16 here."""
    return precision_of(accelerator_for(ModelSettings(device="cpu"))) == "bf16"


def job_of(stuff: Material, *, quick: bool) -> Job:
    """Two thirds of the conversations to train on, a third to rate; cut to the limits."""
    source, target = (64, 24) if quick else (512, 128)
    settings = PromptSettings(max_source_tokens=source, max_target_tokens=target)
    prompts = [prompt(row.id, row.dialogue, settings) for row in stuff.rows]
    tokenizer = load_tokenizer(ModelRef(str(stuff.folder)))
    found = encode_pairs(prompts, [row.summary or "" for row in stuff.rows], tokenizer, limits=(source, target))
    return Job(stuff.folder, found[: 2 * len(found) // 3], found[2 * len(found) // 3 :], source, target)


def shown(what: str, way: Callable[[Job, str], tuple[float, Any]], job: Job, precision: str) -> float:
    """Examples a second of a way, printed with the held-out loss of what it trained."""
    rate, model = way(job, precision)
    tokenizer = load_tokenizer(ModelRef(str(job.folder)))
    model = model.float().eval()
    losses = [-value for item in job.held_out for value in likelihood_batch(model, tokenizer, [item])]
    print(f"{what}: {rate:.2f} examples/s, held-out loss {sum(losses) / len(losses):.2f}", flush=True)
    return rate


def notebook(job: Job, precision: str) -> tuple[float, Any]:
    """Every example padded to the limits, padding counted in the loss as in the notebooks."""
    return by_hand(job, precision, lambda _batch: (job.source, job.target, 0))


def dynamic(job: Job, precision: str) -> tuple[float, Any]:
    """Every batch padded to its longest, padding left out of the loss, rows in the file's order."""
    return by_hand(
        job,
        precision,
        lambda batch: (max(len(x.input_ids) for x in batch), max(len(x.labels) for x in batch), -100),
    )


def by_hand(job: Job, precision: str, widths: Callable[[Sequence[Encoded]], tuple[int, int, int]]) -> tuple[float, Any]:
    """A plain loop over batches of 8, after one step on a batch of its own to warm up."""
    import torch
    from transformers import AutoModelForSeq2SeqLM

    def loaded() -> tuple[Any, Any]:
        with quiet():
            model = AutoModelForSeq2SeqLM.from_pretrained(str(job.folder), dtype=getattr(torch, precision)).train()
        return model, torch.optim.AdamW(model.parameters(), lr=1e-4)

    def step(model: Any, optimizer: Any, batch: Sequence[Encoded]) -> None:
        source, target, blank = widths(batch)
        ids = torch.tensor([[*item.input_ids, *[0] * (source - len(item.input_ids))] for item in batch])
        labels = torch.tensor([[*item.labels, *[blank] * (target - len(item.labels))] for item in batch])
        optimizer.zero_grad()
        # The notebooks hand over a mask only with dynamic padding's collator.
        mask = (ids != 0).long() if blank else None
        model(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    torch.manual_seed(13)
    step(*loaded(), job.held_out[:BATCH])
    model, optimizer = loaded()
    began = time.perf_counter()
    for at in range(0, len(job.train), BATCH):
        step(model, optimizer, job.train[at : at + BATCH])
    return len(job.train) / (time.perf_counter() - began), model


def seq2seq_trainer(job: Job, _precision: str) -> tuple[float, Any]:
    """transformers' own trainer: like lengths together, dynamic padding, its fused optimiser, bf16 where it helps."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, DataCollatorForSeq2Seq, Seq2SeqTrainer, Seq2SeqTrainingArguments

    tokenizer = load_tokenizer(ModelRef(str(job.folder)))

    def trained(examples: Sequence[Encoded], folder: str) -> tuple[float, Any]:
        with quiet():
            model = AutoModelForSeq2SeqLM.from_pretrained(str(job.folder), dtype=torch.float32)
        arguments = Seq2SeqTrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=BATCH,
            num_train_epochs=1,
            learning_rate=1e-4,
            lr_scheduler_type="constant",
            train_sampling_strategy="group_by_length",
            bf16=has_bf16(),
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            dataloader_pin_memory=False,
        )
        rows = [{"input_ids": list(item.input_ids), "labels": list(item.labels)} for item in examples]
        collator = DataCollatorForSeq2Seq(tokenizer, model=model)
        trainer = Seq2SeqTrainer(model, arguments, train_dataset=rows, data_collator=collator)
        trainer.log = lambda *_, **__: None
        began = time.perf_counter()
        trainer.train()
        return len(examples) / (time.perf_counter() - began), model

    with tempfile.TemporaryDirectory() as folder, quiet():
        trained(job.held_out[:BATCH], folder)
        return trained(job.train, folder)


def upshot(job: Job, _precision: str) -> tuple[float, Any]:
    """One epoch of upshot's loop, after one step of another model to warm up."""
    accelerator = accelerator_for(ModelSettings(device="cpu"))
    settings = TrainSettings(batch_size=BATCH, schedule="constant")

    def trained(examples: Sequence[Encoded]) -> tuple[float, Any]:
        model, tokenizer = load_base(ModelRef(str(job.folder)))
        set_dropout(model, settings.dropout, settings.attention_dropout)
        optimizer = optimizer_for(model.named_parameters(), settings)
        budget = settings.micro_batch_tokens
        trainee = Trainee(model, optimizer, accelerator, settings, tokenizer.pad_token_id, budget)
        steps = -(-len(examples) // BATCH)
        plan = Plan(lambda _epoch: examples, len(examples), BATCH, total_steps=steps, seed=13)
        began = time.perf_counter()
        for _ in fit(trainee, plan, start=0):
            pass
        return len(examples) / (time.perf_counter() - began), model

    trained(job.held_out[:BATCH])
    return trained(job.train)


if __name__ == "__main__":
    main()
