/** Rehearses one scenario with a given text of its template. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkout } from '../folders.ts'
import type { Rehearsal, RehearseOptions } from '../options.ts'
import { openRehearsal } from '../rehearse.ts'
import type { ActionRunStage, Progress } from '../runner/report.ts'
import type { Scenario } from './scenarios.ts'

/** When a step ran, ms since 1970. */
export interface StepTime {
  readonly job: string
  readonly name: string
  readonly stage: ActionRunStage
  readonly from: number
  readonly to: number
}

/** Of the scenario's own run, not of those before. */
export interface Played {
  readonly report: Rehearsal
  readonly times: readonly StepTime[]
}

/** @param whole the unedited text, for the runs before @throws Error when one of those fails */
export async function play(file: string, scenario: Scenario, whole: string, text: string): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-permissions-'))
  try {
    const { before, run, given } = scenario
    const options = { repository: await repositoryFor(scenario, folder), ...given }
    const workflow = await stage(folder, 'run', file, text)
    const { times, onProgress } = stopwatch()
    if (before === undefined) return { report: await alone({ ...options, ...run, workflow, onProgress }), times }
    // A comment more makes the later run's file another one, and so its commit.
    const earlier = await stage(folder, 'before', file, `${whole}\n# The run before.\n`)
    const [first, ...others] = before
    await using open = await openRehearsal({ ...options, ...first, workflow: earlier })
    requireSuccess(open.report, file, scenario)
    for (const next of others) {
      if (typeof next === 'function') await next(open)
      else requireSuccess(await open.run({ ...next, workflow: earlier }), file, scenario)
    }
    return { report: await open.run({ ...run, workflow, onProgress }), times }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** One job has one step at a time. */
function stopwatch() {
  const times: StepTime[] = []
  const started = new Map<string, number>()
  const onProgress = (progress: Progress) => {
    if (progress.kind === 'step-start') started.set(progress.job, Date.now())
    if (progress.kind !== 'step-end') return
    const { job, step } = progress
    const from = started.get(job) ?? Number.POSITIVE_INFINITY
    times.push({ job, name: step.name, stage: step.stage, from, to: Date.now() })
  }
  return { times, onProgress }
}

/** The example itself, or a copy with other files. */
async function repositoryFor({ repository = 'site', files }: Scenario, folder: string): Promise<string> {
  const example = join(checkout, 'examples', repository)
  if (files === undefined) return example
  const copy = join(folder, 'repository', repository)
  const made = /[\\/](node_modules|dist|coverage|\.venv)$/
  await cp(example, copy, { recursive: true, filter: (source) => !made.test(source) })
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await writeFile(join(copy, path), text)
  }
  return copy
}

async function alone(options: RehearseOptions): Promise<Rehearsal> {
  await using open = await openRehearsal(options)
  return open.report
}

/** With the other templates beside it, which it may dispatch. */
async function stage(folder: string, name: string, file: string, text: string): Promise<string> {
  const workflow = join(folder, name, file)
  await cp(join(checkout, 'workflows'), join(folder, name), { recursive: true })
  await writeFile(workflow, text)
  return workflow
}

function requireSuccess(report: Rehearsal, file: string, { when }: Scenario): void {
  if (report.result === 'success') return
  const failed = report.jobs.filter(({ result }) => result === 'failure').map(({ id }) => id)
  throw new Error(`${file}, before ${when}: the run ended as ${report.result} (${failed.join(', ')}).`)
}
