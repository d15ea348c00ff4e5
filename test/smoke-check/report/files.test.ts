import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeReports } from '../../../actions/smoke-check/report/files.ts'

let workspace = ''
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'slipway-reports-'))
})
afterEach(async () => {
  await chmod(workspace, 0o755)
  await rm(workspace, { recursive: true })
})

const file = (path: string) => ({ input: 'junit', path, content: '<xml/>' })

it('makes the folders above a report', async () => {
  expect(await writeReports([file('a/b/report.xml')], workspace)).toEqual([])
  expect(await readFile(join(workspace, 'a/b/report.xml'), 'utf8')).toBe('<xml/>')
})

it('replaces an older report and leaves nothing else behind', async () => {
  await writeFile(join(workspace, 'report.xml'), 'x'.repeat(1000))
  await writeReports([file('report.xml')], workspace)
  expect(await readFile(join(workspace, 'report.xml'), 'utf8')).toBe('<xml/>')
  expect(await readdir(workspace)).toEqual(['report.xml'])
})

it('takes an absolute path as it is', async () => {
  expect(await writeReports([file(join(workspace, 'report.xml'))], '/nowhere')).toEqual([])
  expect(await readdir(workspace)).toEqual(['report.xml'])
})

it('writes the others when one cannot be written, and says why', async () => {
  await writeFile(join(workspace, 'file'), '')
  await mkdir(join(workspace, 'folder'))
  const problems = await writeReports([file('file/report.xml'), file('folder'), file('good.xml')], workspace)
  expect(problems.map(({ message }) => message)).toEqual([
    'The report file/report.xml (input junit) could not be written: a part of the path is a file, not a folder.',
    'The report folder (input junit) could not be written: there is a folder of that name.',
  ])
  expect(await readdir(workspace)).toEqual(expect.arrayContaining(['file', 'folder', 'good.xml']))
  expect(await readdir(workspace)).toHaveLength(3)
})
