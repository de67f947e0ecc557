"""Counters add up."""

from prometheus_client.parser import text_string_to_metric_families

from upshot.serve.counts import Counts


def test_what_was_accepted_has_ended_or_is_in_flight() -> None:
    counts = Counts(lambda: 3, lambda: True)
    counts.accepted = 10
    counts.outcomes.update(ok=4, failed=1, cancelled=2)
    counts.refused.update(["full", "full", "host"])
    counts.seconds.observe(0.2)
    assert counts.in_flight == 3
    families = text_string_to_metric_families(counts.text().decode())
    found = {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}
    assert found[("upshot_accepted_total",)] == 10
    assert found[("upshot_ended_total", "timed_out")] == 0
    assert found[("upshot_refused_total", "full")] == 2
    assert found[("upshot_waiting",)] == 3
    assert found[("upshot_seconds_count",)] == 1
