/** The three names of one secret. */
import { ActionError } from '../../src/errors.ts'

/** `current` is what is in use, `previous` what still works for a while, `pending` what a rotation has begun with. */
export type Slot = 'current' | 'previous' | 'pending'

/** Upper case, as GitHub keeps them; undefined: this slot is switched off. */
export interface Names {
  readonly current: string
  readonly previous: string | undefined
  readonly pending: string | undefined
}

/** GitHub's own limit is not documented; Cloudflare and shells take this much. */
const LONGEST = 255

/**
 * @param given the inputs `name`, `previous-name` and `pending-name`, which may be empty: then there is no such slot
 * @throws ActionError for a name that GitHub refuses, and for two that are the same
 */
export function parseNames(given: {
  readonly name: string
  readonly previousName: string
  readonly pendingName: string
}): Names {
  const current = parseName(given.name, 'name')
  const previous =
    given.previousName === '' ? undefined : parseName(derived(given.previousName, current), 'previous-name')
  const pending = given.pendingName === '' ? undefined : parseName(derived(given.pendingName, current), 'pending-name')
  const used = [current, previous, pending].filter((name) => name !== undefined)
  if (new Set(used).size === used.length) return { current, previous, pending }
  throw new ActionError(`Inputs name, previous-name and pending-name are not three names: ${used.join(', ')}.`, {
    hint: 'Give each a name of its own, as in SESSION_KEY, SESSION_KEY_PREVIOUS and SESSION_KEY_NEXT.',
  })
}

/** `NAME_PREVIOUS` and `NAME_NEXT` are the defaults in action.yml, where `NAME` stands for the name itself. */
function derived(given: string, name: string): string {
  return given.replace(/^NAME_(?=PREVIOUS$|NEXT$)/, `${name}_`)
}

/**
 * The name of a secret or variable, in upper case.
 *
 * Rules: https://docs.github.com/actions/reference/security/secrets (naming your secrets).
 * @param input whose value it is @throws ActionError
 */
export function parseName(text: string, input: string): string {
  const problem = problemOf(text)
  if (problem === undefined) return text.toUpperCase()
  throw new ActionError(`Input ${input} is "${text}", which ${problem}.`, {
    hint: 'GitHub takes letters, digits and underscores, no digit at the beginning, and no GITHUB_ there.',
  })
}

function problemOf(text: string): string | undefined {
  if (!/^[A-Za-z0-9_]+$/.test(text)) return 'is no name of a secret'
  if (/^\d/.test(text)) return 'begins with a digit'
  if (/^GITHUB_/i.test(text)) return "begins with GitHub's own prefix"
  return text.length > LONGEST ? `is longer than ${LONGEST} characters` : undefined
}
