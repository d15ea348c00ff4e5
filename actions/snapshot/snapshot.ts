import type { Outputs } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { createSnapshot } from './create.ts'
import type { Inputs } from './inputs.ts'
import { listSnapshots } from './list.ts'
import type { Ports } from './ports.ts'
import { pruneSnapshots } from './prune.ts'
import { restoreSnapshot } from './restore.ts'
import { ageOf, newestGood } from './retention/freshness.ts'
import { summarizeFailure } from './summary.ts'
import { verifySnapshot } from './verify.ts'

const FAILED: Readonly<Record<Inputs['operation'], string>> = {
  create: 'no snapshot was made',
  list: 'the list does not pass',
  verify: 'the check does not pass',
  restore: 'nothing was restored',
  prune: 'pruning failed',
}

export async function snapshot(inputs: Inputs, ports: Ports): Promise<Outputs> {
  try {
    return await operate(inputs, ports)
  } catch (error) {
    if (error instanceof ActionError) {
      const what = ports.seen.isKept ? 'the snapshot is kept, and what comes after it failed' : FAILED[inputs.operation]
      const heading = `Snapshots of ${inputs.series}: ${what}`
      ports.runner.summarize(summarizeFailure(heading, error, newest(ports)))
    }
    throw error
  }
}

function operate(inputs: Inputs, ports: Ports): Promise<Outputs> {
  switch (inputs.operation) {
    case 'create':
      return createSnapshot(inputs, ports)
    case 'list':
      return listSnapshots(inputs, ports)
    case 'verify':
      return verifySnapshot(inputs, ports)
    case 'restore':
      return restoreSnapshot(inputs, ports)
    case 'prune':
      return pruneSnapshots(inputs, ports)
  }
}

/** What there is to fall back on, as far as the step has seen it. */
function newest({ seen: { listing }, now }: Ports) {
  const found = listing && newestGood(listing, now())
  return found && { snapshot: found, age: ageOf(found, now()) }
}
