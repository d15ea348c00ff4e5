/**
 * The flags of the command: one for each input. action.yml is not at hand where the bundle is run by itself, so its
 * defaults stand here once more, and a test holds both together.
 */
export interface Option {
  readonly name: string
  /** How its value is called in the help; a flag without one is either there or not. */
  readonly value?: string
  readonly default?: string
  readonly help: string
}

export const OPTIONS = [
  { name: 'urls', value: 'LINE', help: '[name=]URL [status]; may be repeated' },
  { name: 'checks', value: 'FILE', help: 'YAML file with checks' },
  { name: 'deadline', value: 'TIME', default: '3m', help: 'for everything together' },
  { name: 'interval', value: 'TIME', default: '3s', help: 'between two rounds' },
  { name: 'successes', value: 'N', default: '2', help: 'healthy rounds in a row' },
  { name: 'timeout', value: 'TIME', default: '10s', help: 'for one request' },
  { name: 'connect-timeout', value: 'TIME', default: '5s', help: 'for name, connection and TLS' },
  { name: 'expect-version', value: 'SHA', help: 'commit or version that must be served' },
  { name: 'concurrency', value: 'N', default: '16', help: 'checks at once' },
  { name: 'fail-on', value: 'WHAT', default: 'fail', help: 'fail, warn or never' },
  { name: 'junit', value: 'FILE', help: 'write JUnit XML' },
  { name: 'metrics', value: 'FILE', help: 'write OpenMetrics text' },
  { name: 'json', value: 'FILE', help: 'write the full report' },
  { name: 'ip', value: 'V', default: 'auto', help: 'auto, 4, 6 or both' },
  { name: 'dry-run', default: 'false', help: 'only show the plan' },
] as const satisfies readonly Option[]

/** @param program how the command was started */
export function helpText(program: string): string {
  const options: readonly Option[] = OPTIONS
  const flags = options.map(({ name, value }) => `--${name}${value === undefined ? '' : ` ${value}`}`)
  const widest = Math.max(...flags.map((flag) => flag.length))
  const lines = options.map(({ help, default: fallback, value }, index) => {
    const shown = fallback === undefined || value === undefined ? '' : ` (${fallback})`
    return `  ${(flags[index] ?? '').padEnd(widest)}  ${help}${shown}`
  })
  return `Checks URLs as a client sees them, until all are healthy or the deadline passes.

Usage: ${program} [--checks FILE] [--urls LINE]… [options]
       BACKEND_URL=… FRONTEND_URL=… ${program}

${lines.join('\n')}

Without --checks and --urls, the pair in BACKEND_URL and FRONTEND_URL is checked: front page,
/healthz, security headers, no debug pages, and CORS between the two. One of them alone will do.

A checks file, in which \${NAME} is a variable of the environment:
  version: 1
  defaults: { base-url: "\${BACKEND_URL}" }
  checks:
    - { name: api, url: /healthz, json: { $.status: { equals: ok } } }
All keys, conditions and presets, and examples:
  https://github.com/slipway-ci/slipway/tree/v1/actions/smoke-check

Exit code: 0 healthy, 1 not healthy, 2 a mistake in flags or file, or a report that could not be
written.`
}
