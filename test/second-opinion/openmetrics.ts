/**
 * Has the metrics report read by Prometheus's own parser, besides the strict one of the tests, and compares the two.
 * Usage: node test/second-opinion/openmetrics.ts --python PYTHON, one that has the package prometheus-client.
 */
import { deepStrictEqual } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { openMetrics } from '../../actions/smoke-check/report/openmetrics.ts'
import type { Report } from '../../actions/smoke-check/result.ts'
import { METRICS_REPORTS } from '../smoke-check/report/reports.ts'
import { type MetricFamily, readOpenMetrics } from '../support/openmetrics.ts'

const Families = v.array(
  v.object({
    name: v.string(),
    type: v.string(),
    unit: v.string(),
    samples: v.array(v.object({ labels: v.record(v.string(), v.string()), value: v.number() })),
  }),
)

const { python } = parseArgs({ options: { python: { type: 'string', default: 'python3' } } }).values
const reports: readonly (readonly [string, Report])[] = Object.entries(METRICS_REPORTS)
for (const [name, report] of reports) {
  const text = openMetrics(report)
  const own = readOpenMetrics(text).map(({ help: _, unit = '', ...family }) => ({ ...family, unit }))
  deepStrictEqual(sorted(readWithPrometheus(text)), sorted(own), name)
  console.log(`prometheus_client reads "${name}": ${own.length} families.`)
}
if (reports.length === 0) throw new Error('There was no report to read.')

function readWithPrometheus(text: string): v.InferOutput<typeof Families> {
  const script = join(import.meta.dirname, 'openmetrics.py')
  return v.parse(Families, JSON.parse(execFileSync(python, [script], { input: text, encoding: 'utf8' })))
}

/** The order of families means nothing. */
function sorted(families: readonly Omit<MetricFamily, 'help'>[]) {
  return families
    .map(({ name, type, unit, samples }) => {
      return { name, type, unit, samples: samples.map(({ labels, value }) => ({ labels: { ...labels }, value })) }
    })
    .sort((one, other) => one.name.localeCompare(other.name))
}
