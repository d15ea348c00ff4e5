/** Looks at everything before anything is written or made. All that is wrong is reported, not only the first. */
import * as v from 'valibot'
import { ActionError } from '../../src/errors.ts'
import { cloudflareTokenEnd, expiryWarning, gitHubTokenEnd } from './expiry.ts'
import { combine } from './failures.ts'
import { largestSize } from './generator.ts'
import type { Inputs } from './inputs.ts'
import type { OpenPlaces } from './places.ts'
import type { Facts } from './plan.ts'
import type { Ports } from './ports.ts'
import { Timestamp, understood } from './stores/github.ts'
import type { Presence, Store } from './stores/store.ts'

const Run = v.object({ created_at: Timestamp })

export interface Survey {
  readonly facts: Facts
  readonly present: ReadonlyMap<Store, Presence>
}

/** @throws ActionError; the signal's reason */
export async function survey(inputs: Inputs, places: OpenPlaces, ports: Ports): Promise<Survey> {
  const present = await lookEverywhere(places, ports)
  const { home, pendingAt } = places
  const at = (store: Store, slot: 'current' | 'previous' | 'pending') => present.get(store)?.[slot]?.updatedAt
  const [current, previous, pending] = [at(home, 'current'), at(home, 'previous'), at(pendingAt, 'pending')]
  const { given } = inputs
  const facts: Facts = {
    runCreatedAt: await createdAt(ports),
    now: ports.api.now(),
    writtenAt: {
      ...(current !== undefined && { current }),
      ...(previous !== undefined && { previous }),
      ...(pending !== undefined && { pending }),
    },
    given: {
      current: given.current !== undefined,
      pending: given.pending !== undefined,
      previous: given.previous !== undefined,
      pendingIsCurrent: given.pending !== undefined && given.pending === given.current,
    },
  }
  requireRoom(inputs, [home, ...places.others], largestSize(inputs.generator))
  await warnOfEnds(inputs, home.headers, ports)
  return { facts, present }
}

async function lookEverywhere(
  { home, pendingAt, others }: OpenPlaces,
  ports: Ports,
): Promise<ReadonlyMap<Store, Presence>> {
  const present = new Map<Store, Presence>()
  const failures: ActionError[] = []
  for (const store of new Set<Store>([home, pendingAt, ...others])) {
    try {
      present.set(store, await store.look())
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      failures.push(error)
      if (isFatal(error)) break // the same token is refused everywhere
    }
  }
  const [first, ...rest] = failures
  if (first === undefined) return present
  ports.runner.signal.throwIfAborted()
  if (rest.length === 0) throw first
  throw combine(failures, `${failures.length} targets cannot be used`)
}

function isFatal({ cause }: ActionError): boolean {
  return v.is(v.object({ status: v.literal(401) }), cause)
}

/** By the job's own token. Without it nobody knows whether the secrets that the run was given are those of today. */
async function createdAt({ jobApi, context: { owner, repo, runId } }: Ports): Promise<number> {
  const reply = await jobApi.ask(
    'GET /repos/{owner}/{repo}/actions/runs/{run_id}',
    { owner, repo, run_id: runId },
    {
      doing: 'say when this run was created, which tells whether the secrets that it was given can be out of date',
      permission: '"actions: read"',
      token: 'job-token',
    },
  )
  return understood(Run, reply, 'this run').created_at
}

/** @param size bytes of a value that is to be written; undefined: not known yet @throws ActionError */
export function requireRoom(
  { names }: Inputs,
  stores: readonly Store[],
  size: number | undefined,
  { what, hint } = NEW_VALUE,
): void {
  const small = stores.filter(({ limit }) => size !== undefined && size > limit)
  const [first] = small
  if (first === undefined || size === undefined) return
  throw new ActionError(
    `${what} of ${names.current} has up to ${size} bytes, and at most ${first.limit} fit into ${small.map(({ label }) => label).join(', ')}.`,
    { hint },
  )
}

const NEW_VALUE = {
  what: 'A new value',
  hint: 'Use a generator that makes shorter values; a key can be an Ed25519 one.',
}
/** Of what would become the previous value. */
export const OLD_VALUE = {
  what: 'The old value',
  hint: 'Leave current out of this run: then the old value is not kept. Or set grace to 0.',
}

async function warnOfEnds(
  inputs: Inputs,
  headers: Readonly<Record<string, string | number | undefined>>,
  ports: Ports,
) {
  const { account, api, runner } = ports
  if (inputs.warnExpiry === 0) return
  const ends = [
    gitHubTokenEnd(headers),
    account === undefined ? undefined : await cloudflareTokenEnd(account.ask, account.id),
  ]
  for (const end of ends) {
    const warning = end === undefined ? undefined : expiryWarning(end, api.now(), inputs.warnExpiry)
    if (warning !== undefined) runner.log.warning(warning)
  }
}
