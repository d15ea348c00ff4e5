/** Takes values out of an answer for the checks that need them. */
import type { Check } from '../check.ts'
import type { Finding, Observation } from '../result.ts'
import { finding } from './finding.ts'
import { count } from './show.ts'
import { type Sourced, valueAt } from './source.ts'

export interface Captured {
  readonly values: ReadonlyMap<string, string>
  /** One for each value that is not there. */
  readonly findings: readonly Finding[]
}

/** Characters. Nothing that is sent again is longer, and each is looked for in everything that is shown. */
const LONGEST = 8192

/** @param sent names of the captures that requests are made of */
export function capture(check: Check, observation: Observation, sent: ReadonlySet<string> = new Set()): Captured {
  const sourced = check.capture.map(([name, source]) => {
    return [name, usable(valueAt(source, observation), sent.has(name))] as const
  })
  return {
    values: new Map(sourced.flatMap(([name, found]) => (found.ok ? [[name, found.value] as const] : []))),
    findings: sourced.flatMap(([name, found]) => {
      if (found.ok) return []
      const message = `\${${name}} cannot be captured. ${found.problem}`
      return [finding(check, `capture ${name}`, { message, hint: 'Checks that need it are skipped.' })]
    }),
  }
}

/** A server that is asked for an id may give back a page, or lines that would be taken for more than one header. */
function usable(found: Sourced, isSent: boolean): Sourced {
  if (!found.ok) return found
  const { value } = found
  if (value.length > LONGEST) {
    return {
      ok: false,
      problem: `It has ${count(value.length, 'character')}; at most ${count(LONGEST, 'character')} are kept.`,
    }
  }
  if (!isSent || !/\p{Cc}/u.test(value)) return found
  return { ok: false, problem: 'There is a line break or another control character in it, so that it cannot be sent.' }
}
