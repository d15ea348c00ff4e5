/** One block of 512 bytes that heads an entry of a tar, as it is written, without what extensions say. */
import { type CorruptError, damaged } from './corrupt.ts'
import { LONGEST_PATH } from './limits.ts'
import { shown } from './path.ts'
import { sumOf } from './tar-header.ts'

export interface Header {
  readonly type: 'file' | 'directory' | 'link'
  /** What it is if no snapshot holds such a thing, as in `is a hard link`; then nothing else but the path counts. */
  readonly refused: string | undefined
  /** As it is written, with `./` or a `/` at its end. */
  readonly path: string
  /** All twelve bits. */
  readonly mode: number
  /** Bytes of content that follow. */
  readonly size: number
  /** ms since 1970. */
  readonly modifiedAt: number
  /** Of a link; otherwise empty. */
  readonly target: string
}

/** A header for the next header, or for all that follow. */
export interface ExtensionHeader {
  readonly type: 'extension'
  readonly kind: 'pax' | 'global' | 'path' | 'target'
  readonly size: number
}

const EXTENSIONS: Readonly<Record<string, ExtensionHeader['kind']>> = { x: 'pax', g: 'global', L: 'path', K: 'target' }
const TYPES: Readonly<Record<string, Header['type']>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '2': 'link',
  '5': 'directory',
}
const REFUSED: Readonly<Record<string, string>> = {
  '1': 'is a hard link',
  '3': 'is a device',
  '4': 'is a device',
  '6': 'is a named pipe',
  S: 'is a sparse file',
  M: 'is a part of a file',
}
const CHECKSUM = { at: 148, length: 8 }

/**
 * @returns undefined for a block of zeros, with which a tar ends
 * @throws CorruptError when it is no header
 */
export function parseHeader(block: Buffer): Header | ExtensionHeader | undefined {
  const sum = sumOf(block)
  if (sum === 0) return undefined
  checkSum(block, sum)
  const magic = block.toString('latin1', 257, 263)
  if (magic !== 'ustar\0' && magic !== 'ustar ' && magic !== '\0'.repeat(6)) throw noHeader()
  const flag = String.fromCharCode(block.readUInt8(156))
  const size = numberAt(block, 124, 12)
  const kind = EXTENSIONS[flag]
  if (kind !== undefined) return { type: 'extension', kind, size }
  return headerOf(block, flag, size, magic === 'ustar\0')
}

function headerOf(block: Buffer, flag: string, size: number, hasPrefix: boolean): Header {
  const prefix = hasPrefix ? textAt(block, 345, 155) : ''
  const name = textAt(block, 0, 100)
  const path = prefix === '' ? name : `${prefix}/${name}`
  const listed = TYPES[flag]
  return {
    type: listed ?? 'file',
    refused: listed === undefined ? (REFUSED[flag] ?? `is of an unknown type (${shown(flag)})`) : undefined,
    path,
    mode: numberAt(block, 100, 8) & 0o7777,
    size,
    modifiedAt: numberAt(block, 136, 12) * 1000,
    target: listed === 'link' ? textAt(block, 157, 100) : '',
  }
}

function checkSum(block: Buffer, sum: number): void {
  const field = block.subarray(CHECKSUM.at, CHECKSUM.at + CHECKSUM.length)
  const blank = CHECKSUM.length * 0x20
  if (numberAt(block, CHECKSUM.at, CHECKSUM.length) !== sum - sumOf(field) + blank) throw noHeader()
}

function noHeader(): CorruptError {
  return damaged('Its tar has something else where a header should be.')
}

/** Octal digits among blanks and zeros, or binary where the first bit is set, as GNU tar writes large numbers. */
function numberAt(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length)
  const value = field.readUInt8() >= 0x80 ? binary(field) : octal(field.toString('latin1'))
  if (value === undefined || !Number.isSafeInteger(value)) throw noHeader()
  return value
}

function octal(field: string): number | undefined {
  const digits = /^ *([0-7]*)[ \0]*$/.exec(field)?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits === '' ? '0' : digits, 8)
}

/** Two's complement; times before 1970 are written so. */
function binary(field: Buffer): number {
  const sign = (field.readUInt8() & 0x40) !== 0
  let value = sign ? -1n : 0n
  value = (value << 6n) | BigInt(field.readUInt8() & 0x3f)
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte)
  return Number(value)
}

function textAt(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length)
  const end = field.indexOf(0)
  return decodeName(end === -1 ? field : field.subarray(0, end))
}

/** Bytes of a path or a target as they are written: with `./` before it, and `/` behind it. */
export const LONGEST_NAME = LONGEST_PATH + 3

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws CorruptError when it is too long, or not UTF-8: no manifest could name it */
export function decodeName(bytes: Buffer): string {
  if (bytes.length > LONGEST_NAME) {
    throw damaged(`Its tar has a name of more than ${LONGEST_PATH} bytes: ${shown(bytes.toString('latin1', 0, 200))}.`)
  }
  try {
    return UTF8.decode(bytes)
  } catch {
    throw damaged(`Its tar has a name that is not UTF-8: ${shown(bytes.toString('latin1'))}.`)
  }
}
