"""Which parameters are trained: all of them, or an adapter by name, attached in one call."""

from __future__ import annotations

from typing import Any, Final

from upshot.errors import UsageError
from upshot.model.noise import quiet
from upshot.recipe import AdapterSettings

MERGEABLE: Final = ("lora", "dora", "rslora", "ia3")


def prepare_tuning(model: Any, tuning: str, settings: AdapterSettings, *, seed: int = 0) -> Any:
    """The model ready to be tuned: frozen (`none`), all parameters trained (`full`), or wrapped with an adapter.

    `seed` draws the adapter's first values, so that a training begun anew is the same training.

    Raises:
        UsageError: an adapter's targets do not exist in this model.
    """
    if tuning == "none":
        return model.requires_grad_(False)
    if tuning == "full":
        return model.requires_grad_(True)
    import torch

    torch.manual_seed(seed)
    return attach_adapter(model, tuning, settings)


def attach_adapter(model: Any, tuning: str, settings: AdapterSettings) -> Any:
    """A PEFT model around `model`, its base frozen."""
    from peft import get_peft_model

    missing = [target for target in settings.targets if not _has_module(model, target)]
    if missing and tuning in MERGEABLE:
        raise UsageError(
            f"adapter.targets: this model has no module {', '.join(missing)}; its linear modules are "
            f"{', '.join(sorted(linear_names(model)))}"
        )
    with quiet():
        return get_peft_model(model, _config(tuning, settings))


def _config(tuning: str, settings: AdapterSettings) -> Any:
    """The PEFT configuration; targets are always explicit, since PEFT's defaults differ between methods."""
    import peft

    task = peft.TaskType.SEQ_2_SEQ_LM
    if tuning == "ia3":
        feedforward = [name for name in settings.feedforward if name in settings.targets]
        return peft.IA3Config(task_type=task, target_modules=list(settings.targets), feedforward_modules=feedforward)
    if tuning == "prompt":
        # PEFT would double the tokens for a decoder that never sees them.
        return peft.PromptTuningConfig(
            task_type=task, num_virtual_tokens=settings.virtual_tokens, num_transformer_submodules=1
        )
    if tuning == "prefix":
        return peft.PrefixTuningConfig(task_type=task, num_virtual_tokens=settings.virtual_tokens)
    return peft.LoraConfig(
        task_type=task,
        r=settings.r,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets),
        use_dora=tuning == "dora",
        use_rslora=tuning == "rslora",
        bias="none",
    )


def parameter_counts(model: Any) -> dict[str, int]:
    """Trainable and all parameters, each tensor counted once, as the origin notebooks print them."""
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return {"trainable": sum(size for size, trained in sizes if trained), "all": sum(size for size, _ in sizes)}


def trained_parameters(model: Any) -> list[tuple[str, Any]]:
    """Names and tensors of what is trained, each tensor once, in the model's order."""
    return [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]


def linear_names(model: Any) -> set[str]:
    """Last names of the model's linear modules, such as q, v, wo."""
    import torch

    return {name.rsplit(".", 1)[-1] for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)}


def _has_module(model: Any, target: str) -> bool:
    return any(name == target or name.endswith(f".{target}") for name, _ in model.named_modules())


def acts(model: Any, source_ids: Any) -> bool:
    """Whether an adapter changes the output: its logits for a prompt differ from those with the adapter off."""
    import torch

    ids = torch.tensor([list(source_ids)])  # (1, source)
    start = torch.tensor([[model.config.decoder_start_token_id]])  # (1, 1)
    with torch.inference_mode():
        adapted = model(input_ids=ids, attention_mask=torch.ones_like(ids), decoder_input_ids=start).logits[:, -1]
        with model.disable_adapter():
            plain = model(input_ids=ids, attention_mask=torch.ones_like(ids), decoder_input_ids=start).logits[:, -1]
    return bool((adapted != plain).any())
