/** What the tests of `workflows/ci.yml` share. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rehearsal, RehearseOptions } from '../../rehearsal/options.ts'
import { onlyJobs, readJobs } from '../../rehearsal/permissions/template.ts'
import { root } from '../../scripts/actions.ts'
import { type Edit, fullstack, fullstackWith, rehearseWorkflow } from './support.ts'

export const TEMPLATE = 'ci.yml'
export const workflow = `${root}workflows/${TEMPLATE}`

/** One job alone, on the example with other files. */
export async function rehearseJob(
  id: string,
  files: Parameters<typeof fullstackWith>[1] = {},
  ...edits: readonly Edit[]
): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-ci-'))
  try {
    return await rehearseOne(id, { repository: await fullstackWith(folder, files) }, ...edits)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** One job alone, on the example as it is. */
export async function rehearseOne(
  id: string,
  options: Partial<RehearseOptions> = {},
  ...edits: readonly Edit[]
): Promise<Rehearsal> {
  const text = await readFile(workflow, 'utf8')
  const alone = onlyJobs(text, readJobs(text, TEMPLATE), [id])
  return rehearseWorkflow(TEMPLATE, alone, { repository: fullstack, ...options }, ...edits)
}
