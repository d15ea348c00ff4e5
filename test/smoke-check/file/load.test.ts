import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { oneCheck, read, refusal } from './setup.ts'

it('a file that is missing is told with the folder in which it was looked for', async () => {
  const told = await refusal(oneCheck(), { checksPath: 'ci/checks.yml' })
  expect(told).toMatch(
    /^The checks file ci\/checks\.yml does not exist in \/.*\.\nGive its path from the top of the repository/,
  )
})

it.each([['.'], ['/dev/zero'], ['/dev/null']])('%s is no file', async (checksPath) => {
  expect(await refusal(oneCheck(), { checksPath })).toContain(`The checks file ${checksPath} is a folder or a device`)
})

it('a file may lie outside of the workspace', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-elsewhere-'))
  const checksPath = join(folder, 'checks.yml')
  await writeFile(checksPath, oneCheck())
  expect((await read(undefined, { checksPath })).checks[0]?.origin).toBe(`${checksPath}:3`)
  await rm(folder, { recursive: true })
})

it('a byte order mark is no part of the first line', async () => {
  expect((await read(`\ufeff${oneCheck()}`)).checks).toHaveLength(1)
})

it('lines that end as on Windows count as others do', async () => {
  expect((await read(oneCheck().replaceAll('\n', '\r\n'))).checks[0]?.origin).toBe('smoke-checks.yml:3')
})

it('bytes that are not UTF-8 are told with their line', async () => {
  const bytes = Buffer.concat([Buffer.from('# ä\nversion: 1\n# '), Buffer.from([0xe9]), Buffer.from('\nchecks: []')])
  expect(await refusal(bytes)).toBe('smoke-checks.yml:3: The line is not valid UTF-8.\nSave the file as UTF-8.')
})

it('UTF-16 is called by its name', async () => {
  expect(await refusal(Buffer.from(`\ufeff${oneCheck()}`, 'utf16le'))).toContain('smoke-checks.yml is UTF-16.')
})

it('a file of more than 1 MiB is refused', async () => {
  expect(await refusal(`#${'x'.repeat(1024 * 1024)}`)).toContain('has 1,048,577 bytes; 1 MiB is the most.')
})
