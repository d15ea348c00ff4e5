/** What an action can do besides throwing: fail with outputs, fail more than once, and mask what it learns on the way. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runEntry } from '../support/bundle.ts'

const SOURCE = (file: string) => new URL(`../../src/${file}`, import.meta.url).href

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-action-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function step(body: string) {
  const entry = join(folder, 'step.mjs')
  const imports = `import { runAction } from '${SOURCE('action.ts')}'\nimport { ActionError } from '${SOURCE('errors.ts')}'`
  await writeFile(entry, `${imports}\n${body}`)
  return runEntry(entry, {})
}

it('fails a step and sets its outputs all the same', async () => {
  const result = await step(
    "await runAction(async ({ fail }) => { fail(new ActionError('Down.', { hint: 'Look.' })); fail(new ActionError('Out.')); return { healthy: 'false' } })",
  )
  expect(result).toMatchObject({
    exitCode: 1,
    outputs: { healthy: 'false' },
    annotations: [
      { level: 'error', message: 'Down.\nLook.' },
      { level: 'error', message: 'Out.' },
    ],
  })
})

it('masks a value that it was not given as a secret, in the forms that the runner does not derive', async () => {
  const result = await step(
    "await runAction(async ({ mask }) => { mask('hunter2'); mask(''); mask(' \\n'); return {} })",
  )
  expect(result.masks).toEqual(['hunter2', '68756e74657232', '68756E74657232', 'aHVudGVyMg'])
})
