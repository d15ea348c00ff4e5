/** What the stand-ins of artifacts keep belongs to one run, as on GitHub. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRehearsal } from '../../rehearsal/rehearse.ts'
import { fixtureRepository, jobOf, outcomes, printed, quick } from '../support/rehearse.ts'

const WORKFLOW = jobOf(`
- { run: 'echo "$GITHUB_RUN_NUMBER" > number' }
- { name: Up, uses: actions/upload-artifact@v7, with: { name: number, path: number } }
- { name: Down, uses: actions/download-artifact@v8, with: { name: number, path: out } }
- { name: Show, run: cat out/number }
`)

test('a second run has an artifact of the same name, and its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  try {
    const workflow = join(folder, 'fixture.yml')
    await writeFile(workflow, WORKFLOW)
    await using open = await openRehearsal({ workflow, repository: fixtureRepository, clock: quick })
    const next = await open.run()
    expect(outcomes(next).filter((line) => !line.endsWith(': success'))).toEqual([])
    expect([open.report, next].map((report) => printed(report, 'Show'))).toEqual([['1'], ['2']])
  } finally {
    await rm(folder, { recursive: true })
  }
})
