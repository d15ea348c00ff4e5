/** Archives that this pack would not write: tars of any entries, with a manifest that fits or does not. */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { constants, zstdCompressSync } from 'node:zlib'
import { type Header, pack as packTar } from 'tar-stream'
import type { Expected } from '../../../actions/snapshot/archive/expected.ts'
import { type ArchivedEntry, MANIFEST_FILE } from '../../../actions/snapshot/manifest.ts'
import { HEAD } from './setup.ts'

/** An entry of a tar, and what the manifest says of it: by default that it is just that. */
export interface Crafted extends Partial<Header> {
  readonly name: string
  readonly content?: string
  /** null: nothing. */
  readonly listed?: ArchivedEntry | null
}

export function file(name: string, content = 'x', more: Partial<Crafted> = {}): Crafted {
  return { name, type: 'file', mode: 0o644, content, ...more }
}
export function folder(name: string, more: Partial<Crafted> = {}): Crafted {
  return { name, type: 'directory', mode: 0o755, ...more }
}
export function link(name: string, linkname: string, more: Partial<Crafted> = {}): Crafted {
  return { name, type: 'symlink', linkname, ...more }
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function listedAs({ name, type, mode = 0, content = '', linkname }: Crafted): ArchivedEntry {
  const common = { path: name.replace(/^\.\//, '').replace(/\/$/, ''), source: 'path: **' }
  if (type === 'symlink') return { ...common, type: 'link', target: linkname ?? '' }
  const octal = `0${mode.toString(8).padStart(3, '0')}`
  if (type === 'directory') return { ...common, type: 'directory', mode: octal }
  return { ...common, type: 'file', size: Buffer.byteLength(content), mode: octal, sha256: sha256(content) }
}

export interface Manifested {
  /** Its text; undefined: no manifest at all. */
  readonly manifest?: string | undefined
  readonly isFirst?: boolean
}

/** The tar of these entries. */
export async function tarOf(entries: readonly Crafted[], options: Manifested = {}): Promise<Buffer> {
  const listed = entries.flatMap((entry) => (entry.listed === undefined ? [listedAs(entry)] : (entry.listed ?? [])))
  const text = 'manifest' in options ? options.manifest : JSON.stringify({ ...HEAD, entries: listed })
  const own = text === undefined ? [] : [file(MANIFEST_FILE, text)]
  const tar = packTar()
  for (const { content, listed: _, ...header } of options.isFirst === true
    ? [...own, ...entries]
    : [...entries, ...own]) {
    tar.entry({ ...header }, content ?? '')
  }
  tar.finalize()
  return buffer(tar)
}

export function compressed(tar: Buffer): Buffer {
  return zstdCompressSync(tar, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
}

/** Keeps the bytes of an archive, and says of it what is true of its bytes. */
export async function keep(
  at: string,
  archive: Buffer,
  { files, bytes }: { readonly files: number; readonly bytes: number },
  name = 'crafted.tar.zst',
): Promise<{ readonly file: string; readonly expect: Expected }> {
  await writeFile(join(at, name), archive)
  const expect = { size: archive.length, digest: `sha256:${sha256(archive)}`, files, bytes }
  return { file: join(at, name), expect }
}

export function amountOf(entries: readonly Crafted[]): { readonly files: number; readonly bytes: number } {
  const files = entries.filter(({ type }) => type === 'file')
  return { files: files.length, bytes: files.reduce((sum, { content = '' }) => sum + Buffer.byteLength(content), 0) }
}
