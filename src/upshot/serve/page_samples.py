"""Three short conversations of our own, to try the page with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sample:
    """A conversation with the words of its link."""

    title: str
    text: str


_CLINIC: Final = """\
Dr Okafor: Good morning, Mrs Lind. How has the new blood pressure tablet been?
Mrs Lind: Better, mostly. I take it at breakfast, but my ankles are swollen by the evening.
Dr Okafor: That can come from amlodipine. You are on 10 mg, is that right?
Mrs Lind: Yes, 10 mg since June.
Dr Okafor: Let us go down to 5 mg and see whether the swelling settles. Any dizziness?
Mrs Lind: Once, last Tuesday, when I stood up quickly. I did not fall.
Dr Okafor: Please sit on the edge of the bed for a moment first. What does the machine at home say?
Mrs Lind: Around 138 over 85 in the mornings.
Dr Okafor: Good. Write it down twice a day, and come back on 14 October. I will also order a blood test.
Mrs Lind: Do I need to fast for the test?
Dr Okafor: No. And if the swelling is only in one leg, or it hurts, ring us the same day.
Mrs Lind: I will. Thank you, doctor."""

_SUPPORT: Final = """\
Agent: Harbour Home support, this is Priya. How can I help?
Customer: Hi. My dishwasher came on Monday and the door does not close.
Agent: I am sorry about that. Could you give me the order number?
Customer: It is 48213. I paid 649 euros with delivery.
Agent: Thank you, I have it here. Is there any damage you can see on the hinge?
Customer: The left hinge is bent. I sent two photos this morning.
Agent: I see them. We can send a technician on Thursday between 9 and 12, or exchange the machine next week.
Customer: Thursday is fine, but if it cannot be mended I want a new one.
Agent: Understood, I will note that. You also get 30 euros back for the trouble.
Customer: When will I see the money?
Agent: Within five working days, on the card you paid with.
Customer: All right. Thank you, Priya."""

_STANDUP: Final = """\
Tomas: Morning. I finished the export yesterday, and it is in review.
Aisha: I will review it before lunch. The import still fails on files over 20 MB.
Jun: Is that the time-out we saw in March?
Aisha: No, it runs out of memory. I would like to read the file in pieces, two days of work.
Tomas: The customer wants the import by Friday. Can we ship it with a limit of 20 MB?
Jun: I can live with that, if the message says so clearly.
Aisha: Then I will add the message today and do the pieces next week.
Jun: I am blocked on the test server. The certificate ran out.
Tomas: I will renew it right after this. Anything else?
Jun: The demo for the board is on the 9th. We should rehearse on the 8th.
Aisha: Fine with me, at ten."""

SAMPLES: Final = {
    "clinic": Sample("Clinic visit", _CLINIC),
    "support": Sample("Support call", _SUPPORT),
    "standup": Sample("Stand-up", _STANDUP),
}
