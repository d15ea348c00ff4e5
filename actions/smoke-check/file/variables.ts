/** Fills in environment variables, and remembers which are missing and which values must never be shown. */
import type { Json, JsonTemplate, Template } from '../check.ts'
import { nearest } from './nearest.ts'
import { at } from './pointer.ts'
import type { Problems, Source } from './problems.ts'
import { joined, parseTemplate, type Written } from './template.ts'

/** Values in request headers, auth, cookies, request bodies and queries are secret: which variables hold secrets is not known. */
export type Use = 'secret' | 'shown'

export class Variables {
  /** Values that must never be shown. */
  readonly secrets = new Set<string>()
  /** Captures whose values must never be shown. */
  readonly secretCaptures = new Set<string>()
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #missing = new Map<string, string>()

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env
  }

  /** An empty one counts as missing: that is what a secret that does not exist comes to in a workflow. */
  read(name: string, place: string): string | undefined {
    const value = this.#env[name]
    if (value !== undefined && value !== '') return value
    if (!this.#missing.has(name)) this.#missing.set(name, place)
    return undefined
  }

  /** Whether every variable that is written anywhere in the value has one. */
  areAllThere(value: Json): boolean {
    const names = [...JSON.stringify(value).matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)
    return names.every((name) => (this.#env[name] ?? '') !== '')
  }

  /** All of the missing ones as one mistake. */
  reportMissing(source: string, captures: readonly string[], problems: Problems): void {
    const [first] = this.#missing
    if (first === undefined) return
    const names = [...this.#missing].map(([name, place]) => `${name}${this.#stateOf(name, captures)} at ${place}`)
    const message =
      names.length === 1
        ? `A variable has no value: ${names.join()}.`
        : `${names.length} variables have no value: ${names.join(', ')}.`
    const hint =
      'Set it under "env:" of the step; if its value is a secret, check that it exists for this environment and event.'
    problems.add({ source, place: first[1], key: '', message, hint })
  }

  #stateOf(name: string, captures: readonly string[]): string {
    if (this.#env[name] === '') return ' (set, but empty)'
    const near = nearest(name, captures)
    return near === undefined ? '' : ` (did you mean the capture \${${near}}?)`
  }
}

/** What a check is read with: reports go to its file, and the captures that it uses are noted. */
export class Scope {
  readonly source: Source
  readonly variables: Variables
  /** Every capture that the check uses, with the key where it first does. */
  readonly used = new Map<string, string>()
  readonly #problems: Problems
  readonly #captures: ReadonlySet<string>

  constructor(source: Source, problems: Problems, variables: Variables, captures: ReadonlySet<string>) {
    this.source = source
    this.variables = variables
    this.#problems = problems
    this.#captures = captures
  }

  report(pointer: string, message: string, hint = '', part: 'key' | 'value' = 'value'): void {
    this.#problems.addAt(this.source, pointer, message, hint, part)
  }

  /** For mistakes that can only be looked for once everything is read. */
  defer(work: () => Promise<void>): void {
    this.#problems.defer(work)
  }

  /** The parts of a text; a mistake in it is reported, and gives none. */
  parse(pointer: string, text: string): Written {
    const parts = parseTemplate(text)
    if (!('message' in parts)) return parts
    this.report(pointer, parts.message, parts.hint)
    return []
  }

  fill(pointer: string, text: string, use: Use): Template {
    return this.fillParts(pointer, this.parse(pointer, text), use)
  }

  fillParts(pointer: string, parts: Written, use: Use): Template {
    return joined(parts.map((part) => (typeof part === 'string' ? part : this.fillOne(pointer, part.variable, use))))
  }

  /** A capture stays as it is; a variable that is missing is noted, and gives nothing. */
  fillOne(pointer: string, name: string, use: Use): Template[number] {
    if (this.#captures.has(name)) {
      if (!this.used.has(name)) this.used.set(name, pointer)
      if (use === 'secret') this.variables.secretCaptures.add(name)
      return { capture: name }
    }
    const value = this.variables.read(name, this.source.place(pointer, 'value')) ?? ''
    if (use === 'secret' && value !== '') this.variables.secrets.add(value)
    return value
  }

  fillJson(pointer: string, value: Json, use: Use): JsonTemplate {
    if (typeof value === 'string') return { text: this.fill(pointer, value, use) }
    if (value === null || typeof value !== 'object') return value
    if (isList(value)) return value.map((item, index) => this.fillJson(at(pointer, index), item, use))
    const members = Object.entries(value)
    return { members: members.map(([key, member]) => [key, this.fillJson(at(pointer, key), member, use)]) }
  }

  /** Text that must be known before the first request. */
  fillNow(pointer: string, text: string, use: Use = 'shown', change: (value: string) => string = String): string {
    const parts = this.parse(pointer, text).map((part) => {
      if (typeof part === 'string') return part
      if (!this.#captures.has(part.variable)) return change(String(this.fillOne(pointer, part.variable, use)))
      this.report(
        pointer,
        `The capture \${${part.variable}} cannot stand here.`,
        'Only variables of the environment can.',
      )
      return ''
    })
    return parts.join('')
  }

  /** Text in which nothing is filled in: names, paths and the like. */
  plain(pointer: string, text: string, part: 'key' | 'value' = 'value'): string {
    if (/\$\{\w+\}/.test(text)) this.report(pointer, 'No variable is filled in here.', 'Write the text itself.', part)
    return text
  }
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
