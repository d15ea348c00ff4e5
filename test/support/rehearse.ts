/** Rehearses a workflow that a test writes out, on a small fixture repository. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Rehearsal, type RehearseOptions, rehearse } from '../../rehearsal/rehearse.ts'
import type { StepReport } from '../../rehearsal/runner/report.ts'

const fixtures = resolve(import.meta.dirname, '..', 'rehearsal', 'fixtures')
export const fixtureRepository = join(fixtures, 'repository')

/** Signals of a cancelled step follow each other fast, so that no test waits for the runner's real 10 s. */
export const quick = { patience: { interrupt: 1500, terminate: 1500 } }

export async function rehearseText(workflow: string, options: Partial<RehearseOptions> = {}): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  try {
    const file = join(folder, 'fixture.yml')
    await writeFile(file, workflow)
    const standIns = [join(fixtures, 'standins')]
    return await rehearse({ workflow: file, repository: fixtureRepository, standIns, clock: quick, ...options })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A workflow of one job, `job`, with these steps; `more` are further keys of the job. */
export function jobOf(steps: string, more = ''): string {
  const indent = (text: string, by: number) => text.trim().replace(/^/gm, ' '.repeat(by))
  return `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n${more === '' ? '' : `${indent(more, 4)}\n`}    steps:\n${indent(steps, 6)}\n`
}

/** A step by its name, which must be there. */
export function step(rehearsal: Rehearsal, name: string): StepReport {
  const found = rehearsal.jobs.flatMap(({ steps }) => steps).find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`No step '${name}' in ${JSON.stringify(names(rehearsal))}`)
  return found
}

/** What the step printed itself: neither the runner's header nor groups. */
export function printed(rehearsal: Rehearsal, name: string): readonly string[] {
  const { log } = step(rehearsal, name)
  return log.slice(log.indexOf('##[endgroup]') + 1)
}

export function names(rehearsal: Rehearsal): readonly string[] {
  return rehearsal.jobs.flatMap(({ steps }) => steps.map((candidate) => candidate.name))
}

/** `name: outcome`, with `→ conclusion` where they differ. */
export function outcomes(rehearsal: Rehearsal): readonly string[] {
  return rehearsal.jobs
    .flatMap(({ steps }) => steps)
    .map(({ name, outcome, conclusion }) => `${name}: ${outcome}${outcome === conclusion ? '' : ` → ${conclusion}`}`)
}

export function results(rehearsal: Rehearsal): Readonly<Record<string, string>> {
  return Object.fromEntries(rehearsal.jobs.map(({ id, result }) => [id, result]))
}
