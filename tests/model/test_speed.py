"""The measurement before a run: quick, and of the size that machines have."""

import time

import torch

from upshot.model.speed import SECONDS, machine_speed


def test_a_machine_multiplies_some_billions_a_second_and_is_measured_for_a_moment() -> None:
    began = time.process_time()
    speed = machine_speed("cpu", "fp32")
    assert 10**7 < speed < 10**16
    assert time.process_time() - began < 100 * SECONDS
    assert machine_speed("cpu", "bf16") > 10**6


def test_the_number_of_threads_is_as_it_was() -> None:
    before = torch.get_num_threads()
    machine_speed("cpu", "fp32")
    assert torch.get_num_threads() == before
