/** What a dry run shows: every check with its variables filled in, and nothing is asked. */
import type { Outputs, Runner } from '../../src/action.ts'
import { formatDuration } from '../../src/duration.ts'
import { code, escapeMarkdown, table } from '../../src/summary.ts'
import type { Check, CheckSet, PresetUse } from './check.ts'
import { displayTemplate } from './display.ts'
import type { Inputs } from './inputs.ts'
import { describe } from './judge/condition.ts'
import { show } from './judge/show.ts'
import { describeSource } from './judge/source.ts'
import { describeStatuses } from './judge/status.ts'
import { clip, count, list, oneLine } from './text.ts'

interface PlanPorts {
  readonly runner: Runner
  readonly redact: (text: string) => string
}

const MOST_ROWS = 100
const LONGEST = 500

export function explainPlan(set: CheckSet, inputs: Inputs, { runner, redact }: PlanPorts): Outputs {
  const { checks } = set
  const safe = (text: string) => oneLine(clip(redact(text), LONGEST))
  const sentence = safe(paceOf(checks.length, inputs))
  runner.log.info(`Dry run: nothing is asked. ${sentence}`)
  const planned = new Plan(set, redact)
  const rows = checks.map((check) => {
    const request = `${check.method} ${displayTemplate(check.url, new Set(set.queryLiterals))}`
    return [clip(check.name, LONGEST), safe(request), safe(planned.of(check).join('; ')), check.origin]
  })
  for (const [name, request, wanted, origin] of rows) {
    runner.log.info(`${oneLine(name ?? '')}: ${request} (${origin})\n  ${wanted}`)
  }
  const shown = rows.slice(0, MOST_ROWS).map(([name = '', request = '', wanted = '', origin = '']) => {
    return [escapeMarkdown(name), code(request), escapeMarkdown(wanted), escapeMarkdown(origin)]
  })
  const rest = rows.length > shown.length ? [`And ${count(rows.length - shown.length, 'more check')}.`] : []
  const parts = [
    '### Smoke check: dry run',
    escapeMarkdown(sentence),
    table(['Check', 'Request', 'Plan', 'From'], shown),
  ]
  runner.summarize([...parts, ...rest].join('\n\n'))
  return {}
}

function paceOf(amount: number, { successes, interval, deadline, concurrency, expectVersion }: Inputs): string {
  const rounds = successes === 1 ? '1 healthy round' : `${successes} healthy rounds in a row`
  const version = expectVersion === undefined ? '' : ` that serve version ${expectVersion}`
  const pace = `a round every ${formatDuration(interval)}, at most ${concurrency} at once`
  return `${count(amount, 'check')}${version}: ${rounds} within ${formatDuration(deadline)}, ${pace}.`
}

class Plan {
  readonly #context: { readonly captures: ReadonlyMap<string, string>; readonly redact: (text: string) => string }
  readonly #hasSessions: boolean

  constructor({ checks }: CheckSet, redact: (text: string) => string) {
    const names = checks.flatMap(({ capture }) => capture.map(([name]) => name))
    this.#context = { captures: new Map(names.map((name) => [name, `\${${name}}`])), redact }
    this.#hasSessions = new Set(checks.map(({ session }) => session)).size > 1
  }

  /** What is wanted of the answer first, then how it is asked. */
  of(check: Check): readonly string[] {
    return [...this.#wants(check), ...this.#asks(check)]
  }

  #wants(check: Check): readonly string[] {
    const { latency, tls, version, body, maxBodySize } = check
    const must = (condition: Parameters<typeof describe>[0]) => `must ${describe(condition, this.#context)}`
    return [
      `status ${describeStatuses(check.status)}`,
      ...(version === undefined ? [] : [`the version at ${describeSource(version)}`]),
      ...check.json.map(([path, condition]) => `json ${path} ${must(condition)}`),
      ...check.headers.map(([name, condition]) => `header ${name} ${must(condition)}`),
      ...check.cookies.map(([name, condition]) => `cookie ${name} ${must(condition)}`),
      ...(body === undefined ? [] : [`body ${must(body)}`]),
      ...(maxBodySize === undefined ? [] : [`body of at most ${count(maxBodySize, 'byte')}`]),
      ...(latency === undefined ? [] : [latency.samples > 1 ? `latency of ${latency.samples} samples` : 'latency']),
      ...(tls === undefined ? [] : [`a certificate for ${formatDuration(tls.expiresIn)} more`]),
      ...check.presets.map(presetOf),
      ...check.cors.map(({ origin, allowed }) => `cors ${allowed ? 'for' : 'not for'} ${origin}`),
      ...check.capture.map(([name, source]) => `captures ${name} from ${describeSource(source)}`),
      ...(check.severity === 'warn' ? ['only warns'] : []),
    ]
  }

  #asks({ requestHeaders, auth, requestBody, redirects, session, resolve, needs }: Check): readonly string[] {
    const sent = [...requestHeaders.map(([name]) => name), ...(auth === undefined ? [] : ['basic authentication'])]
    const [kind] = Object.keys(requestBody ?? {})
    const followed = typeof redirects === 'number' ? `at most ${redirects}` : redirects
    return [
      ...(sent.length === 0 ? [] : [`sends ${list(sent)}`]),
      ...(kind === undefined ? [] : [`a body (${kind})`]),
      ...(redirects === 'same-host' ? [] : [`redirects ${followed}`]),
      ...(this.#hasSessions ? [`session ${session}`] : []),
      ...[...resolve].map(([host, address]) => `${host} at ${address}`),
      ...(needs.length === 0 ? [] : [`after ${needs.join(', ')}`]),
    ]
  }
}

function presetOf({ name, options }: PresetUse): string {
  return Object.keys(options).length === 0 ? name : `${name} ${show(options)}`
}
