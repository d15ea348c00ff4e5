/** Tars block by block, of what no library would write. */
import { encodeHeader, paddingOf, sumOf } from '../../../actions/snapshot/archive/tar-header.ts'
import { type ArchivedEntry, MANIFEST_FILE } from '../../../actions/snapshot/manifest.ts'
import { compressed, sha256 } from './crafted.ts'
import { HEAD } from './setup.ts'

const END = Buffer.alloc(1024)

/** A header of that type flag and what follows it. */
export function member(flag: string, path: string, content: string | Buffer = '', size?: number): Buffer {
  const bytes = Buffer.from(content)
  const header = { type: 'file', path, mode: 0o755, size: size ?? bytes.length, modifiedAt: 0, target: '' } as const
  const block = encodeHeader(header)
  block.write(flag, 156)
  block.fill(' ', 148, 156)
  block.write(`${sumOf(block).toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([block, bytes, Buffer.alloc(paddingOf(bytes.length))])
}

/** A pax header of these records, one after another. */
export function pax(records: readonly (readonly [string, string])[], flag = 'x'): Buffer {
  const lines = records.map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`)
    let length = rest
    while (length !== rest + String(length).length) length = rest + String(length).length
    return `${length} ${key}=${value}\n`
  })
  return member(flag, 'pax', lines.join(''))
}

export function folder(path: string): Buffer {
  const name = pax([['path', path]])
  return Buffer.concat([...(path.length > 100 ? [name] : []), member('5', path.slice(0, 100))])
}

export function link(path: string, target: string): Buffer {
  return encodeHeader({ type: 'link', path, mode: 0o777, size: 0, modifiedAt: 0, target })
}

export function manifest(entries: readonly ArchivedEntry[] = []): Buffer {
  return member('0', MANIFEST_FILE, JSON.stringify({ ...HEAD, entries }))
}

export function fileEntry(path: string, content = 'x'): ArchivedEntry {
  return { type: 'file', path, size: content.length, mode: '0755', sha256: sha256(content), source: '' }
}

export function archive(...parts: readonly Buffer[]): Buffer {
  return compressed(Buffer.concat([...parts, END]))
}
