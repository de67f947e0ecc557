"""The one definition of every setting: type, default, bounds and one line of text each.

YAML files, `--set`, the JSON schema, the docs' option table and the resolved `recipe.yaml` of a run all come from here.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

FOLDER_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"  # runs and arms are folders
Share = Annotated[float, Field(ge=0, le=1)]
Tuning = Literal["none", "full", "lora", "dora", "rslora", "ia3", "prompt", "prefix"]


class Settings(BaseModel):
    """A frozen section of a recipe; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class Columns(Settings):
    """Which column of a file holds what; empty: recognised where that is safe."""

    id: str | None = Field(None, description="column of the row's id")
    dialogue: str | None = Field(None, description="column of the conversation")
    summary: str | None = Field(None, description="column of the summary")
    topic: str | None = Field(None, description="column of the topic, if any")


class Subset(Settings):
    """Which rows of a split are used; applied in this order, before rows of one dialogue are joined."""

    every: PositiveInt | None = Field(None, description="keep rows 0, k, 2k, ... of the split")
    first: PositiveInt | None = Field(None, description="keep the first n rows")
    sample: PositiveInt | None = Field(None, description="keep n rows drawn with the recipe's seed, in file order")


class Subsets(Settings):
    """Row subsets of the three splits."""

    train: Subset = Field(default_factory=Subset, description="rows of the training split")
    validation: Subset = Field(default_factory=Subset, description="rows of the validation split")
    test: Subset = Field(default_factory=Subset, description="rows of the test split")


class SplitShares(Settings):
    """How a file without splits is divided: by dialogue, never across."""

    validation: Share = Field(0.1, description="share of dialogues for validation")
    test: Share = Field(0.1, description="share of dialogues for the test")


class DataSettings(Settings):
    """Where the conversations come from."""

    source: str = Field(
        "builtin", description="'builtin', a file, a folder with train/validation/test files, or a hub id"
    )
    train: str | None = Field(
        None, description="training file; source is then left out, or null where --set takes it back"
    )
    validation: str | None = Field(None, description="validation file")
    test: str | None = Field(None, description="test file")
    columns: Columns = Field(default_factory=Columns, description="column names")
    delimiter: str = Field(",", min_length=1, max_length=1, description="separator of CSV fields")
    encoding: str = Field("utf-8", description="encoding of text files")
    subset: Subsets = Field(default_factory=Subsets, description="which rows of each split are used")
    split: SplitShares = Field(default_factory=SplitShares, description="shares for a file without splits")
    clean: bool = Field(
        False, description="remove validation and test rows whose dialogue also stands in an earlier split"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_source(cls, given: Any) -> Any:
        """`source: null` beside named files is no source; alone it stays the mistake that it is."""
        named = isinstance(given, dict) and any(given.get(split) for split in ("train", "validation", "test"))
        if named and given.get("source", "") is None:
            return {key: value for key, value in given.items() if key != "source"}
        return given


class ScratchSettings(Settings):
    """A T5 v1.1-style model made from nothing, with a tokenizer trained on the training split."""

    vocab_size: PositiveInt = Field(8064, description="pieces of the Unigram tokenizer, rounded up to a multiple of 64")
    d_model: PositiveInt = Field(256, description="width of the residual stream")
    d_kv: PositiveInt = Field(64, description="width of an attention head")
    d_ff: PositiveInt = Field(640, description="width of the gated feed-forward layer")
    num_layers: PositiveInt = Field(4, description="encoder layers")
    num_decoder_layers: PositiveInt = Field(4, description="decoder layers")
    num_heads: PositiveInt = Field(4, description="attention heads")


class ModelSettings(Settings):
    """The base model of the arms."""

    name: str = Field("starter", description="'starter', a folder, or a hub id such as google/flan-t5-small")
    revision: str | None = Field(None, description="hub revision: branch, tag or commit")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto", description="arithmetic: bf16 autocast over fp32 weights where the device is fast at it, else fp32"
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="where the arms train and predict")
    scratch: ScratchSettings | None = Field(None, description="make the base from nothing with this shape")


class PromptSettings(Settings):
    """How a conversation is put before the model; the same for training and prediction."""

    template: str = Field("conversation-summary", description="a template's name, or a text with one {dialogue}")
    turn_separator: str = Field(
        " / ", description="what stands between turns; T5 drops newlines, so '\\n' makes turns run together"
    )
    shot_separator: str = Field(" // ", description="what stands between examples of a few-shot prompt")
    max_source_tokens: PositiveInt = Field(512, description="longest prompt; the end of the dialogue is cut")
    max_target_tokens: PositiveInt = Field(128, description="longest reference in training")
    speakers: Literal["keep", "tags"] = Field(
        "keep",
        description="tags: speakers' names are read and learned as #Person1#, #Person2# and so on, and put back into "
        "what the model writes",
    )

    def recorded(self) -> dict[str, Any]:
        """Plain values to hold a run's records against; what was recorded before there were tags stays valid."""
        return self.model_dump(mode="json", exclude=None if self.speakers == "tags" else {"speakers"})


class ShotSettings(Settings):
    """Solved examples before the query; always from the training split, never a duplicate of the query."""

    count: Annotated[int, Field(ge=1, le=8)] = Field(1, description="examples before each query")
    select: Literal["random", "length", "bm25"] = Field(
        "bm25", description="draw them at random, by like length, or by BM25 nearness"
    )
    rows: tuple[NonNegativeInt, ...] = Field(
        (), description="fixed rows of the training file by index; overrides select"
    )
    max_tokens: PositiveInt = Field(
        512, description="budget of the whole prompt; shots are dropped, the query never cut"
    )


class GenerationSettings(Settings):
    """How summaries are decoded."""

    max_new_tokens: PositiveInt = Field(128, description="longest output in tokens; always explicit")
    beams: PositiveInt = Field(1, description="beams; 1 is greedy")
    no_repeat_ngram: NonNegativeInt = Field(0, description="forbid repeating n-grams of this length; 0 allows all")
    length_penalty: float = Field(1.0, description="exponent of length in beam scores; over 1 favours longer output")
    sample: bool = Field(False, description="draw from the distribution, with the arm's seed")
    temperature: PositiveFloat = Field(1.0, description="flattens (over 1) or sharpens the distribution when sampling")
    top_k: NonNegativeInt = Field(0, description="sample from the k likeliest tokens; 0: all")
    top_p: Annotated[float, Field(gt=0, le=1)] = Field(1.0, description="sample from the likeliest tokens of this mass")
    batch_tokens: PositiveInt = Field(16_384, description="padded prompt tokens of one batch")


class PredictSettings(Settings):
    """What computes the predictions. Beams with no_repeat_ngram may write other texts under ct2 (docs/speed.md)."""

    engine: Literal["transformers", "ct2"] = Field(
        "transformers", description="transformers, or CTranslate2 on the CPU (extra 'ct2'), exported behind a check"
    )
    quantization: Literal["int8", "float32"] = Field(
        "int8", description="weights under ct2: int8 is small and fast, float32 as the weights are"
    )


class Augmentation(Settings):
    """Changes to training examples, drawn anew each epoch from (seed, epoch, row)."""

    span_filling: Share = Field(0.0, description="share of examples that fill masked spans of the dialogue instead")
    span_filling_until: Share = Field(1.0, description="share of the training after which span filling ends")
    rename_speakers: Share = Field(0.0, description="share of examples whose #PersonN# tags become names")
    templates: tuple[str, ...] = Field((), description="prompt templates drawn beside the arm's own")


class TrainSettings(Settings):
    """The training loop."""

    epochs: PositiveFloat = Field(3.0, description="passes over the training rows")
    max_steps: PositiveInt | None = Field(None, description="stop after this many steps; overrides epochs")
    batch_size: PositiveInt = Field(8, description="examples of one optimiser step")
    micro_batch_tokens: PositiveInt | Literal["auto"] = Field(
        16_384,
        description="padded tokens of one forward pass; a larger batch is accumulated, token-exact. auto: what the "
        "free memory holds, so draws of dropout differ between machines",
    )
    optimizer: Literal["adamw", "adafactor"] = Field("adamw", description="optimiser")
    learning_rate: PositiveFloat = Field(1e-4, description="peak learning rate")
    schedule: Literal["linear", "constant", "cosine"] = Field("linear", description="decay after the warm-up")
    hold: Share = Field(0.0, description="share of the steps at the peak before the decay begins")
    warmup: NonNegativeFloat = Field(0.0, description="warm-up: a share of the steps under 1, else steps")
    weight_decay: NonNegativeFloat = Field(0.0, description="decoupled weight decay")
    clip: PositiveFloat | None = Field(1.0, description="largest gradient norm; null: no clipping")
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = Field(0.0, description="label smoothing")
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = Field(None, description="dropout; null: the model's own")
    attention_dropout: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        None, description="dropout on attention probabilities; null: as dropout"
    )
    gradient_checkpointing: bool | Literal["auto"] = Field(
        "auto", description="compute activations again instead of keeping them; auto: adapters of large models"
    )
    eval_every: PositiveInt | Literal["epoch", "never"] = Field("epoch", description="evaluate every n steps or epochs")
    eval_rows: PositiveInt = Field(100, description="validation dialogues generated at an evaluation")
    best_by: Literal["rouge1", "rouge2", "rougeL", "loss", "last"] = Field(
        "rouge1", description="which checkpoint is kept: the best on validation by this, or the last"
    )
    patience: PositiveInt | None = Field(None, description="stop after this many evaluations without a better one")
    save_every: PositiveInt | None = Field(None, description="checkpoint every n steps; null: about every 2 minutes")
    allow_smaller_batch: bool = Field(False, description="halve micro_batch_tokens when memory is short, and record it")
    augment: Augmentation = Field(default_factory=Augmentation, description="changes to training examples")


class AdapterSettings(Settings):
    """PEFT: which small part of the model is trained."""

    r: PositiveInt = Field(16, description="rank of LoRA, DoRA and rsLoRA")
    alpha: PositiveFloat = Field(32.0, description="scale of the LoRA update")
    dropout: Annotated[float, Field(ge=0, lt=1)] = Field(0.05, description="dropout before the adapter")
    targets: tuple[str, ...] = Field(("q", "v"), description="module names that get an adapter")
    feedforward: tuple[str, ...] = Field(("wo",), description="IA3: those of the targets that are feed-forward layers")
    virtual_tokens: PositiveInt = Field(20, description="prompt and prefix tuning: trained tokens before the input")


class Arm(Settings):
    """One way of summarising: weights x prompt x decoding. Sections left out are the recipe's own."""

    tuning: Tuning = Field("none", description="none: the weights as they come; full; or a PEFT method")
    start: str | tuple[str, ...] | None = Field(
        None,
        alias="from",
        description="start from another arm, a run's arm folder, or a list of arms: the best of them on validation",
    )
    seed: int | None = Field(None, description="the recipe's seed unless given")
    seeds: tuple[int, ...] = Field((), description="train once a seed: arms NAME@seed=N beside the arm itself")
    grid: dict[str, tuple[Any, ...]] = Field(
        default_factory=dict, description="decoding settings to try on the same weights: arms NAME@key=value"
    )
    shots: ShotSettings | None = Field(None, description="few-shot examples in the prompt")
    model: ModelSettings = Field(default_factory=ModelSettings, description="base model")
    prompt: PromptSettings = Field(default_factory=PromptSettings, description="prompt")
    generation: GenerationSettings = Field(default_factory=GenerationSettings, description="decoding")
    predict: PredictSettings = Field(default_factory=PredictSettings, description="engine")
    train: TrainSettings = Field(default_factory=TrainSettings, description="training")
    adapter: AdapterSettings = Field(default_factory=AdapterSettings, description="adapter")

    @property
    def trains(self) -> bool:
        """Whether this arm has a training of its own."""
        return self.tuning != "none"


class CompareSettings(Settings):
    """The statistics of the comparison."""

    resamples: PositiveInt = Field(10_000, description="bootstrap resamples and sign-flip permutations")
    show: tuple[str, ...] = Field((), description="ids of test rows or dialogues that the report shows first")
    varies: tuple[Literal["tuning", "prompt", "shots", "generation", "predict", "model", "train"], ...] = Field(
        ("tuning", "shots", "train"), description="what the arms are meant to differ in; any other difference is shown"
    )
    equivalence_margin: PositiveFloat = Field(
        1.0, description="arms whose difference is shown to be under so many points count as equivalent"
    )
    first_rows: PositiveInt | None = Field(
        None, description="also score the first n test rows alone, as the origin notebooks did"
    )


class Recipe(Settings):
    """An experiment: data, a base model, and the arms that are compared under one protocol."""

    name: str = Field("run", pattern=FOLDER_NAME, description="name of the run; its folder is runs/NAME")
    about: str = Field("", description="one sentence for the report")
    seed: int = Field(13, description="seed of everything random")
    data: DataSettings = Field(default_factory=DataSettings, description="conversations")
    model: ModelSettings = Field(default_factory=ModelSettings, description="base model of the arms")
    prompt: PromptSettings = Field(default_factory=PromptSettings, description="prompt of the arms")
    generation: GenerationSettings = Field(default_factory=GenerationSettings, description="decoding of the arms")
    predict: PredictSettings = Field(default_factory=PredictSettings, description="engine of the arms' predictions")
    train: TrainSettings = Field(default_factory=TrainSettings, description="training of the arms")
    adapter: AdapterSettings = Field(default_factory=AdapterSettings, description="adapter of the arms")
    arms: dict[str, Arm] = Field(min_length=1, description="the ways that are compared, by name")
    compare: CompareSettings = Field(default_factory=CompareSettings, description="statistics")
    track: Literal["none", "tensorboard", "trackio", "wandb", "mlflow"] = Field(
        "none", description="also hand the training log to this tracker; never asks for a key"
    )


SHARED_SECTIONS: Final = ("model", "prompt", "generation", "predict", "train", "adapter")

# What users of the origin notebooks and of the stock trainers type, and where that setting lives here.
OLD_NAMES: Final = {
    "evaluation_strategy": "train.eval_every",
    "eval_strategy": "train.eval_every",
    "num_train_epochs": "train.epochs",
    "num_epochs": "train.epochs",
    "per_device_train_batch_size": "train.batch_size",
    "gradient_accumulation_steps": "train.micro_batch_tokens (a batch over this budget is accumulated by itself)",
    "lr": "train.learning_rate",
    "warmup_ratio": "train.warmup",
    "warmup_steps": "train.warmup",
    "lr_scheduler_type": "train.schedule",
    "max_grad_norm": "train.clip",
    "label_smoothing_factor": "train.label_smoothing",
    "early_stopping_patience": "train.patience",
    "load_best_model_at_end": "train.best_by",
    "metric_for_best_model": "train.best_by",
    "save_steps": "train.save_every",
    "eval_steps": "train.eval_every",
    "optim": "train.optimizer",
    "num_beams": "generation.beams",
    "no_repeat_ngram_size": "generation.no_repeat_ngram",
    "do_sample": "generation.sample",
    "max_length": "generation.max_new_tokens",
    "generation_max_length": "generation.max_new_tokens",
    "max_source_length": "prompt.max_source_tokens",
    "max_target_length": "prompt.max_target_tokens",
    "source_prefix": "prompt.template",
    "text_column": "data.columns.dialogue",
    "summary_column": "data.columns.summary",
    "dataset_name": "data.source",
    "train_file": "data.train",
    "validation_file": "data.validation",
    "test_file": "data.test",
    "model_name_or_path": "model.name",
    "torch_dtype": "model.precision",
    "dtype": "model.precision",
    "fp16": "model.precision",
    "bf16": "model.precision",
    "lora_alpha": "adapter.alpha",
    "lora_dropout": "adapter.dropout",
    "target_modules": "adapter.targets",
    "report_to": "track",
}
