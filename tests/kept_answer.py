"""An answer with every field, for tests that keep one."""

from upshot.answers.answer import Answer, Confidence, GeneratedBy, Privacy, Source


def answer_of(summary: str) -> Answer:
    """An answer that says `summary`."""
    return Answer(
        id="call",
        summary=summary,
        sentences=(),
        confidence=Confidence(logprob=-0.5, percentile=40.0, band="medium", agreement=None),
        flags=(),
        left_out=(),
        turns_not_covered=(),
        source=Source(
            sha256="0" * 64,
            turns=2,
            speakers=("Ann", "Bo"),
            prompt_tokens=30,
            truncated=False,
            parts=(),
            consent="both agreed on 3 May",
        ),
        privacy=Privacy(masked={}, sensitive=(), withheld=False),
        abstained=False,
        notes=(),
        generated_by=GeneratedBy(
            tool="upshot 1", arm="full", weights_sha256="0" * 64, prompt="plain", decoding={}, engine="fake"
        ),
        milliseconds=3.0,
    )
