/** Rehearses the pack's own templates, as they are or with one edit. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Rehearsal, RehearseOptions } from '../../rehearsal/options.ts'
import { rehearse } from '../../rehearsal/rehearse.ts'
import { root } from '../../scripts/actions.ts'

export const site = `${root}examples/site`
export const fullstack = `${root}examples/fullstack`

/** @throws when the text to replace is not there: an edit that edits nothing would prove nothing */
export type Edit = readonly [text: string | RegExp, replacement: string]

export async function rehearseTemplate(
  name: string,
  options: Partial<RehearseOptions> = {},
  ...edits: readonly Edit[]
): Promise<Rehearsal> {
  return rehearseWorkflow(name, await readFile(`${root}workflows/${name}`, 'utf8'), options, ...edits)
}

export async function rehearseWorkflow(
  name: string,
  text: string,
  options: Partial<RehearseOptions> = {},
  ...edits: readonly Edit[]
): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-template-'))
  try {
    const workflow = join(folder, basename(name))
    await writeFile(workflow, edits.reduce(apply, text))
    return await rehearse({ workflow, repository: site, ...options })
  } finally {
    await rm(folder, { recursive: true })
  }
}

export function apply(text: string, [search, replacement]: Edit): string {
  const edited = text.replace(search, replacement)
  if (edited === text) throw new Error(`The template has nothing like ${String(search)}.`)
  return edited
}

/** What an installation or a build leaves behind. */
const made = /[\\/](node_modules|dist|coverage|\.venv)$/

/**
 * A copy of examples/fullstack with other files; each is given what stands there, and returns what shall.
 * @returns its folder, in the one that is given @throws when a change changes nothing
 */
export async function fullstackWith(
  parent: string,
  files: Readonly<Record<string, (before: string) => string>>,
): Promise<string> {
  const repository = join(await mkdtemp(join(parent, 'example-')), 'lighthouse')
  await cp(fullstack, repository, { recursive: true, filter: (source) => !made.test(source) })
  for (const [name, change] of Object.entries(files)) {
    const before = await readFile(join(repository, name), 'utf8').catch(() => '')
    const after = change(before)
    if (after === before) throw new Error(`Nothing of ${name} was changed.`)
    await mkdir(dirname(join(repository, name)), { recursive: true })
    await writeFile(join(repository, name), after)
  }
  return repository
}

/** The result of each job by its key. */
export function results(rehearsal: Rehearsal): Readonly<Record<string, string>> {
  return Object.fromEntries(rehearsal.jobs.map(({ id, result }) => [id, result]))
}

/** Everything that the steps wrote to their summaries. */
export function summaries(rehearsal: Rehearsal): string {
  return rehearsal.jobs.flatMap(({ steps }) => steps.map(({ summary }) => summary)).join('\n')
}

/** The errors that people see at the top of the run. */
export function errors(rehearsal: Rehearsal): readonly string[] {
  return rehearsal.jobs
    .flatMap(({ steps }) => steps.flatMap(({ annotations }) => annotations))
    .filter(({ level }) => level === 'error')
    .map(({ message }) => message)
}
