/** Reads the lists of the inputs `tags`, `flavor` and `images`: one entry a line, its attributes parted by commas. */
import { Failure } from '../../action.ts'

export interface Entry {
  readonly type: TagType
  readonly attributes: Readonly<Record<string, string>>
}

export interface Flavor {
  readonly latest: string
  readonly prefix: string
  readonly suffix: string
  readonly prefixLatest: boolean
  readonly suffixLatest: boolean
}

const PRIORITIES = { schedule: 1000, semver: 900, match: 800, edge: 700, ref: 600, raw: 200, sha: 100 } as const
export type TagType = keyof typeof PRIORITIES

const DEFAULTS: Readonly<Record<TagType, Readonly<Record<string, string>>>> = {
  schedule: { pattern: 'nightly' },
  semver: { value: '' },
  match: { value: '', group: '0' },
  edge: { branch: '' },
  ref: {},
  raw: {},
  sha: { prefix: 'sha-', format: 'short' },
}
const REQUIRED: Readonly<Partial<Record<TagType, string>>> = {
  semver: 'pattern',
  match: 'pattern',
  ref: 'event',
  raw: 'value',
}
const STANDARD = ['type=schedule', 'type=ref,event=branch', 'type=ref,event=tag', 'type=ref,event=pr']

/** The first one with the highest priority first. */
export function readEntries(lines: readonly string[]): readonly Entry[] {
  const entries = (lines.length === 0 ? STANDARD : lines).map(readEntry)
  return entries.toSorted((one, other) => priorityOf(other) - priorityOf(one))
}

function priorityOf({ type, attributes }: Entry): number {
  return Number(attributes['priority'] ?? PRIORITIES[type])
}

function readEntry(line: string): Entry {
  const { type: named = 'raw', ...given } = Object.fromEntries(fieldsOf(line).map((field) => pairOf(field)))
  if (named === 'pep440') throw new Failure("The rehearsal's stand-in does not support tags of type=pep440.")
  const type = tagTypes.find((known) => known === named)
  if (type === undefined) throw new Failure(`Unknown tag type attribute: ${named}`)
  const pull = type === 'ref' && given['event'] === 'pr' ? { prefix: 'pr-' } : {}
  const attributes: Record<string, string> = { enable: 'true', ...DEFAULTS[type], ...pull, ...given }
  const missing = REQUIRED[type]
  if (missing !== undefined && attributes[missing] === undefined) {
    throw new Failure(`Missing ${missing} attribute for ${line}`)
  }
  checkChoice(line, 'event', attributes['event'], ['branch', 'tag', 'pr'])
  checkChoice(line, 'format', attributes['format'], ['short', 'long'])
  return { type, attributes }
}

const tagTypes: readonly TagType[] = ['schedule', 'semver', 'match', 'edge', 'ref', 'raw', 'sha']

function checkChoice(line: string, name: string, value: string | undefined, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value)) throw new Failure(`Invalid ${name} for ${line}`)
}

export function readFlavor(lines: readonly string[]): Flavor {
  const flavor = { latest: 'auto', prefix: '', suffix: '', prefixLatest: false, suffixLatest: false }
  for (const line of lines) {
    let before = ''
    for (const [key, value] of fieldsOf(line).map((field) => pairOf(field))) {
      if (key === 'latest' && ['auto', 'true', 'false'].includes(value)) flavor.latest = value
      else if (key === 'latest') throw new Failure(`Invalid latest flavor entry: ${line}`)
      else if (key === 'prefix' || key === 'suffix') flavor[key] = value
      else if (key === 'onlatest' && before === 'prefix') flavor.prefixLatest = value === 'true'
      else if (key === 'onlatest' && before === 'suffix') flavor.suffixLatest = value === 'true'
      else throw new Failure(`Unknown flavor entry: ${line}`)
      before = key
    }
  }
  return flavor
}

/** `name/app`, `name/app,ghcr.io/name/app` or `name=ghcr.io/name/app,enable=true`. */
export function readImages(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const fields = fieldsOf(line)
    if (!fields.some((field) => field.includes('='))) return fields
    const { name, enable = 'true' } = Object.fromEntries(fields.map((field) => pairOf(field, 'name')))
    if (name === undefined) throw new Failure(`Image name attribute empty: ${line}`)
    if (enable !== 'true' && enable !== 'false') throw new Failure(`Invalid enable attribute value: ${line}`)
    return enable === 'true' ? [name] : []
  })
}

/** As CSV has them: a field in quotes may hold commas. */
function fieldsOf(line: string): readonly string[] {
  const fields = line.match(/(?:"(?:[^"]|"")*"|[^,])+/g) ?? []
  return fields.map((field) =>
    field
      .trim()
      .replace(/^"([\s\S]*)"$/, '$1')
      .replaceAll('""', '"'),
  )
}

/** @param alone what a field without a name is called */
function pairOf(field: string, alone = 'value'): readonly [string, string] {
  const at = field.indexOf('=')
  return at < 0 ? [alone, field] : [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim()]
}
