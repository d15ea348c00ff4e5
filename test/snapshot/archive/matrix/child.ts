/** Writes an archive of the folder `tree`, or reads it, and leaves how much memory that took. */
import { createReadStream, lstatSync, opendirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readArchive } from '../../../../actions/snapshot/archive/read.ts'
import { writeArchive } from '../../../../actions/snapshot/archive/write.ts'
import type { Entry } from '../../../../actions/snapshot/content/entry.ts'
import { boundGarbage } from '../../../../actions/snapshot/garbage.ts'
import type { ManifestHead } from '../../../../actions/snapshot/manifest.ts'

const IDENTITY = 'AGE-SECRET-KEY-1P5GAZ9VRPHCDWNC5PTLMH2QN4QXYMYMN3WCDMX7XQW2034ZFRNNSLVNLSM'
const RECIPIENT = 'age1jyyn3dzdrtm24d82qlwkrwngj9cfsh85prq85mx25gjn6jlh3amq8ru3e9'
const HEAD: ManifestHead = {
  format: 1,
  id: 'memory-20261127T021700123Z-1f3a5c7',
  series: 'memory',
  reason: 'manual',
  created_at: '2026-11-27T02:17:00.123Z',
  commit: '1f3a5c7d9b1f3a5c7d9b1f3a5c7d9b1f3a5c7d9b',
  ref: '',
  run: { repository: '', id: 0, attempt: 0 },
  deployment_id: null,
  metadata: {},
  made_by: 'test',
}

function look(prefix: string, entries: Entry[]): readonly Entry[] {
  const folder = opendirSync(`tree/${prefix}`)
  for (let found = folder.readSync(); found !== null; found = folder.readSync()) {
    const path = `${prefix}${found.name}`
    const { mode, size, mtimeMs } = lstatSync(`tree/${path}`)
    const common = { path, source: 'path: **', modifiedAt: mtimeMs, mode: mode & 0o777 }
    if (found.isDirectory()) {
      entries.push({ ...common, type: 'directory' })
      look(`${path}/`, entries)
    } else entries.push({ ...common, type: 'file', file: resolve('tree', path), size })
  }
  folder.closeSync()
  return entries
}

boundGarbage()
const [, , what, encrypted] = process.argv
const signal = new AbortController().signal
if (what === 'write') {
  const recipients = encrypted === 'true' ? [RECIPIENT] : []
  const written = await writeArchive(look('', []), { file: 'archive', head: HEAD, level: 3, recipients, signal })
  writeFileSync('written.json', JSON.stringify(written))
} else {
  const identities = encrypted === 'true' ? [IDENTITY] : []
  const expect = JSON.parse(readFileSync('written.json', 'utf8'))
  await readArchive(createReadStream('archive'), { expect, encrypted: encrypted === 'true', identities, signal })
}
// Not `maxRSS`, which begins with what the parent process had when it started this one.
const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
writeFileSync(`${what}.peak`, String(Number(peak) / 1024))
