/** Trees on disk, and their archives. */
import { createCipheriv } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  chmod,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Expected } from '../../../actions/snapshot/archive/expected.ts'
import { type ReadArchive, type ReadOptions, readArchive } from '../../../actions/snapshot/archive/read.ts'
import { type ArchiveOptions, type WrittenArchive, writeArchive } from '../../../actions/snapshot/archive/write.ts'
import type { Entry } from '../../../actions/snapshot/content/entry.ts'
import type { ManifestHead } from '../../../actions/snapshot/manifest.ts'

/** A pair of keys that protects nothing. */
export const IDENTITY = 'AGE-SECRET-KEY-1P5GAZ9VRPHCDWNC5PTLMH2QN4QXYMYMN3WCDMX7XQW2034ZFRNNSLVNLSM'
export const RECIPIENT = 'age1jyyn3dzdrtm24d82qlwkrwngj9cfsh85prq85mx25gjn6jlh3amq8ru3e9'

export const NEVER = new AbortController().signal

export const HEAD: ManifestHead = {
  format: 1,
  id: 'production-20261127T021700123Z-1f3a5c7',
  series: 'production',
  reason: 'manual',
  created_at: '2026-11-27T02:17:00.123Z',
  commit: '1f3a5c7d9b1f3a5c7d9b1f3a5c7d9b1f3a5c7d9b',
  ref: 'refs/heads/main',
  run: { repository: 'octo-org/site', id: 42, attempt: 1 },
  deployment_id: '5',
  metadata: { disk: 'snap-17' },
  made_by: 'slipway 0.1.0',
}

/** Bytes that nothing can compress, the same each time. */
export function noise(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(length))
}

/** A folder that is gone after the test. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-archive-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** What a path holds: text or bytes for a file, `null` for a folder, `{ to }` for a link. */
export type Content = string | Uint8Array | null | { readonly to: string }
export interface Node {
  readonly content: Content
  readonly mode?: number
}
export type Tree = Readonly<Record<string, Content | Node>>

const MODIFIED = new Date('2026-05-06T07:08:09Z')

/** Writes a tree into a folder, with one time for all of it. */
export async function plant(folder: string, tree: Tree): Promise<void> {
  for (const [path, given] of Object.entries(tree)) {
    const { content, mode } = isNode(given) ? given : { content: given, mode: undefined }
    const at = join(folder, path)
    await mkdir(join(at, '..'), { recursive: true })
    if (content === null) await mkdir(at, { recursive: true })
    else if (typeof content === 'object' && 'to' in content) await symlink(content.to, at)
    else await writeFile(at, content)
    if (mode !== undefined) await chmod(at, mode)
  }
  for (const path of await pathsBelow(folder)) await lutimes(join(folder, path), MODIFIED, MODIFIED)
}

function isNode(given: Content | Node): given is Node {
  return given !== null && typeof given === 'object' && 'content' in given
}

/** `readdir` with `recursive` would go through links. */
async function pathsBelow(folder: string, prefix = ''): Promise<readonly string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true })
  const paths = entries.map(async (entry) => {
    const path = `${prefix}${entry.name}`
    return entry.isDirectory() ? [path, ...(await pathsBelow(folder, `${path}/`))] : [path]
  })
  return (await Promise.all(paths)).flat().toSorted()
}

/** The entries of a folder, as whatever looks through the paths would give them. */
export async function entriesOf(folder: string, source = 'path: **'): Promise<readonly Entry[]> {
  return Promise.all(
    (await pathsBelow(folder)).map(async (path): Promise<Entry> => {
      const file = join(folder, path)
      const stats = await lstat(file)
      const common = { path, source, modifiedAt: stats.mtimeMs }
      const mode = stats.mode & 0o777
      if (stats.isSymbolicLink()) return { ...common, type: 'link', target: await readlink(file) }
      return stats.isDirectory()
        ? { ...common, type: 'directory', mode }
        : { ...common, type: 'file', file, size: stats.size, mode }
    }),
  )
}

/** All that a restore has to bring back: names, types, modes, content, targets, times in seconds. */
export async function picture(folder: string): Promise<Readonly<Record<string, string>>> {
  const lines = (await pathsBelow(folder)).map(async (path): Promise<readonly [string, string]> => {
    const at = join(folder, path)
    const stats = await lstat(at)
    const time = Math.floor(stats.mtimeMs / 1000)
    if (stats.isSymbolicLink()) return [path, `link to ${await readlink(at)} ${time}`]
    const mode = (stats.mode & 0o7777).toString(8)
    if (stats.isDirectory()) return [path, `directory ${mode} ${time}`]
    return [path, `file ${mode} ${time} ${(await readFile(at)).toString('base64')}`]
  })
  return Object.fromEntries(await Promise.all(lines))
}

/** Writes an archive of a folder, or of entries. */
export async function pack(
  content: string | readonly Entry[],
  file: string,
  options: Partial<ArchiveOptions> = {},
): Promise<WrittenArchive> {
  const entries = typeof content === 'string' ? await entriesOf(content) : content
  return writeArchive(entries, { file, head: HEAD, level: 3, recipients: [], signal: NEVER, ...options })
}

/** Reads an archive as its file's name has it: `.age` is opened with the test's identity. */
export async function unpack(file: string, expect: Expected, options: Partial<ReadOptions> = {}): Promise<ReadArchive> {
  const encrypted = file.endsWith('.age')
  const identities = encrypted ? [IDENTITY] : []
  return readArchive(createReadStream(file), { expect, encrypted, identities, signal: NEVER, ...options })
}

/** Another pair, of somebody else. */
export const OTHER_IDENTITY = 'AGE-SECRET-KEY-1WR83DDMDDL7GH6JN5QSPRWUCJ79VK0PN7E2P39XUTRESN4DC0V2QZ6CDFZ'
export const OTHER_RECIPIENT = 'age1dph3ausn3mxg76smnnvmv5kwj7tmw4hceg608el8qg6m7tl97qpsshqsnn'
