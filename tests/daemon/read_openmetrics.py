"""Reads an OpenMetrics page with the parser of the Prometheus client and counts what is in it."""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8", newline="") as page:
    families = list(text_string_to_metric_families(page.read()))
samples = [sample for family in families for sample in family.samples]
print("samples", len(samples))
print("exemplars", sum(sample.exemplar is not None for sample in samples))
