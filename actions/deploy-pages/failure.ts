/** Why an attempt made no deployment, in words: from wrangler's record, its codes and what it printed. */
import { formatDuration } from '../../src/duration.ts'
import type { ActionError } from '../../src/errors.ts'
import type { RunResult } from '../../src/process.ts'
import { classify, type Verdict } from './classify.ts'
import { printable, quote } from './lines.ts'
import { type Problem, toError } from './problem.ts'
import type { Standing } from './progress.ts'
import { explainCode, TRY_AGAIN } from './remedies.ts'
import type { Attempt } from './wrangler.ts'

export interface FailureSubject {
  readonly project: string
  readonly accountId: string
  /** Milliseconds. */
  readonly timeout: number
  /** What is known of the deployment by now. */
  readonly standing: Standing
}

type Failed = Extract<Attempt, { kind: 'failed' }>
type TimedOut = Extract<Attempt, { kind: 'timed-out' }>

/** Whether it is worth another attempt. */
export function judge(attempt: Exclude<Attempt, { kind: 'recorded' }>): Verdict {
  const { outcome, exitCode, stderr } = attempt.run
  if (attempt.kind === 'timed-out') {
    const { refusal = '' } = attempt
    return classify({ outcome, exitCode, codes: printedCodes(refusal), text: refusal, retryAfter: undefined })
  }
  const text = printable(`${attempt.message ?? ''}\n${stderr}`)
  return classify({ outcome, exitCode, codes: codesOf(attempt), text, retryAfter: attempt.retryAfter })
}

export function explainFailure(attempt: Exclude<Attempt, { kind: 'recorded' }>, subject: FailureSubject): ActionError {
  if (attempt.kind === 'timed-out') return toError(timedOut(attempt, subject))
  const said = saidBy(attempt)
  if (subject.standing.kind === 'taken') return toError(taken(attempt.run, said))
  const known = refusedFile(said) ?? refused(attempt, said, subject)
  if (known !== undefined) return toError(known)
  return toError({
    message: `${wrangler(subject.standing)} (${ending(attempt.run)}).${quote(said)}`,
    hint: hintOf(judge(attempt)),
  })
}

const READ_ON = 'What wrangler printed is in the group "Upload" of this log'

function hintOf({ kind, cause, hint }: Verdict): string {
  if (hint !== undefined) return hint
  if (kind === 'unknown') return `${READ_ON}; this action does not know the cause: correct what it names.`
  return `${cause.charAt(0).toUpperCase()}${cause.slice(1)}, which may pass by itself. ${TRY_AGAIN}`
}

function wrangler({ kind }: Standing): string {
  return kind === 'not made'
    ? 'wrangler made no deployment'
    : 'wrangler failed, and it is not known whether it made a deployment'
}

function timedOut({ run, refusal }: TimedOut, { timeout, standing }: FailureSubject): Problem {
  const answer = refusal === undefined ? '' : ` Cloudflare's last answer to it was: ${refusal}.`
  const message = `wrangler did not end within ${formatDuration(timeout)} and was killed.${answer}`
  const last = quote(lastLines(run))
  if (standing.kind !== 'taken' && standing.kind !== 'made') {
    const hint = 'Raise attempt-timeout if the upload is only large; otherwise look at the network of the runner.'
    return { message: `${message}${last}`, hint }
  }
  const which = standing.kind === 'made' ? `deployment ${standing.id}` : 'the deployment'
  return {
    message: `${message} Cloudflare has taken ${which}, which may still go live.${last}`,
    hint: "Look at the project's deployments in the Cloudflare dashboard before you run the job again.",
  }
}

/** Cloudflare answered with a deployment, and then could not say which one it was. */
function taken(run: RunResult, said: readonly string[]): Problem {
  const what = run.outcome === 'exited' ? 'the deployment failed' : `wrangler was ${ending(run)}`
  return {
    message: `Cloudflare took the upload, but ${what}:${quote(said)}`,
    hint: "Look at the project's deployments in the Cloudflare dashboard: the log of this one says more.",
  }
}

function refusedFile(said: readonly string[]): Problem | undefined {
  const text = said.join('\n')
  const [, reason, code] = /([^"\n]+?)\.? \[code: (\d+)\]/.exec(text) ?? []
  if (code === undefined || !text.includes('(/pages/assets/upload)')) return undefined
  return { message: `Cloudflare refused a file (code ${code}): ${reason}.`, hint: TRY_AGAIN }
}

function refused(attempt: Failed, said: readonly string[], { project, accountId }: FailureSubject) {
  const deploying = said.some((line) => line.includes('/deployments) failed'))
  const known = codesOf(attempt)
    .map((code) => explainCode(code, { project, accountId, deploying }))
    .find((problem) => problem !== undefined)
  return known && { ...known, message: `${known.message}${quote(said)}` }
}

/**
 * The printed ones count, too: after a refused token wrangler asks who it is, and records the code of that question
 * when it is refused as well. The token's own code comes first then.
 */
function codesOf({ code, run }: Failed): readonly number[] {
  const printed = printedCodes(`${run.stdout}${run.stderr}`)
  const refusedToken = printed.filter((one) => one === 10000)
  return [...refusedToken, ...(code === undefined ? [] : [code]), ...printed]
}

function printedCodes(text: string): readonly number[] {
  return [...text.matchAll(/\[code: (\d+)\]/g)].map(([, digits]) => Number(digits))
}

/** What wrangler recorded, else the end of what it printed; below it what Cloudflare said: `… [code: 8000000]`. */
function saidBy({ message, run }: Failed): readonly string[] {
  const own = message === undefined ? lastLines(run) : linesOf(message)
  const cloudflare = [...linesOf(run.stdout), ...linesOf(run.stderr)].filter((line) => /\[code: \d+\]/.test(line))
  return [...own, ...new Set(cloudflare.filter((line) => !own.some((one) => one.includes(line))))]
}

function lastLines({ stdout, stderr }: RunResult): readonly string[] {
  const errors = linesOf(stderr)
  const lines = errors.length > 0 ? errors : linesOf(stdout)
  const lastProgress = lines.findLastIndex(isProgress)
  return lines.filter((line, index) => !isProgress(line) || index === lastProgress).slice(-5)
}

function isProgress(line: string): boolean {
  return /^Uploading\.\.\. \(\d+\/\d+\)$/.test(line)
}

/** Without marks and empty lines, and without the place of a log file that goes with the scratch folder. */
function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) =>
      printable(line)
        .replace(/^\s*\S+ \[(ERROR|WARNING)\] /, '')
        .trim(),
    )
    .filter((line) => line !== '' && !line.includes('Logs were written to'))
    .flatMap(withoutJson)
}

/** Where wrangler could not upload a file it prints the error as an object, with what was said in it. */
function withoutJson(line: string): readonly string[] {
  const object = line.indexOf(' Error: {')
  if (object < 0) return [line]
  const said = [...line.slice(object).matchAll(/"text":"([^"]*)"/g)].map(([, text = '']) => text)
  return [line.slice(0, object), ...said]
}

function ending({ outcome, exitCode, signal }: RunResult): string {
  return outcome === 'exited' ? `exit code ${exitCode}` : `ended by ${signal}`
}
