/** What a run that has failed leaves in force. */
import type { Outcome } from './report.ts'

/** What is in force, as the beginning of a sentence: it is what is asked first at night. */
export function standing(outcome: Outcome): string {
  const { ledger, inputs, decision, places } = outcome
  const { current } = inputs.names
  if (ledger.committedAt !== undefined) {
    return `The new value of ${current} is in place everywhere, and what comes after that failed`
  }
  if (decision.kind === 'retire') return `${current} works as before, and its previous value was not retired`
  if (decision.kind === 'finish') return `${current} works as before, and cleaning up failed`
  const ahead = aheadOf(outcome)
  return ahead.length === 0
    ? `${current} was not rotated: nothing uses the new value yet`
    : `${current} was rotated in a part of its places only: the new value is in ${ahead.map(described(outcome)).join(', ')}, and not in ${places.home.label}`
}

/** Labels of what has the new value, while the secret whose date counts has not. */
export function aheadOf({ ledger, inputs: { names } }: Outcome): readonly string[] {
  const holds = (done: readonly string[]) => done.includes(`${names.current} has the new value`)
  return ledger.entries().flatMap(([label, { done }]) => (holds(done) ? [label] : []))
}

function described({ places, ledger }: Outcome): (label: string) => string {
  const waiting = places.others.filter(({ needsDeployment }) => needsDeployment && !ledger.redeployed)
  const labels = new Set(waiting.map(({ label }) => label))
  return (label) => (labels.has(label) ? `${label} (from its next deployment on)` : label)
}
