/** Plausible values for the secrets, variables and inputs that a workflow reads and nobody gave. */
import { randomBytes } from 'node:crypto'
import { type AgeKeys, isIdentity, isRecipient } from './age-keys.ts'
import { type CloudflareFacts, isAccountId, isApiToken, isProjectName } from './cloudflare-facts.ts'
import { RehearsalError } from './errors.ts'
import { type Host, isHook, serviceNamed } from './host/server.ts'
import type { Value } from './runner/expressions.ts'
import type { EventsConfig } from './runner/library.ts'
import type { ContextReference } from './runner/references.ts'

/** A value that the rehearsal made up. A secret's is not kept. */
export interface Filled {
  readonly kind: 'secret' | 'var' | 'input'
  readonly name: string
  readonly value: string
  /** What is left to do on GitHub, where a made-up value hides it. */
  readonly advice?: string
}

/** A secret or variable that nobody gave and that needs no value. */
export interface Unset {
  /** `vars.REGION` */
  readonly name: string
  /** `the workflow has a fallback` */
  readonly reason: string
}

type Given = Readonly<Record<string, string>>

/** Values of which parts fit each other. */
type Facts = CloudflareFacts & { readonly age: AgeKeys; readonly host: Pick<Host, 'addresses'> }

export interface Settings {
  readonly secrets: Given
  readonly vars: Given
  readonly filled: readonly Filled[]
  readonly unset: readonly Unset[]
}

export function fillSettings(
  references: readonly ContextReference[],
  given: { readonly secrets: Given; readonly vars: Given },
  facts: Facts,
): Settings {
  const settings = { secrets: { ...given.secrets }, vars: { ...given.vars } }
  const filled: Filled[] = []
  const unset: Unset[] = []
  for (const reference of references) {
    const { context, name } = reference
    if (isGiven(settings[context], name) || /^(GITHUB_TOKEN|ACTIONS_(STEP|RUNNER)_DEBUG)$/i.test(name)) continue
    const reason = reasonToLeave(reference, references, facts)
    if (reason !== undefined) {
      unset.push({ name: `${context}.${name}`, reason })
      continue
    }
    const value = known(name, facts) ?? madeUp(name)
    settings[context][name] = value
    filled.push(report(reference, value))
  }
  return { ...settings, filled, unset }
}

function reasonToLeave(
  { context, name, optional, asked }: ContextReference,
  all: readonly ContextReference[],
  facts: Facts,
): string | undefined {
  if (serviceNamed(name) !== undefined) return undefined
  if (context === 'secrets' && isSlot(name, all)) return 'the rotation makes it'
  if (context === 'vars' && asked) return 'the workflow asks whether it is set'
  if (isProjectName(name) && facts.configuredIn !== undefined) return `${facts.configuredIn} names the project`
  return optional && known(name, facts) === undefined ? 'the workflow has a fallback' : undefined
}

/** Beside a secret that is rotated: what it will be, and what it was. */
function isSlot(name: string, all: readonly ContextReference[]): boolean {
  const [, base] = /^(.+)_(?:NEXT|PREVIOUS)$/i.exec(name) ?? []
  const wanted = base?.toLowerCase()
  return all.some((other) => other.context === 'secrets' && other.name.toLowerCase() === wanted)
}

function report({ context, name }: ContextReference, value: string): Filled {
  const list = context === 'vars' ? 'variables' : 'secrets'
  const advice = { advice: `set it in the repository's ${list} before the first run` }
  const own = isProjectName(name) ? advice : {}
  return context === 'vars' ? { kind: 'var', name, value, ...own } : { kind: 'secret', name, value: '***', ...own }
}

/** Names of secrets and variables have no case. */
function isGiven(values: Given, name: string): boolean {
  return Object.keys(values).some((key) => key.toLowerCase() === name.toLowerCase())
}

function known(name: string, { apiToken, accountId, projects, age, host }: Facts): string | undefined {
  const service = serviceNamed(name)
  if (service !== undefined) return host.addresses(service)[isHook(name) ? 'hook' : 'url']
  if (isRecipient(name)) return age.recipient
  if (isIdentity(name)) return age.identity
  if (isApiToken(name)) return apiToken
  if (isAccountId(name)) return accountId
  return isProjectName(name) ? projects[0] : undefined
}

function madeUp(name: string): string {
  return `rehearsed-${name.toLowerCase().replaceAll('_', '-')}-${randomBytes(6).toString('hex')}`
}

/**
 * The inputs of a manual run, checked as GitHub does.
 * @throws RehearsalError for an input that the workflow does not have, or a value it does not take
 */
export function fillInputs(on: EventsConfig, given: Given): { inputs: Record<string, Value>; filled: Filled[] } {
  const declared = on.workflow_dispatch?.inputs ?? {}
  const unknown = Object.keys(given).filter((name) => !(name in declared))
  if (unknown.length > 0) {
    const names = Object.keys(declared).join(', ') || 'none'
    throw new RehearsalError(`Unexpected input: ${unknown.join(', ')}. The workflow's inputs: ${names}.`)
  }
  const filled: Filled[] = []
  const inputs = Object.entries(declared).map(([name, { type, required, default: standard, options }]) => {
    const chosen = given[name] ?? standard
    if (chosen === undefined && required === true) {
      const value = options?.[0] ?? `${sample(`${type}`)}`
      filled.push({ kind: 'input', name, value })
      return [name, typed(`${type}`, value)] as const
    }
    if (options !== undefined && chosen !== undefined && !options.includes(`${chosen}`)) {
      throw new RehearsalError(`Input ${name} cannot be '${chosen}'. It is one of: ${options.join(', ')}.`)
    }
    return [name, typed(`${type}`, `${chosen ?? ''}`)] as const
  })
  return { inputs: Object.fromEntries(inputs), filled }
}

function sample(type: string): string {
  return { boolean: 'false', number: '1', environment: 'production' }[type] ?? 'rehearsal'
}

function typed(type: string, value: string): Value {
  if (type === 'boolean') return value === 'true'
  return type === 'number' ? Number(value) : value
}
