/** Why an attempt made no deployment, in words: from wrangler's record, its codes and what it printed. */
import { formatDuration } from '../../src/duration.ts'
import type { ActionError } from '../../src/errors.ts'
import type { RunResult } from '../../src/process.ts'
import { classify, type Verdict } from './classify.ts'
import { explainCode, TRY_AGAIN } from './codes.ts'
import { cutLine, printable, quote } from './lines.ts'
import { type Problem, toError } from './problem.ts'
import type { Standing } from './progress.ts'
import type { WranglerEnd } from './wrangler.ts'

export interface FailureSubject {
  readonly project: string
  readonly accountId: string
  /** Milliseconds. */
  readonly timeout: number
  /** What is known of the deployment by now. */
  readonly standing: Standing
}

type Failed = Extract<WranglerEnd, { kind: 'failed' }>
type TimedOut = Extract<WranglerEnd, { kind: 'timed-out' }>

/** Whether it is worth another attempt. */
export function judge(attempt: Exclude<WranglerEnd, { kind: 'recorded' }>): Verdict {
  const { outcome, exitCode, stderr } = attempt.run
  if (attempt.kind === 'timed-out') {
    const { refusal: text = '' } = attempt
    return classify({ outcome, exitCode, codes: codesIn(text), text, status: undefined, retryAfter: undefined })
  }
  const { message = '', status, retryAfter } = attempt
  const text = [...message.split('\n'), ...stderr.split('\n')].map((line) => cutLine(printable(line))).join('\n')
  return classify({ outcome, exitCode, codes: codesOf(attempt), text, status, retryAfter })
}

export function explainFailure(
  attempt: Exclude<WranglerEnd, { kind: 'recorded' }>,
  subject: FailureSubject,
): ActionError {
  if (attempt.kind === 'timed-out') return toError(timedOut(attempt, subject))
  const said = saidBy(attempt)
  if (subject.standing.kind === 'taken') return toError(taken(attempt.run, said))
  const verdict = judge(attempt)
  const known = refusedFile(verdict, said) ?? refused(verdict, said, subject)
  if (known !== undefined) return toError(known)
  return toError({
    message: `${wrangler(subject.standing)} (${ending(attempt.run)}).${quote(said)}`,
    hint: hintOf(verdict),
  })
}

const READ_ON = 'What wrangler printed is in the group "Upload" of this log'

function hintOf({ kind, cause, hint }: Verdict): string {
  if (hint !== undefined) return hint
  if (kind === 'unknown') return `${READ_ON}; this action does not know the cause: correct what it names.`
  if (kind === 'permanent') return `${READ_ON}: correct what it names.`
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
    const hint =
      refusal === undefined
        ? 'Raise attempt-timeout if the upload is only large; otherwise look at the network of the runner.'
        : `wrangler asked again until then. ${TRY_AGAIN}`
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

/** As `… Error: {"text":"A request to … failed.","notes":[{"text":"… [code: 8000000]"` of one file names it. */
function refusedFile({ kind }: Verdict, said: readonly string[]): Problem | undefined {
  if (kind === 'permanent' || !said.some((line) => line.includes('(/pages/assets/upload)'))) return undefined
  const line = said.find((one) => codesIn(one).length > 0) ?? ''
  const end = line.indexOf(' [code: ')
  const [code] = codesIn(line)
  if (end < 0 || code === undefined) return undefined
  const reason = line.slice(line.lastIndexOf('"', end) + 1, end).replace(/\.$/, '')
  return { message: `Cloudflare refused a file (code ${code}): ${reason}.`, hint: TRY_AGAIN }
}

function refused({ code }: Verdict, said: readonly string[], { project, accountId }: FailureSubject) {
  const deploying = said.some((line) => line.includes('/deployments) failed'))
  const known = explainCode(code, { project, accountId, deploying })
  return known && { ...known, message: `${known.message}${quote(said)}` }
}

/**
 * The printed ones count, too: after a refused token wrangler asks who it is, and records the code of that question
 * when it is refused as well.
 */
function codesOf({ code, run }: Failed): readonly number[] {
  return [...(code === undefined ? [] : [code]), ...codesIn(`${run.stdout}${run.stderr}`)]
}

function codesIn(text: string): readonly number[] {
  return [...text.matchAll(/\[code: (\d+)\]/g)].map(([, digits]) => Number(digits))
}

/** Lines: far more than what is shown, and few enough to compare all with all. */
const MOST_LINES = 100

/** What wrangler recorded, else the end of what it printed; below it what Cloudflare said: `… [code: 8000000]`. */
function saidBy({ message, run }: Failed): readonly string[] {
  const own = (message === undefined ? lastLines(run) : linesOf(message)).slice(0, MOST_LINES)
  const answers = [...linesOf(run.stdout), ...linesOf(run.stderr)].filter(isAnswer)
  const cloudflare = [...new Set(answers)].slice(0, MOST_LINES)
  return [...own, ...cloudflare.filter((line) => !own.some((one) => one.includes(line)))]
}

/** With a code of Cloudflare's, or with the status of what is not the API's: `POST /accounts/… -> 403 Forbidden`. */
function isAnswer(line: string): boolean {
  return codesIn(line).length > 0 || /^[A-Z]+ \S+ -> \d{3}\b/.test(line)
}

function lastLines({ stdout, stderr }: RunResult): readonly string[] {
  const errors = linesOf(stderr)
  const lines = errors.length > 0 ? (thrown(errors) ?? errors) : linesOf(stdout)
  const lastProgress = lines.findLastIndex(isProgress)
  return lines.filter((line, index) => !isProgress(line) || index === lastProgress).slice(-5)
}

/** What a Node that crashed says before its stack. */
function thrown(lines: readonly string[]): readonly string[] | undefined {
  const stack = lines.findIndex((line) => line.startsWith('at '))
  const first = lines.slice(0, stack).findIndex((line) => /^\w*Error( \[\w+\])?: /.test(line))
  return stack < 0 || first < 0 ? undefined : lines.slice(first, stack)
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
    .map(cutLine)
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
