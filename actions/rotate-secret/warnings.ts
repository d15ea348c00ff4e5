/** What a run warns of though it has done what it was to do, and a dry run before anything is done. */
import type { Ports } from './ports.ts'
import { iso } from './report.ts'
import type { Task } from './rotate-secret.ts'
import type { Store } from './stores/store.ts'

/** @param rotated whether there is a new value, or would be */
export function warn(task: Omit<Task, 'run' | 'trail'>, rotated: boolean, { runner: { log } }: Ports): void {
  const warnings = [
    ...(rotated ? [oldNotGiven, replaced, oldNotRevoked, previousNotRevoked, notKept].map((one) => one(task)) : []),
    goneOnWith(task),
    missing(task),
  ]
  for (const warning of warnings) if (warning !== undefined) log.warning(warning)
}

type Given = Omit<Task, 'run' | 'trail'>

function oldNotGiven({ inputs: { names, grace }, seen }: Given): string | undefined {
  const { writtenAt, given } = seen.facts
  if (grace === 0 || names.previous === undefined || writtenAt.current === undefined || given.current) return undefined
  return `Input current is empty, so that the old value of ${names.current} cannot be kept as ${names.previous}: it stops working at once. Give the step "current: \${{ secrets.${names.current} }}"; if it is there, the job's environment may not be the one that holds the secret.`
}

/** The value in use may be there alone. */
function replaced({ inputs: { names }, decision, seen, places }: Given): string | undefined {
  if (decision.kind !== 'rotate' || decision.why !== 'missing') return undefined
  const holders = places.others.filter((store) => seen.present.get(store)?.current !== undefined)
  if (holders.length === 0) return undefined
  return `${labels(holders)} has a ${names.current} that ${places.home.label} does not: the new value replaces it, and it is not kept. To keep it for the grace, store it in ${places.home.label} before the first rotation.`
}

/** An emergency goes on without a value that it can give to the issuer. */
function oldNotRevoked({ inputs: { names, revoke, grace }, seen }: Given): string | undefined {
  const { writtenAt, given, runCreatedAt } = seen.facts
  const { current } = writtenAt
  if (revoke === undefined || grace > 0 || current === undefined) return undefined
  if (given.current && current <= runCreatedAt) return undefined
  const why = given.current
    ? `Input current may hold an older value, since ${names.current} was written after this run was created`
    : 'Input current is empty'
  return `${why}, so that the old value of ${names.current} cannot be given to revoke-command: revoke it at its issuer by hand.`
}

function previousNotRevoked({ inputs, seen }: Given): string | undefined {
  const { writtenAt, given } = seen.facts
  if (inputs.revoke === undefined || inputs.grace > 0 || writtenAt.previous === undefined || given.previous) {
    return undefined
  }
  return `Input previous is empty, so that the value of ${inputs.names.previous} cannot be given to revoke-command, and is not kept any more: revoke it at its issuer by hand.`
}

/** Whoever may write secrets could have put it there. */
function goneOnWith({ inputs: { names }, decision, seen: { facts } }: Given): string | undefined {
  const { pending } = facts.writtenAt
  if (decision.kind !== 'resume' || pending === undefined) return undefined
  return `${names.pending} was there, written at ${iso(pending)}: its value becomes that of ${names.current}. If no run had stopped then, somebody else has put it there: start the emergency (force: true, grace: 0).`
}

function notKept({ inputs: { names } }: Given): string | undefined {
  if (names.pending !== undefined) return undefined
  return `Input pending-name is empty: a run that stops halfway loses the new value of ${names.current}.`
}

function missing({ inputs: { names }, decision, seen, places }: Given): string | undefined {
  const lacking = places.others.filter((store) => !store.isBlind && seen.present.get(store)?.current === undefined)
  if (decision.kind !== 'not-due' || lacking.length === 0) return undefined
  return `${names.current} is missing in ${labels(lacking)}, and is not due yet: the next rotation writes it there, too, or a run with force: true does now.`
}

function labels(stores: readonly Store[]): string {
  return stores.map(({ label }) => label).join(', ')
}
