/**
 * OpenMetrics 1.0 text, with the names and meanings of blackbox_exporter's HTTP prober, so that its dashboards and
 * alerts work. What was not measured has no sample: a 0 would be a lie.
 */
import type { Attempt, CheckResult, Report } from '../result.ts'
import { isHealthy } from '../verdict.ts'
import { countsOf } from './words.ts'

interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number | undefined
}

interface Family {
  readonly name: string
  readonly help: string
  readonly unit?: string
  readonly samples: readonly Sample[]
}

/** @param report without secrets */
export function openMetrics(report: Report): string {
  const families = [...probeFamilies(report), ...runFamilies(report)]
  return `${families.flatMap(lines).join('\n')}\n# EOF\n`
}

function probeFamilies(report: Report): readonly Family[] {
  const each = (value: (attempt: Attempt) => number | undefined, extra?: (attempt: Attempt) => Sample['labels']) =>
    report.checks.map((check): Sample => {
      const attempt = check.last.at(-1)
      const labels = { ...labelsOf(check), ...(attempt && extra?.(attempt)) }
      return { labels, value: attempt && value(attempt) }
    })
  const success = report.checks.map((check) => ({
    labels: labelsOf(check),
    value: Number(isHealthy(check, report.failOn)),
  }))
  const expiry = (attempt: Attempt) => attempt.tls && attempt.tls.earliest.notAfter / 1000
  return [
    { name: 'probe_success', help: 'Whether the check was healthy in its last attempt', samples: success },
    {
      name: 'probe_duration_seconds',
      help: 'How long the cold request took, redirects included',
      unit: 'seconds',
      samples: each(({ total }) => total && total / 1000),
    },
    {
      name: 'probe_dns_lookup_time_seconds',
      help: 'How long looking the name up took, summed over all redirects',
      unit: 'seconds',
      samples: each(({ phases, throughProxy }) => (throughProxy ? undefined : phases && phases.dns / 1000)),
    },
    {
      name: 'probe_http_status_code',
      help: 'Status code of the answer, 0 when there was none',
      samples: each(({ status, verdict }) => (asked(verdict) ? (status ?? 0) : undefined)),
    },
    {
      name: 'probe_http_duration_seconds',
      help: 'Duration of the cold request by phase, summed over all redirects',
      unit: 'seconds',
      samples: report.checks.flatMap(phaseSamples),
    },
    {
      name: 'probe_http_version',
      help: 'HTTP version of the answer',
      samples: each(({ httpVersion }) => numberOf(httpVersion)),
    },
    {
      name: 'probe_http_redirects',
      help: 'How many redirects were followed',
      samples: each(({ redirects }) => redirects),
    },
    {
      name: 'probe_http_uncompressed_body_length',
      help: 'Bytes of the decoded body',
      samples: each(({ bodySize }) => bodySize),
    },
    {
      name: 'probe_http_ssl',
      help: 'Whether TLS was used for the final answer',
      samples: each(({ tls, status }) => (status === undefined ? undefined : Number(tls !== undefined))),
    },
    {
      name: 'probe_ssl_earliest_cert_expiry',
      help: 'When the first certificate of the verified chain expires, in Unix time',
      samples: each(expiry),
    },
    {
      name: 'probe_ssl_last_chain_expiry_timestamp_seconds',
      help: 'When the verified chain expires, in Unix time',
      unit: 'seconds',
      samples: each(expiry),
    },
    {
      name: 'probe_tls_version_info',
      help: 'TLS version of the final answer',
      samples: each(
        ({ tls }) => tls && 1,
        ({ tls }) => (tls ? { version: tls.protocol } : {}),
      ),
    },
    {
      name: 'probe_ip_protocol',
      help: 'Which version of the Internet Protocol was used, 4 or 6',
      samples: each(({ address }) => familyOf(address)),
    },
  ]
}

function runFamilies(report: Report): readonly Family[] {
  const { passed, failed, warned } = countsOf(report)
  const warm = report.checks.flatMap(warmSamples)
  const one = (value: number): readonly Sample[] => [{ labels: {}, value }]
  const results = Object.entries({ passed, failed, warned }).map(([result, value]) => ({ labels: { result }, value }))
  return [
    {
      name: 'smoke_check_healthy',
      help: 'Whether enough rounds in a row were healthy',
      samples: one(Number(report.healthy)),
    },
    { name: 'smoke_check_rounds', help: 'Rounds that were begun', samples: one(report.rounds) },
    {
      name: 'smoke_check_duration_seconds',
      help: 'How long all rounds took',
      unit: 'seconds',
      samples: one(report.duration / 1000),
    },
    {
      name: 'smoke_check_warm_seconds',
      help: 'Times of the warm requests of a check, as median, max and, from 20 of them on, p95',
      unit: 'seconds',
      samples: warm,
    },
    { name: 'smoke_check_checks', help: 'Checks by result', samples: results },
  ]
}

/** blackbox_exporter's names for the phases. */
function phaseSamples(check: CheckResult): readonly Sample[] {
  const attempt = check.last.at(-1)
  if (attempt?.phases === undefined || attempt.status === undefined) return []
  const { dns, connect, tls, firstByte, transfer } = attempt.phases
  const through = attempt.throughProxy ? { through: 'proxy' } : {}
  return Object.entries({ resolve: dns, connect, tls, processing: firstByte, transfer }).map(([phase, value]) => {
    return { labels: { ...labelsOf(check), phase, ...through }, value: value / 1000 }
  })
}

function warmSamples(check: CheckResult): readonly Sample[] {
  const { samples: _, ...times } = check.last.at(-1)?.warm ?? { samples: 0 }
  return Object.entries(times).map(([stat, value]) => ({
    labels: { ...labelsOf(check), stat },
    value: value / 1000,
  }))
}

function labelsOf({ name, url }: CheckResult): Sample['labels'] {
  return { name, instance: url }
}

function asked(verdict: Attempt['verdict']): boolean {
  return verdict !== 'aborted' && verdict !== 'skipped'
}

function familyOf(address: string | undefined): number | undefined {
  if (address === undefined) return undefined
  return address.includes(':') ? 6 : 4
}

function numberOf(version: string | undefined): number | undefined {
  const number = Number(version)
  return version === undefined || Number.isNaN(number) ? undefined : number
}

function lines({ name, help, unit, samples }: Family): readonly string[] {
  const measured = samples.flatMap(({ labels, value }) =>
    value === undefined ? [] : [`${name}${labelSet(labels)} ${value}`],
  )
  if (measured.length === 0) return []
  const head = [
    `# TYPE ${name} gauge`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}.`,
  ]
  return [...head, ...measured]
}

function labelSet(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
