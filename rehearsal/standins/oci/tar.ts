/** A tar of files whose bytes depend on nothing but the files: no owner, no time but the one that is given. */

export interface TarFile {
  /** Without a leading slash; a folder's ends in one. */
  readonly path: string
  readonly mode: number
  /** Of a folder, empty. */
  readonly content: Uint8Array
}

const BLOCK = 512

/** @param seconds since 1970, the time of every file */
export function tar(files: readonly TarFile[], seconds: number): Buffer {
  const parts = files.flatMap((file) => entry(file, seconds))
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

function entry(file: TarFile, seconds: number): readonly Uint8Array[] {
  const { path, content } = file
  const split = splitPath(path)
  const type = path.endsWith('/') ? '5' : '0'
  if (split !== undefined) return [header({ ...split, ...file, type, seconds }), ...padded(content)]
  // Longer than the format's own fields: a record of POSIX's pax before it.
  const record = paxRecord('path', path)
  const pax = { name: 'pax', prefix: '', mode: 0o644, content: record, type: 'x', seconds }
  const own = { name: path.slice(-100), prefix: '', ...file, type, seconds }
  return [header(pax), ...padded(record), header(own), ...padded(content)]
}

function splitPath(path: string): { name: string; prefix: string } | undefined {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' }
  const at = path.slice(0, 155).lastIndexOf('/')
  const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
  const fits = at > 0 && name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155
  return fits ? { name, prefix } : undefined
}

/** Its length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  const length = rest + `${rest}`.length
  const whole = length + (`${length}`.length > `${rest}`.length ? 1 : 0)
  return Buffer.from(`${whole} ${key}=${value}\n`)
}

interface Header {
  readonly name: string
  readonly prefix: string
  readonly mode: number
  readonly content: Uint8Array
  readonly type: string
  readonly seconds: number
}

function header({ name, prefix, mode, content, type, seconds }: Header): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`
  block.write(name, 0)
  block.write(octal(mode, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(content.length, 12), 124)
  block.write(octal(seconds, 12), 136)
  block.write(' '.repeat(8), 148)
  block.write(type, 156)
  block.write('ustar\0' + '00', 257)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function padded(content: Uint8Array): readonly Uint8Array[] {
  return [content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]
}
