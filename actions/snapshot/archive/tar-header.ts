/** The headers of a tar: POSIX ustar, with a pax header before it where a name or a size does not fit. */

export interface TarHeader {
  readonly type: 'file' | 'directory' | 'link'
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  /** Bytes; 0 unless it is a file. */
  readonly size: number
  /** ms since 1970. */
  readonly modifiedAt: number
  /** Where a link leads to. */
  readonly target: string
}

/** Everything in a tar begins at a multiple of this many bytes. */
export const BLOCK = 512
/** Two empty blocks. */
export const END_OF_TAR = Buffer.alloc(2 * BLOCK)

const TYPE_FLAGS = { file: '0', directory: '5', link: '2' } as const
const LONGEST_NAME = 100
const LONGEST_PREFIX = 155
/** What 11 octal digits can say. */
const LARGEST_NUMBER = 8 ** 11 - 1

/** How many bytes follow the content of a file up to the next block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

/** Owner and group are root's numbers, without names: whoever unpacks it owns it. */
export function encodeHeader(header: TarHeader): Buffer {
  const name = header.type === 'directory' ? `${header.path}/` : header.path
  const split = splitName(name)
  const records = [
    ...(split === undefined ? [paxRecord('path', name)] : []),
    ...(fits(header.target) ? [] : [paxRecord('linkpath', header.target)]),
    ...(header.size > LARGEST_NUMBER ? [paxRecord('size', String(header.size))] : []),
  ]
  const block = encodeBlock(header, split ?? { name: cut(name), prefix: '' }, TYPE_FLAGS[header.type])
  return records.length === 0 ? block : Buffer.concat([encodePax(header, records.join('')), block])
}

interface Split {
  readonly name: string
  readonly prefix: string
}

/** undefined where the name needs a pax header; others than ASCII's characters do, since ustar knows no encoding. */
function splitName(name: string): Split | undefined {
  if (fits(name)) return { name, prefix: '' }
  if (!isAscii(name)) return undefined
  const at = name.indexOf('/', name.length - LONGEST_NAME - 1)
  if (at === -1 || at > LONGEST_PREFIX || at === name.length - 1 || at === 0) return undefined
  return { name: name.slice(at + 1), prefix: name.slice(0, at) }
}

function fits(text: string): boolean {
  return text.length <= LONGEST_NAME && isAscii(text)
}

function isAscii(text: string): boolean {
  return !/[^ -~]/.test(text)
}

/** For a reader that knows no pax. With a slash at its end even others would take a file for a folder. */
function cut(name: string): string {
  return name
    .replaceAll(/[^ -~]/g, '_')
    .slice(0, LONGEST_NAME)
    .replace(/\/+$/, '_')
}

function encodePax(header: TarHeader, records: string): Buffer {
  const content = Buffer.from(records)
  const described = { ...header, size: content.length, mode: 0o644, target: '' }
  const block = encodeBlock(described, { name: 'PaxHeader', prefix: '' }, 'x')
  return Buffer.concat([block, content, Buffer.alloc(paddingOf(content.length))])
}

/** `<length> <key>=<value>` and a line break, where the length counts itself too. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest
  while (length !== rest + String(length).length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

function encodeBlock(header: TarHeader, { name, prefix }: Split, typeFlag: string): Buffer {
  const block = Buffer.allocUnsafe(BLOCK).fill(0) // from Node's pool: there are hundreds of thousands
  block.write(name, 0, LONGEST_NAME, 'latin1')
  block.write(octal(header.mode, 7), 100, 'latin1')
  block.write(octal(0, 7), 108, 'latin1')
  block.write(octal(0, 7), 116, 'latin1')
  writeSize(block, header.size)
  const seconds = Math.floor(header.modifiedAt / 1000)
  block.write(octal(Math.min(Math.max(seconds, 0), LARGEST_NUMBER), 11), 136, 'latin1')
  block.write('        ', 148, 'latin1') // the checksum counts itself as blanks
  block.write(typeFlag, 156, 'latin1')
  if (fits(header.target)) block.write(header.target, 157, 'latin1')
  block.write('ustar\u000000', 257, 'latin1')
  block.write(prefix, 345, 'latin1')
  block.write(`${octal(sumOf(block), 6)}\0 `, 148, 'latin1')
  return block
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}

/** Beyond the octal digits as GNU tar writes it, in binary, for readers that do not know pax. */
function writeSize(block: Buffer, size: number): void {
  if (size <= LARGEST_NUMBER) {
    block.write(octal(size, 11), 124, 'latin1')
    return
  }
  block[124] = 0x80
  block.writeBigUInt64BE(BigInt(size), 128)
}

/** The sum of a header's bytes, which is its checksum where that field holds blanks. */
export function sumOf(block: Uint8Array): number {
  let sum = 0
  for (const byte of block) sum += byte
  return sum
}
