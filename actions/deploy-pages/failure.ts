/** Why an attempt made no deployment, from all that wrangler left: its record, its codes and its words. */
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { RunResult } from '../../src/process.ts'
import { explainCode } from './remedies.ts'
import type { Attempt } from './wrangler.ts'

export interface FailureSubject {
  readonly project: string
  readonly accountId: string
  /** Milliseconds. */
  readonly timeout: number
}

export function explainFailure(attempt: Exclude<Attempt, { kind: 'recorded' }>, subject: FailureSubject): ActionError {
  if (attempt.kind === 'timed-out') return timedOut(attempt.run, subject)
  const known = codesOf(attempt)
    .map((code) => explainCode(code, subject))
    .find((problem) => problem !== undefined)
  const said = [attempt.message ?? lastLines(attempt.run), ...codeLines(attempt.run)].join('\n')
  const message = known?.message ?? `wrangler made no deployment (${ending(attempt.run)}).`
  return new ActionError(`${message}${quote(said)}`, {
    hint: known?.hint ?? 'What wrangler printed is in the group "Upload" of this log; correct what it names.',
  })
}

function timedOut(run: RunResult, { timeout }: FailureSubject): ActionError {
  return new ActionError(
    `wrangler did not end within ${formatDuration(timeout)} and was killed.${quote(lastLines(run))}`,
    { hint: 'Raise attempt-timeout if the upload is only large; otherwise look at the network of the runner.' },
  )
}

/**
 * The printed ones count, too: after a refused token wrangler asks who it is, and records the code of that question
 * when it is refused as well. The token's own code comes first then.
 */
function codesOf({ code, run }: Extract<Attempt, { kind: 'failed' }>): readonly number[] {
  const printed = [...`${run.stdout}${run.stderr}`.matchAll(/\[code: (\d+)\]/g)].map(([, digits]) => Number(digits))
  const refusedToken = printed.filter((one) => one === 10000)
  return [...refusedToken, ...(code === undefined ? [] : [code]), ...printed]
}

/** What Cloudflare itself said, as wrangler prints it below its own sentence: `… [code: 8000000]`. */
function codeLines({ stdout, stderr }: RunResult): readonly string[] {
  const lines = `${stdout}${stderr}`.split('\n').map((line) => line.trim())
  return [...new Set(lines.filter((line) => /\[code: \d+\]/.test(line)))]
}

function ending({ outcome, exitCode, signal }: RunResult): string {
  return outcome === 'exited' ? `exit code ${exitCode}` : `ended by ${signal}`
}

function lastLines({ stdout, stderr }: RunResult): string {
  const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '')
  const errors = lines(stderr)
  return (errors.length > 0 ? errors : lines(stdout)).slice(-5).join('\n')
}

function quote(text: string): string {
  return text
    .trim()
    .split('\n')
    .slice(0, 8)
    .map((line) => `\n  ${line}`)
    .join('')
}
