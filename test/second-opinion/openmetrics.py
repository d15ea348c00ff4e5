"""Reads OpenMetrics text from standard input with Prometheus's own client library and prints what it has read.

Fails, with the library's words, on text that is not OpenMetrics.
"""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = []
for family in text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8")):
    samples = [{"name": s.name, "labels": s.labels, "value": s.value} for s in family.samples]
    families.append({"name": family.name, "type": family.type, "unit": family.unit, "samples": samples})
if not families:
    sys.exit("No metric family was read.")
json.dump(families, sys.stdout)
