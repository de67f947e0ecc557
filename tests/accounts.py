"""An answer about a short call, put together without a model."""

from upshot.answers.about import About
from upshot.answers.account import Written, account_of
from upshot.answers.answer import Answer, GeneratedBy, Options, Part
from upshot.answers.certainty import NOTHING, Detail
from upshot.answers.reading import reading_of
from upshot.data.conversation import Conversation, Said
from upshot.records import Prediction

TALK = Conversation(
    "call",
    (
        Said("Maya", "Good morning. My car makes a noise since Monday."),
        Said("Ben", "I can look at the car on Friday at nine. It costs 80 euros."),
        Said("Maya", "Thanks, I will write to maya@shop.example."),
    ),
    ("line 4 was not read",),
    "recorded with consent",
)
SAID = "Maya's car makes a noise. Ben looks at the car on Friday. Peter pays 90 euros."
ABOUT = About("books", 21, False, (-2.0, -1.5, -1.0), "three summaries")
BY = GeneratedBy(tool="upshot", arm="full", weights_sha256="abc", prompt="{dialogue}", decoding={}, engine="fake")


def account(
    said: str = SAID,
    *,
    logprob: float = -1.25,
    about: About = ABOUT,
    parts: tuple[str, ...] = (SAID,),
    detail: Detail = NOTHING,
    tags: bool = False,
    **options: object,
) -> Answer:
    """The answer where the model wrote `said`, from the summaries of parts."""
    asked = Options.model_validate(options)
    made = Prediction("0", said, 20, False, logprob, 60, False)
    read = tuple(Part(first=0, last=2, tokens=60, summary=summary) for summary in parts)
    written = Written(made, 60, read, ("split",), milliseconds=5.0, detail=detail)
    reading = reading_of(TALK, tags=tags, masked=asked.mask)
    return account_of(TALK, reading, written, options=asked, about=about, by=BY)
