/** YAML to plain JSON values, each with the place where it is written. */
import {
  type Alias,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml'
import type { Json } from '../check.ts'
import { compose, DEEPEST, type Report } from './compose.ts'
import { at, parentOf, shorten } from './pointer.ts'
import type { Problems, Source } from './problems.ts'

/** Far more than a thousand checks have, far less than a few aliases of aliases come to. */
const MOST_VALUES = 200_000

/** @returns undefined when it is not YAML that can be used; problems say why */
export function parseYaml(text: string, name: string, problems: Problems): Source | undefined {
  const lines = new LineCounter()
  const before = problems.count
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const report = (offset: number, message: string, hint: string) =>
    problems.add({ source: name, place: place(offset), key: '', message, hint })

  const document = compose(text, lines, report)
  if (document === undefined) return undefined
  const converter = new Converter(lines, report)
  const value = converter.convert(document.contents, '', 0)
  if (problems.count > before) return undefined

  const offset = (pointer: string, part: 'key' | 'value'): number => {
    const found = converter.offsets.get(pointer)
    return found === undefined ? (pointer === '' ? 0 : offset(parentOf(pointer), 'key')) : found[part]
  }
  return {
    name,
    value,
    place: (pointer, part) => place(offset(pointer, part)),
    origin: (pointer) => `${name}:${lines.linePos(offset(pointer, 'key')).line}`,
    emptyHint: (pointer) => (pointer === '' ? EMPTY_FILE : emptyHint(text, offset(pointer, 'key'))),
  }
}

const EMPTY_FILE = 'Begin with version: 1 and checks: with a list of checks below it.'

function emptyHint(text: string, key: number): string {
  const [line = '', ...below] = text.slice(key).split('\n')
  const next = below.find((one) => !/^\s*(#|$)/.test(one))
  if (/\s#/.test(line)) return 'A value that begins with # is a comment; put it in quotes.'
  return next === undefined ? 'Write it here.' : 'Write it here, or indent the lines below that belong to it.'
}

class Converter {
  /** Where the keys and values of each pointer stand. */
  readonly offsets = new Map<string, { readonly key: number; readonly value: number }>()
  readonly #lines: LineCounter
  readonly #report: Report
  /** The latest anchor of each name so far: that is what an alias means. */
  readonly #anchors = new Map<string, Node>()
  readonly #targets = new Map<Alias, Node | undefined>()
  /** What is being converted right now; an alias of one of these would have no end. */
  readonly #open = new Set<Node>()
  #values = 0
  /** How many aliases are being followed right now; inside of one, anchors have been met before, where they are written. */
  #aliases = 0

  constructor(lines: LineCounter, report: Report) {
    this.#lines = lines
    this.#report = report
  }

  convert(node: Node | null, pointer: string, depth: number, key = 0): Json {
    const value = node?.range?.[0] ?? key
    if (!this.offsets.has(pointer)) this.offsets.set(pointer, { key: pointer === '' ? value : key, value })
    if (node === null || this.#isTooMuch(value, depth)) return null
    if (isAlias(node)) return this.#convertAlias(node, pointer, depth, key)
    this.#anchor(node)
    if (isScalar(node)) return this.#convertScalar(node.value, value)
    if (!isCollection(node)) return null
    this.#open.add(node)
    const result = isMap(node) ? this.#convertMap(node, pointer, depth) : this.#convertList(node.items, pointer, depth)
    this.#open.delete(node)
    return result
  }

  #isTooMuch(offset: number, depth: number): boolean {
    if (depth > DEEPEST) {
      this.#report(offset, `Values are nested more than ${DEEPEST} deep.`, 'Check the brackets.')
      return true
    }
    if (++this.#values === MOST_VALUES) {
      const most = MOST_VALUES.toLocaleString('en')
      this.#report(
        offset,
        `With its aliases the file comes to more than ${most} values.`,
        'Use fewer aliases of aliases.',
      )
    }
    return this.#values >= MOST_VALUES
  }

  #anchor(node: Node): void {
    if ('anchor' in node && typeof node.anchor === 'string' && this.#aliases === 0) this.#anchors.set(node.anchor, node)
  }

  #convertAlias(alias: Alias, pointer: string, depth: number, key: number): Json {
    const target = this.#target(alias)
    if (target === undefined) return null
    this.#aliases++
    const result = this.convert(target, pointer, depth + 1, key)
    this.#aliases--
    return result
  }

  /** What the alias stands for; undefined, and reported, when that is nothing or what the alias itself is part of. */
  #target(alias: Alias): Node | undefined {
    if (!this.#targets.has(alias)) this.#targets.set(alias, this.#anchors.get(alias.source))
    const target = this.#targets.get(alias)
    const offset = alias.range?.[0] ?? 0
    if (target === undefined) {
      this.#report(
        offset,
        `No anchor "${shorten(alias.source)}" stands above.`,
        'Put a value that begins with * in quotes.',
      )
    } else if (this.#open.has(target)) {
      this.#report(offset, `The alias *${shorten(alias.source)} is part of what it stands for.`, 'Write its value out.')
      return undefined
    }
    return target
  }

  #convertScalar(value: unknown, offset: number): Json {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
    if (typeof value === 'number' && Number.isFinite(value)) return value
    this.#report(
      offset,
      `${shorten(String(value))} is no value of JSON.`,
      'Put it in quotes where it is meant as text.',
    )
    return null
  }

  #convertList(items: readonly unknown[], pointer: string, depth: number): Json {
    return items.map((item, index) => {
      const node = isNode(item) ? item : null
      return this.convert(node, at(pointer, index), depth + 1, node?.range?.[0] ?? 0)
    })
  }

  #convertMap(map: YAMLMap, pointer: string, depth: number): Json {
    const entries = [...this.#pairs(map, depth)].map(([name, { offset, value }]): readonly [string, Json] => [
      name,
      this.convert(value, at(pointer, name), depth + 1, offset),
    ])
    return Object.fromEntries(entries)
  }

  /** The entries of a mapping, and behind them those of the mappings that << merges into it. */
  #pairs(map: YAMLMap, depth: number): Map<string, Entry> {
    const own = new Map<string, Entry>()
    const merged: Pair[] = []
    for (const pair of map.items) {
      if (isScalar(pair.key) && pair.key.source === '<<' && pair.key.type === 'PLAIN') merged.push(pair)
      else this.#addPair(own, pair)
    }
    for (const { key, value } of merged) {
      for (const source of this.#mergeSources(isNode(value) ? value : null, offsetOf(key))) {
        if (this.#isTooMuch(offsetOf(key), depth)) return own
        this.#open.add(map)
        for (const [name, entry] of this.#pairs(source, depth + 1)) if (!own.has(name)) own.set(name, entry)
        this.#open.delete(map)
      }
    }
    return own
  }

  #addPair(own: Map<string, Entry>, { key, value }: Pair): void {
    const offset = offsetOf(key)
    const name = this.#keyName(key)
    const first = own.get(name ?? '')
    if (name === undefined) {
      this.#report(offset, 'This key is no text.', 'Write a name before the colon.')
    } else if (first === undefined) {
      own.set(name, { offset, value: isNode(value) ? value : null })
    } else {
      const { line } = this.#lines.linePos(first.offset)
      this.#report(offset, `The key "${shorten(name)}" is there twice, first in line ${line}.`, 'Remove one of them.')
    }
  }

  #keyName(key: unknown): string | undefined {
    const node = isAlias(key) ? this.#target(key) : key
    if (!isScalar(node)) return undefined
    this.#anchor(node)
    return node.value === null && (node.source ?? '') === '' ? undefined : (node.source ?? String(node.value))
  }

  #mergeSources(node: Node | null, offset: number): readonly YAMLMap[] {
    const target = isAlias(node) ? this.#target(node) : node
    if (target === undefined) return [] // an alias of nothing, which is told already
    const sources = isCollection(target) && !isMap(target) ? target.items : [target]
    return sources.flatMap((source) => {
      const map = isAlias(source) ? this.#target(source) : source
      if (isMap(map)) return [map]
      if (isAlias(source) && map === undefined) return []
      this.#report(
        offset,
        '<< merges mappings, and its value is none.',
        'Write <<: *name, with &name at a mapping above.',
      )
      return []
    })
  }
}

interface Entry {
  readonly offset: number
  readonly value: Node | null
}

function isNode(value: unknown): value is Node {
  return isAlias(value) || isScalar(value) || isCollection(value)
}

function offsetOf(key: unknown): number {
  return isNode(key) ? (key.range?.[0] ?? 0) : 0
}
