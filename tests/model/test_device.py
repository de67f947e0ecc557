"""Device and arithmetic."""

import platform
import sys
from pathlib import Path

import pytest
import torch

from upshot.errors import UsageError
from upshot.model import cores
from upshot.model import device as room
from upshot.model.cores import usable_cores
from upshot.model.device import (
    accelerator_for,
    chosen_device,
    chosen_precision,
    hand_back_freed_memory,
    keep_freed_memory,
    precision_of,
)
from upshot.recipe import ModelSettings


def test_fp16_is_refused_for_t5_overflows_in_it() -> None:
    for device in ("cpu", "cuda", "mps"):
        with pytest.raises(UsageError, match="T5 overflows in fp16; use bf16 or fp32") as refused:
            chosen_precision("fp16", device)
        assert refused.value.exit_code == 2
    with pytest.raises(UsageError, match="fp16"):
        accelerator_for(ModelSettings(precision="fp16", device="cpu"))


def test_a_device_that_is_not_there_is_refused() -> None:
    assert chosen_device("cpu") == "cpu"
    assert chosen_device("auto") in ("cuda", "mps", "cpu")
    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match=r"model\.device is 'cuda', but this machine has none"):
            chosen_device("cuda")


def test_auto_takes_bf16_where_the_device_has_it_in_hardware() -> None:
    features = torch.cpu.get_capabilities()
    fast = bool(features.get("amx_bf16") or features.get("avx512_bf16"))
    assert chosen_precision("auto", "cpu") == ("bf16" if fast else "fp32")
    assert chosen_precision("auto", "mps") == "fp32"
    assert chosen_precision("fp32", "cpu") == "fp32"


def test_two_arms_of_one_process_may_have_different_arithmetic() -> None:
    for precision in ("fp32", "bf16", "fp32"):
        accelerator = accelerator_for(ModelSettings(precision=precision, device="cpu"))
        assert precision_of(accelerator) == precision
        with accelerator.autocast():
            made = torch.ones(2, 2) @ torch.ones(2, 2)
        assert made.dtype == (torch.bfloat16 if precision == "bf16" else torch.float32)


def test_keeping_freed_memory_works_or_does_nothing_on_every_system() -> None:
    keep_freed_memory()
    assert torch.ones(1_000_000).sum() == 1_000_000


@pytest.mark.skipif(sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="speaks of glibc's malloc")
def test_freed_memory_is_kept_until_it_is_handed_back() -> None:
    keep_freed_memory()
    held = torch.ones(100_000_000)  # 400 MB
    full = resident_bytes()
    del held
    assert full - resident_bytes() < 100e6
    hand_back_freed_memory()
    assert full - resident_bytes() > 300e6


def resident_bytes() -> float:
    """Memory of this process that stands in physical pages."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return float(line.split()[1]) * 1024


def test_threads_are_no_more_than_the_cores_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    try:
        monkeypatch.setattr(cores, "_cpu_quota", lambda: 0.5)
        assert usable_cores() == 1
        torch.set_num_threads(2)
        accelerator_for(ModelSettings(device="cpu"))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({"memory.max": "1000\n", "memory.current": "400\n"}, 600),
        ({"memory.max": "1000\n", "memory.current": "1400\n"}, 0),
        ({"memory.max": "max\n", "memory.current": "400\n"}, sys.maxsize),
        ({}, sys.maxsize),
    ],
)
def test_a_containers_limit_bounds_the_free_memory(files: dict[str, str], left: int, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="ascii")
    assert room._group_bytes(tmp_path) == left
