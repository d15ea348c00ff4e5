/** What a run warns of though it has done what it was to do. */
import type { Ports } from './ports.ts'
import type { Outcome } from './report.ts'
import type { Store } from './stores/store.ts'

export function warn({ inputs, decision, seen, places, ledger }: Outcome, { runner: { log } }: Ports): void {
  const { names } = inputs
  const { writtenAt, given } = seen.facts
  const rotates = decision.kind === 'rotate' || decision.kind === 'resume'
  if (
    ledger.committedAt !== undefined &&
    inputs.grace > 0 &&
    writtenAt.current !== undefined &&
    !given.current &&
    names.previous !== undefined
  ) {
    log.warning(
      `Input current is empty, so that the old value of ${names.current} could not be kept as ${names.previous}: it stopped working at once. Give the step "current: \${{ secrets.${names.current} }}"; if it is there, the job's environment may not be the one that holds the secret.`,
    )
  }
  if (rotates && names.pending === undefined) {
    log.warning(
      `Input pending-name is empty: had this run stopped halfway, the new value of ${names.current} would have been lost.`,
    )
  }
  if (
    rotates &&
    inputs.revoke !== undefined &&
    inputs.grace === 0 &&
    writtenAt.previous !== undefined &&
    !given.previous
  ) {
    log.warning(
      `Input previous is empty, so that the value of ${names.previous} could not be given to revoke-command, and is not kept any more: revoke it at its issuer by hand.`,
    )
  }
  const lacking = decision.kind === 'not-due' ? places.others.filter((store) => lacks(store, seen)) : []
  if (lacking.length === 0) return
  log.warning(
    `${names.current} is missing in ${lacking.map(({ label }) => label).join(', ')}, and is not due yet: the next rotation writes it there, too, or a run with force: true does now.`,
  )
}

function lacks(store: Store, { present }: Outcome['seen']): boolean {
  return !store.isBlind && present.get(store)?.current === undefined
}
