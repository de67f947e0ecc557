"""What doctor asks of the tensor libraries, asked of the real ones."""

import torch

from upshot.model.health import keeps_own_head, torch_build


def test_a_t5_with_its_own_head_comes_back_from_disk_with_it() -> None:
    assert keeps_own_head()


def test_the_check_of_the_head_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    keeps_own_head()
    assert torch.equal(torch.rand(3), wanted)


def test_the_build_says_what_auto_chooses() -> None:
    build = torch_build()
    assert build.version == torch.__version__
    assert build.device in ("cpu", "cuda", "mps")
    assert build.precision in ("fp32", "bf16")
    assert build.threads == torch.get_num_threads()
