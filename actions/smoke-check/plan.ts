/** What a dry run shows: every check with its variables filled in, and nothing is asked. */
import type { Outputs, Runner } from '../../src/action.ts'
import { formatDuration } from '../../src/duration.ts'
import { code, escapeMarkdown, table } from '../../src/summary.ts'
import type { Check, StatusMatch, Template } from './check.ts'
import { displayUrl } from './http/display-url.ts'
import type { Inputs } from './inputs.ts'
import { clip } from './report/safe.ts'
import { oneLine } from './report/terminal.ts'
import { plural } from './report/words.ts'

interface PlanPorts {
  readonly runner: Runner
  readonly redact: (text: string) => string
}

export function explainPlan(checks: readonly Check[], inputs: Inputs, { runner, redact }: PlanPorts): Outputs {
  const safe = (text: string) => clip(redact(text), 300)
  const sentence = safe(paceOf(checks.length, inputs))
  runner.log.info(`Dry run: nothing is asked. ${sentence}`)
  const rows = checks.map((check) => {
    const request = `${check.method} ${displayTemplate(check.url)}`
    return [check.name, request, wants(check).join('; '), check.origin].map((cell) => oneLine(safe(cell)))
  })
  for (const [name, request, wanted, origin] of rows) runner.log.info(`${name}: ${request} (${origin})\n  ${wanted}`)
  const shown = rows.slice(0, 100).map(([name = '', request = '', wanted = '', origin = '']) => {
    return [escapeMarkdown(name), code(request), escapeMarkdown(wanted), escapeMarkdown(origin)]
  })
  const rest = rows.length > shown.length ? [`And ${plural(rows.length - shown.length, 'more check')}.`] : []
  const parts = [
    '### Smoke check: dry run',
    escapeMarkdown(sentence),
    table(['Check', 'Request', 'Wanted', 'From'], shown),
  ]
  runner.summarize([...parts, ...rest].join('\n\n'))
  return {}
}

/** A capture that is still open shows its name; every query value is hidden. */
export function displayTemplate(template: Template): string {
  return displayUrl(template.map((part) => (typeof part === 'string' ? part : `\${${part.capture}}`)).join(''))
}

function paceOf(count: number, { successes, interval, deadline, concurrency, expectVersion }: Inputs): string {
  const rounds = successes === 1 ? '1 healthy round' : `${successes} healthy rounds in a row`
  const version = expectVersion === undefined ? '' : ` that serve version ${expectVersion}`
  const pace = `a round every ${formatDuration(interval)}, at most ${concurrency} at once`
  return `${plural(count, 'check')}${version}: ${rounds} within ${formatDuration(deadline)}, ${pace}.`
}

function wants(check: Check): readonly string[] {
  const { latency, tls } = check
  return [
    `status ${check.status.map(statusText).join(' or ')}`,
    ...(check.version === undefined ? [] : ['the expected version']),
    ...check.json.map(([path]) => `json ${path}`),
    ...check.headers.map(([name]) => `header ${name}`),
    ...check.cookies.map(([name]) => `cookie ${name}`),
    ...(check.body === undefined && check.maxBodySize === undefined ? [] : ['body']),
    ...(latency === undefined ? [] : [latency.samples > 1 ? `latency of ${latency.samples} samples` : 'latency']),
    ...(tls === undefined ? [] : [`a certificate for ${formatDuration(tls.expiresIn)} more`]),
    ...check.presets.map(({ name }) => name),
    ...check.cors.map(({ origin, allowed }) => `cors ${allowed ? 'for' : 'not for'} ${origin}`),
    ...check.capture.map(([name]) => `captures ${name}`),
    ...(check.needs.length === 0 ? [] : [`after ${check.needs.join(', ')}`]),
    ...(check.severity === 'warn' ? ['only warns'] : []),
  ]
}

function statusText(match: StatusMatch): string {
  return 'exact' in match ? String(match.exact) : `${match.class}xx`
}
