/** Takes values out of an answer for the checks that need them. */
import type { Check } from '../check.ts'
import type { Finding, Observation } from '../result.ts'
import { finding } from './finding.ts'
import { valueAt } from './source.ts'

export interface Captured {
  readonly values: ReadonlyMap<string, string>
  /** One for each value that is not there. */
  readonly findings: readonly Finding[]
}

export function capture(check: Check, observation: Observation): Captured {
  const sourced = check.capture.map(([name, source]) => [name, valueAt(source, observation)] as const)
  return {
    values: new Map(sourced.flatMap(([name, found]) => (found.ok ? [[name, found.value] as const] : []))),
    findings: sourced.flatMap(([name, found]) => {
      if (found.ok) return []
      const message = `\${${name}} cannot be captured. ${found.problem}`
      return [finding(check, `capture ${name}`, { message, hint: 'Checks that need it are skipped.' })]
    }),
  }
}
