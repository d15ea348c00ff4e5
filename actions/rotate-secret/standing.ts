/** What a run that has failed leaves in force. */
import type { Outcome } from './report.ts'

/** What is in force, as the beginning of a sentence: it is what is asked first at night. */
export function standing(outcome: Outcome): string {
  const { ledger, inputs, decision } = outcome
  const { current } = inputs.names
  if (ledger.committedAt !== undefined) {
    return `The new value of ${current} is in place everywhere, and what comes after that failed`
  }
  if (decision.kind === 'retire') return `${current} works as before, and its previous value was not retired`
  if (decision.kind === 'finish') return `${current} works as before, and cleaning up failed`
  const ahead = readersAhead(outcome)
  return ahead.length === 0
    ? `${current} was not rotated: what runs read has not changed`
    : `${current} was rotated in a part of its places only: of what runs read, the new value is already in ${ahead.join(', ')}`
}

/** What runs read and has the new value, while the secret whose date counts has not. */
export function readersAhead({ ledger, places, inputs: { names } }: Outcome): readonly string[] {
  const readers = new Set(places.others.filter(({ role }) => role === 'github').map(({ label }) => label))
  const holds = (done: readonly string[]) => done.includes(`${names.current} has the new value`)
  return ledger.entries().flatMap(([label, { done }]) => (readers.has(label) && holds(done) ? [label] : []))
}
