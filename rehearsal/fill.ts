/** Plausible values for the secrets, variables and inputs that a workflow reads and nobody gave. */
import { randomBytes } from 'node:crypto'
import { RehearsalError } from './errors.ts'
import type { Value } from './runner/expressions.ts'
import type { EventsConfig } from './runner/library.ts'
import type { ContextReference } from './runner/references.ts'

/** A value that the rehearsal made up. A secret's is not kept. */
export interface Filled {
  readonly kind: 'secret' | 'var' | 'input'
  readonly name: string
  readonly value: string
}

/** What the embedded Cloudflare accepts. */
export interface CloudflareFacts {
  readonly apiToken: string
  readonly accountId: string
  readonly project: string
}

type Given = Readonly<Record<string, string>>

export interface Settings {
  readonly secrets: Record<string, string>
  readonly vars: Record<string, string>
  readonly filled: readonly Filled[]
  /** Variables left empty because the workflow has a fallback for them. */
  readonly unset: readonly string[]
}

export function fillSettings(
  references: readonly ContextReference[],
  given: { readonly secrets: Given; readonly vars: Given },
  facts: CloudflareFacts,
): Settings {
  const settings = { secrets: { ...given.secrets }, vars: { ...given.vars } }
  const filled: Filled[] = []
  const unset: string[] = []
  for (const { context, name, optional } of references) {
    if (isGiven(settings[context], name) || /^(GITHUB_TOKEN|ACTIONS_(STEP|RUNNER)_DEBUG)$/i.test(name)) continue
    const value = known(name, facts) ?? (optional ? undefined : madeUp(name))
    if (value === undefined) {
      unset.push(`${context}.${name}`)
      continue
    }
    settings[context][name] = value
    filled.push({ kind: context === 'vars' ? 'var' : 'secret', name, value: context === 'vars' ? value : '***' })
  }
  return { ...settings, filled, unset }
}

/** Names of secrets and variables have no case. */
function isGiven(values: Given, name: string): boolean {
  return Object.keys(values).some((key) => key.toLowerCase() === name.toLowerCase())
}

function known(name: string, facts: CloudflareFacts): string | undefined {
  if (/(CLOUDFLARE|CF)_?(PAGES)?_?(API)?_?TOKEN/i.test(name)) return facts.apiToken
  if (/ACCOUNT_?ID/i.test(name)) return facts.accountId
  return isProjectName(name) ? facts.project : undefined
}

export function isProjectName(name: string): boolean {
  return /PAGES_?PROJECT|PROJECT_?NAME/i.test(name)
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
