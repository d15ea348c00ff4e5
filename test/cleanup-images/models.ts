/** Versions and manifests as a plan gets them. Times are days before NOW. */
import { parseInputs } from '../../actions/cleanup-images/inputs.ts'
import { type Plan, planCleanup } from '../../actions/cleanup-images/plan.ts'
import type { Manifest, Version } from '../../actions/cleanup-images/version.ts'
import { readManifest } from '../../scripts/action-yml.ts'
import { InputReader } from '../../src/input.ts'

export const DAY = 86_400_000
export const NOW = Date.UTC(2026, 10, 29, 12)

/** A digest that can be told by its first letters: hexadecimal ones. */
export function digestOf(name: string): string {
  return `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}`
}

/** The tag under which what is about it is listed. */
export function fallbackTag(name: string, suffix = ''): string {
  return `${digestOf(name).replace(':', '-')}${suffix}`
}

export interface Given {
  readonly name: string
  /** Default: 100. */
  readonly age?: number
  readonly tags?: readonly string[]
  /** Names. */
  readonly parts?: readonly string[]
  /** A name. */
  readonly about?: string
}

export function versionsOf(given: readonly Given[]): readonly Version[] {
  return given.map(({ name, age = 100, tags = [] }, index) => ({
    id: index + 1,
    digest: digestOf(name),
    tags,
    changedAt: NOW - age * DAY,
  }))
}

export function manifestsOf(given: readonly Given[]): ReadonlyMap<string, Manifest> {
  return new Map(
    given.map(({ name, parts = [], about }) => [
      digestOf(name),
      { parts: parts.map(digestOf), subject: about === undefined ? undefined : digestOf(about) },
    ]),
  )
}

/** The inputs of action.yml with their defaults, as far as none is given. */
export function allInputs(inputs: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const declared = Object.entries(readManifest('cleanup-images').inputs)
  return Object.fromEntries(declared.map(([name, { default: fallback = '' }]) => [name, inputs[name] ?? fallback]))
}

export function parsed(inputs: Readonly<Record<string, string>> = {}) {
  const all = allInputs({ 'github-token': 'a-token', ...inputs })
  return parseInputs(
    new InputReader(
      (name) => (all[name] ?? '').trim(),
      () => {},
    ),
  )
}

/** With `keep-last: 0` unless it is given, since the rule hides all others in a small package. */
export function plan(given: readonly Given[], inputs: Readonly<Record<string, string>> = {}): Plan {
  const { policy } = parsed({ 'keep-last': '0', ...inputs })
  return planCleanup(versionsOf(given), manifestsOf(given), policy, NOW)
}

const nameOf = (digest: string) => Buffer.from(digest.slice('sha256:'.length), 'hex').toString().replaceAll('\0', '')

/** The names of what goes, in the order in which it goes. */
export function deleted({ deletions }: Plan): readonly string[] {
  return deletions.map(({ digest }) => nameOf(digest))
}

/** Why something is kept or deleted. */
export function why({ verdicts }: Plan, name: string): string {
  const found = verdicts.find(({ version }) => version.digest === digestOf(name))
  if (found === undefined) throw new Error(`No version ${name}.`)
  return `${found.keep ? 'keep' : 'delete'}: ${found.reasons.join('; ')}`
}
