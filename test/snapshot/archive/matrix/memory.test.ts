/**
 * Memory does not grow with what is archived: 10 GB in one file, a gigabyte of noise, 100,000 small files. Each is written
 * and read by a process of its own, from compiled code as users run it: to strip types takes 25 MB by itself.
 */
import { execFile } from 'node:child_process'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'
import { beforeAll, expect, it } from 'vitest'
import { noise, scratch } from '../setup.ts'

const LIMIT = 150
const run = promisify(execFile)
const child = new URL('./child.ts', import.meta.url).pathname

let chunks: readonly { readonly fileName: string; readonly code: string }[] = []
beforeAll(async () => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr: child, write: false, minify: false },
    ssr: { noExternal: true, target: 'node' },
  })
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []))
  chunks = outputs.filter((output) => output.type === 'chunk')
})

/** @returns the peak of memory, in megabytes, of writing and of reading */
async function peaks(at: string, encrypted: boolean): Promise<{ readonly write: number; readonly read: number }> {
  await mkdir(join(at, 'assets'))
  for (const { fileName, code } of chunks) await writeFile(join(at, fileName), code)
  await writeFile(join(at, 'package.json'), '{"type":"module"}')
  for (const what of ['write', 'read']) {
    await run(process.execPath, ['child.js', what, String(encrypted)], { cwd: at })
  }
  const read = async (what: string) => Number(await readFile(join(at, `${what}.peak`), 'utf8'))
  return { write: await read('write'), read: await read('read') }
}

it('takes a file of 10 GB, which is too large for the header of a tar', async () => {
  const at = await scratch()
  await mkdir(join(at, 'tree'))
  const file = await open(join(at, 'tree/huge'), 'w')
  await file.truncate(10_000_000_000)
  await file.close()
  const { write, read } = await peaks(at, false)
  console.log(`10 GB in one file: ${write.toFixed()} MB to write, ${read.toFixed()} MB to read`)
  expect(Math.max(write, read)).toBeLessThan(LIMIT)
}, 600_000)

it.each([false, true])(
  'takes a gigabyte that nothing compresses (encrypted: %s)',
  async (encrypted) => {
    const at = await scratch()
    await mkdir(join(at, 'tree'))
    const bytes = noise(20_000_000)
    for (let number = 0; number < 50; number += 1) await writeFile(join(at, `tree/${number}`), bytes)
    const { write, read } = await peaks(at, encrypted)
    console.log(`1 GB of noise, encrypted: ${encrypted}: ${write.toFixed()} MB to write, ${read.toFixed()} MB to read`)
    expect(Math.max(write, read)).toBeLessThan(LIMIT)
  },
  600_000,
)

it('takes 100,000 small files', async () => {
  const at = await scratch()
  for (let folder = 0; folder < 500; folder += 1) {
    await mkdir(join(at, `tree/folder-${folder}`), { recursive: true })
    const names = Array.from({ length: 200 }, (_, number) => join(at, `tree/folder-${folder}/component-${number}.js`))
    await Promise.all(names.map((name) => writeFile(name, `export const name = '${name}'\n`)))
  }
  const { write, read } = await peaks(at, false)
  console.log(`100,000 files: ${write.toFixed()} MB to write, ${read.toFixed()} MB to read`)
  // Of which two thirds are taken before the archive is begun: by the list of the files, and by Node. How much more V8 lets
  // pile up depends on the pace of the machine: 150 to 171 MB were seen.
  expect(write).toBeLessThan(LIMIT + 40)
  // What was read is compared with, and returned as, a manifest of 100,000 entries.
  expect(read).toBeLessThan(LIMIT + 40)
}, 600_000)
