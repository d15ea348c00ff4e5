/** Fills in environment variables, and remembers which are missing and which values must never be shown. */
import type { Json, JsonTemplate, Template } from '../check.ts'
import { nearest } from './nearest.ts'
import { at } from './pointer.ts'
import type { Problems, Source } from './problems.ts'
import { joined, parseTemplate, type Written } from './template.ts'

/** All values are secret but those of addresses: which variables hold secrets is not known. */
export type Use = 'secret' | 'shown'

/** A literal value of a query that is shorter is hidden only in URLs: `1` stands everywhere. */
const SHORTEST = 4

/** The runner has tokens and the action's inputs in them, and whoever edits the file decides who gets what it reads. */
const RUNNERS = /^(?:ACTIONS|INPUT|RUNNER)_/i

export class Variables {
  /** Captures whose values must never be shown. */
  readonly secretCaptures = new Set<string>()
  /** What URLs and base-url begin with; it is shown everywhere. */
  readonly addresses = new Set<string>()
  /** Values in queries of URLs, whoever wrote them. */
  readonly queryValues = new Set<string>()
  /** Those that the file itself writes: keys, or just limits. */
  readonly literals = new Set<string>()
  /** What must never be shown, with the value that it is a form of. */
  readonly #hidden = new Map<string, string>()
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #missing = new Map<string, string>()

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env
  }

  /** @param forms that it is written in, too */
  hide(value: string, ...forms: readonly string[]): void {
    this.#hidden.set(value, value)
    for (const form of forms) if (!this.#hidden.has(form)) this.#hidden.set(form, value)
  }

  /**
   * Values that must never be shown. The address of a site that is checked is none, although it may stand in a header,
   * too: everybody sees it.
   */
  secrets(): readonly string[] {
    const addresses = [...this.addresses].flatMap((address) => URL.parse(address)?.href ?? [])
    const hidden = [...this.#hidden].flatMap(([form, value]) => (isBeginning(value, addresses) ? [] : [form]))
    const queries = [...this.queryValues].filter((value) => value.length >= SHORTEST)
    return [...new Set([...hidden, ...queries])]
  }

  /** Values of queries that are no variable's. */
  queryLiterals(): readonly string[] {
    return [...this.literals].filter((value) => value !== '' && !this.#hidden.has(value))
  }

  has(name: string): boolean {
    return (this.#env[name] ?? '') !== ''
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
    return names.every((name) => this.has(name) && !RUNNERS.test(name))
  }

  /** All of the missing ones as one mistake. */
  reportMissing(source: string, captures: readonly string[], inTerminal: boolean, problems: Problems): void {
    const [first] = this.#missing
    if (first === undefined) return
    const names = [...this.#missing].map(([name, place]) => `${name}${this.#stateOf(name, captures)} at ${place}`)
    const message =
      names.length === 1
        ? `A variable has no value: ${names.join()}.`
        : `${names.length} variables have no value: ${names.join(', ')}.`
    const [name] = first
    const hint = inTerminal
      ? `Set it before the command, as in ${name}=… npm run smoke.`
      : 'Set it under "env:" of the step; if its value is a secret, check that it exists for this environment and event.'
    problems.add({ source, place: first[1], key: '', message, hint })
  }

  #stateOf(name: string, captures: readonly string[]): string {
    if (this.#env[name] === '') return ' (set, but empty)'
    const near = nearest(name, captures)
    return near === undefined ? '' : ` (did you mean the capture \${${near}}?)`
  }
}

/** Whether the value is an address, and no more than one, that one of the others begins with. */
function isBeginning(value: string, addresses: readonly string[]): boolean {
  const url = /^https?:/i.test(value) ? URL.parse(value) : null
  if (url === null || url.username !== '' || url.password !== '' || /[?#]/.test(value)) return false
  const plain = url.href.replace(/\/+$/, '')
  return addresses.some((address) => address.startsWith(plain) && /^(?:$|[/?])/.test(address.slice(plain.length)))
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

  /**
   * The parts of a text; a mistake in it is reported, and gives none.
   *
   * @param shell whether $NAME is taken for a variable by mistake: where that one has a value, also where it begins the text
   */
  parse(pointer: string, text: string, shell: 'whole' | 'known' | 'never' = 'known'): Written {
    const parts = parseTemplate(text)
    if ('message' in parts) {
      this.report(pointer, parts.message, parts.hint)
      return []
    }
    const name = shell === 'never' ? undefined : this.#shellVariable(parts, shell)
    if (name === undefined) return parts
    const message = `$${name} is the syntax of shells, which is not filled in here.`
    this.report(pointer, message, `Write \${${name}}.`)
    return []
  }

  #shellVariable(parts: Written, shell: 'whole' | 'known'): string | undefined {
    const texts = parts.filter((part) => typeof part === 'string')
    const [, first] = /^\$([A-Z][A-Z0-9_]+)\b/.exec(typeof parts[0] === 'string' ? parts[0] : '') ?? []
    if (shell === 'whole' && first !== undefined) return first
    const names = texts.flatMap((text) => [...text.matchAll(/(?<![\w$\\])\$([A-Z][A-Z0-9_]+)\b/g)])
    return names.map(([, name = '']) => name).find((name) => this.variables.has(name))
  }

  fill(pointer: string, text: string, use: Use, shell: 'whole' | 'known' = 'known'): Template {
    return this.fillParts(pointer, this.parse(pointer, text, shell), use)
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
    if (RUNNERS.test(name)) {
      const hint = 'Give the step an environment variable of another name with the value that is meant.'
      this.report(pointer, `\${${name}} is a variable of the runner, which a checks file must not read.`, hint)
      return ''
    }
    const value = this.variables.read(name, this.source.place(pointer, 'value')) ?? ''
    if (use === 'secret' && value !== '') this.variables.hide(value)
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
  fillNow(pointer: string, text: string, use: Use = 'shown'): string {
    return this.#fillKnown(pointer, this.parse(pointer, text), (name) => String(this.fillOne(pointer, name, use)))
  }

  /** A regular expression, in which variables stand for their characters as they are, and $ for an end. */
  fillPattern(pointer: string, text: string): string {
    return this.#fillKnown(pointer, this.parse(pointer, text, 'never'), (name) => {
      const value = String(this.fillOne(pointer, name, 'secret'))
      const escaped = value.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&')
      if (value !== '') this.variables.hide(value, escaped)
      return escaped
    })
  }

  #fillKnown(pointer: string, written: Written, valueFor: (name: string) => string): string {
    const parts = written.map((part) => {
      if (typeof part === 'string') return part
      if (!this.#captures.has(part.variable)) return valueFor(part.variable)
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
