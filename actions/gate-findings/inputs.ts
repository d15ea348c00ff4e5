import { ActionError } from '../../src/errors.ts'
import type { InputReader } from '../../src/input.ts'
import { isSeverity, SEVERITIES, type Severity } from './finding.ts'

export interface Inputs {
  /** As they were given, at least one. */
  readonly reports: readonly string[]
  /** Those that count against the gate, at least one. */
  readonly severities: ReadonlySet<Severity>
  readonly baseline: 'code-scanning' | 'none'
  /** Whose alerts are counted; undefined: those of every category. */
  readonly category: string | undefined
  readonly tool: string
  /** Those of `reports` that may name nothing that was scanned. */
  readonly allowEmpty: ReadonlySet<string>
  readonly fail: boolean
  readonly githubToken: string
}

/** Nobody scans more at once; a list that is longer is a glob that went wrong, or a file in place of its name. */
const MOST_REPORTS = 50

export function parseInputs(input: InputReader): Inputs {
  const reports = parseReports(input)
  return {
    reports,
    severities: parseSeverities(input.required('severity')),
    baseline: input.oneOf('baseline', ['code-scanning', 'none']),
    // The category of an alert is the id of its SARIF run without the slash at the end (SARIF's automationDetails).
    category: input.optional('category')?.replace(/\/$/, ''),
    tool: input.required('tool'),
    allowEmpty: parseAllowed(input, reports),
    fail: input.boolean('fail'),
    githubToken: input.requiredSecret('github-token'),
  }
}

function parseReports(input: InputReader): readonly string[] {
  input.required('reports')
  const reports = input.lines('reports')
  const twice = reports.find((file, index) => reports.indexOf(file) !== index)
  if (twice !== undefined) {
    throw new ActionError(`Input reports has ${twice} twice.`, {
      hint: 'Name each report once: its findings would be counted twice.',
    })
  }
  if (reports.length <= MOST_REPORTS) return reports
  throw new ActionError(`Input reports has ${reports.length} lines, and at most ${MOST_REPORTS} reports are read.`, {
    hint: 'Give it paths, one a line; with that many, use several steps.',
  })
}

function parseAllowed(input: InputReader, reports: readonly string[]): ReadonlySet<string> {
  const lines = input.lines('allow-empty')
  const [only] = lines
  if (lines.length <= 1 && (only === undefined || /^(?:true|false)$/i.test(only))) {
    return new Set(input.boolean('allow-empty') ? reports : [])
  }
  const other = lines.find((line) => !reports.includes(line))
  if (other === undefined) return new Set(lines)
  throw new ActionError(`Input allow-empty has "${other}", which is none of the reports.`, {
    hint: 'Write true, false, or paths as they stand in reports, one a line.',
  })
}

function parseSeverities(text: string): ReadonlySet<Severity> {
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  if (names.length === 0) {
    throw new ActionError('Input severity names no severity.', {
      hint: `Use one or more of: ${SEVERITIES.join(', ')}.`,
    })
  }
  return new Set(names.map((name) => parseSeverity(name.toLowerCase())))
}

function parseSeverity(name: string): Severity {
  if (isSeverity(name)) return name
  throw new ActionError(`Input severity has "${name}", which is no severity.`, {
    hint: `Use one or more of: ${SEVERITIES.join(', ')}.`,
  })
}
