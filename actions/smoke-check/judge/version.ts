/** The version gate: whether it is the deployed version that answers. */
import type { Check } from '../check.ts'
import type { Finding, Observation } from '../result.ts'
import { finding } from './finding.ts'
import { plain } from './show.ts'
import { describeSource, valueAt } from './source.ts'

/** What the answer says about its version, where the check says how it is served; shortened for reports. */
export function servedVersion(check: Check, observation: Observation): string | undefined {
  if (check.version === undefined) return undefined
  const served = valueAt(check.version, observation)
  return served.ok ? plain(served.value.trim(), observation.redact) : undefined
}

/**
 * A finding with `waiting`, always of severity fail, until the served version is the expected one; nothing served is waiting too, since the
 * version before may not have served any. Without an expected version nothing is judged.
 */
export function judgeVersion(check: Check, observation: Observation): readonly Finding[] {
  const { expectVersion: expected } = observation
  if (check.version === undefined || expected === undefined) return []
  const served = valueAt(check.version, observation)
  if (served.ok && isSameVersion(served.value.trim(), expected.trim())) return []
  const shown = served.ok ? plain(served.value.trim(), observation.redact) : undefined
  const message = served.ok
    ? `Version ${shown} answers; waiting for ${expected}.`
    : `No version is served yet: ${served.problem} Waiting for ${expected}.`
  const hint = `If it stays so: is the deployment live on this URL, is a cache in front of it, and is ${describeSource(check.version)} written by its build?`
  return [{ ...finding(check, 'version', { message, hint }), severity: 'fail', waiting: { expected, served: shown } }]
}

/**
 * Equal but for the `v` before a number, which tags have and packages have not; or one a whole commit name (SHA-1 or
 * SHA-256) and the other its beginning, of 7 characters or more. A build number is no beginning of a longer one.
 */
export function isSameVersion(served: string, expected: string): boolean {
  const [one, other] = [normal(served), normal(expected)]
  if (one === other) return true
  const [short, long] = one.length < other.length ? [one, other] : [other, one]
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(long) && short.length >= 7 && long.startsWith(short)
}

/** A commit name in lower case; all else as it is, without a leading `v`. */
function normal(version: string): string {
  const plain = version.replace(/^v(?=\d)/i, '')
  return /^[0-9a-f]+$/i.test(plain) ? plain.toLowerCase() : plain
}
