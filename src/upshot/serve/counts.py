"""What the server counts: every accepted conversation ends exactly once, and refusals by their code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

Outcome = Literal["ok", "failed", "cancelled", "timed_out"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("ok", "failed", "cancelled", "timed_out")
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Counts:
    """Numbers since the start; accepted = ok + failed + cancelled + timed out + in flight, at every moment."""

    def __init__(self, waiting: Callable[[], int], ready: Callable[[], bool]) -> None:
        self.accepted = 0
        self.outcomes: Counter[Outcome] = Counter()
        self.refused: Counter[str] = Counter()
        self._waiting, self._ready = waiting, ready
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self.seconds = Histogram(
            "upshot_seconds", "Seconds from acceptance to the answer.", buckets=_BUCKETS, registry=self._registry
        )

    @property
    def in_flight(self) -> int:
        """Conversations that were accepted and have not ended."""
        return self.accepted - self.outcomes.total()

    def text(self) -> bytes:
        """The form that Prometheus reads."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Metric families, as prometheus_client asks for them; no label ever holds what a client sent."""
        yield CounterMetricFamily("upshot_accepted", "Conversations accepted.", value=self.accepted)
        ended = CounterMetricFamily("upshot_ended", "Accepted conversations by how they ended.", labels=["outcome"])
        for outcome in OUTCOMES:
            ended.add_metric([outcome], self.outcomes[outcome])
        yield ended
        refused = CounterMetricFamily("upshot_refused", "Requests refused, by code.", labels=["code"])
        for code, number in sorted(self.refused.items()):
            refused.add_metric([code], number)
        yield refused
        yield GaugeMetricFamily("upshot_in_flight", "Accepted conversations that have not ended.", self.in_flight)
        yield GaugeMetricFamily("upshot_waiting", "Conversations that wait for the model.", self._waiting())
        yield GaugeMetricFamily("upshot_ready", "1 where the model answers.", int(self._ready()))
