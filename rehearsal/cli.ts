/** `npm run rehearse`: rehearses a workflow and prints the run. */
import { writeFile } from 'node:fs/promises'
import { type Arguments, help, parseArguments } from './arguments.ts'
import { messageOf, RehearsalError } from './errors.ts'
import { openRehearsal, type Rehearsal } from './rehearse.ts'
import { renderFinale } from './render/finale.ts'
import { renderJobEnd, renderJobStart } from './render/job.ts'
import { renderOverture } from './render/overture.ts'
import { renderStep } from './render/step.ts'
import { makeStyle, type Style, wantsColour } from './render/style.ts'
import type { Progress } from './runner/report.ts'

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  try {
    const parsed = parseArguments(args)
    if (parsed !== undefined) return await perform(parsed)
    process.stdout.write(help)
    return 0
  } catch (error) {
    if (!(error instanceof RehearsalError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  }
}

async function perform({ options, rerun, rerunFaults, next, json, keep, verbose }: Arguments): Promise<number> {
  const style = makeStyle(wantsColour(process.stdout, process.env))
  const interruption = listenForInterrupts()
  const { cancel, kill } = interruption
  const signals = { cancel: cancel.signal, kill: kill.signal }
  await using open = await openRehearsal({
    ...options,
    ...signals,
    onReady: (overture) => print(renderOverture(overture, style)),
    onProgress: (progress) => printProgress(progress, style, verbose),
  })
  const attempts = [open.report]
  print(renderFinale(open.report, style))
  if (options.cancelAfter !== undefined && open.report.result !== 'cancelled') {
    print(style.yellow(`It was not cancelled: no step named '${options.cancelAfter}' was reached.`))
  }
  if (rerun && !cancel.signal.aborted) {
    print('')
    const again = await open.rerun({ ...signals, faults: rerunFaults })
    attempts.push(again)
    print(renderFinale(again, style))
  }
  for (const { merge, run } of next) {
    if (cancel.signal.aborted) break
    print('')
    const merged = merge && (await open.merge(merge.number, { method: merge.method }))
    if (merged) print(`Pull request ${merge?.number} is merged into ${merged.branch}, at ${merged.sha.slice(0, 7)}.\n`)
    const report = await open.run({ ...run, ...(merged && { branch: merged.branch }), ...signals })
    attempts.push(report)
    print(renderFinale(report, style))
  }
  if (json !== undefined) await writeReport(json, rerun || next.length > 0 ? attempts : open.report)
  const interrupted = cancel.signal.aborted
  const last = attempts.at(-1) ?? open.report
  if (keep && !interrupted) await linger(last, open.folder, interruption)
  interruption.end()
  if (interrupted) return 130
  return last.result === 'success' ? 0 : 1
}

async function writeReport(file: string, report: Rehearsal | readonly Rehearsal[]): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`)
  } catch (error) {
    throw new RehearsalError(`--json ${file}: ${messageOf(error)}`)
  }
}

interface Interruption {
  readonly cancel: AbortController
  readonly kill: AbortController
  end(): void
}

function listenForInterrupts(): Interruption {
  const [cancel, kill] = [new AbortController(), new AbortController()]
  const onSignal = () => {
    if (cancel.signal.aborted) {
      kill.abort()
      return
    }
    process.stderr.write('Cancelling, as GitHub would: post steps still run. Once more ends everything at once.\n')
    cancel.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return { cancel, kill, end: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal) }
}

/** The doubles listen for as long as somebody wants to look. */
async function linger(report: Rehearsal, folder: string, { end }: Interruption): Promise<void> {
  end()
  const urls = report.pages.map(({ url }) => `  ${url}`)
  print(['', `Kept until Ctrl-C: the files in ${folder}, and what was deployed at`, ...urls].join('\n'))
  const open = setInterval(() => {}, 2 ** 30)
  await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
  clearInterval(open)
}

function printProgress(progress: Progress, style: Style, verbose: boolean): void {
  if (progress.kind === 'job-start') print(renderJobStart(progress.name, progress.detail, style))
  else if (progress.kind === 'step-start') announce(progress.name, style)
  else if (progress.kind === 'step-end') print(renderStep(progress.step, style, verbose))
  else if (progress.kind === 'job-end') print(renderJobEnd(progress.job, style))
}

/** On a terminal the running step shows at once; its line replaces this one. */
function announce(name: string, style: Style): void {
  if (process.stdout.isTTY) process.stdout.write(style.dim(`  … ${name}`.slice(0, process.stdout.columns)))
}

function print(text: string): void {
  process.stdout.write(process.stdout.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`)
}
