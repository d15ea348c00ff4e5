/** Whether runs are over, as far as the token may look. */
import * as v from 'valibot'
import { read } from './history.ts'
import { asking, type Ports } from './ports.ts'

export type RunState = 'over' | 'going on' | 'gone'

/**
 * Whether the token may look at runs, before it is needed: one that may not is told 404 by GitHub, as of a run that was
 * deleted. It is asked for this very run, which exists.
 * @throws ActionError that names the permission
 */
export async function requireSightOfRuns(ports: Ports): Promise<void> {
  await readRun(ports.context.runId, ports, { mustExist: true })
}

/** What GitHub says of each run; `gone` when it was deleted, provided that the token may look at runs at all. */
export async function readRuns(runIds: readonly number[], ports: Ports): Promise<ReadonlyMap<number, RunState>> {
  return new Map(await Promise.all(runIds.map(async (id) => [id, (await readRun(id, ports)) ?? 'gone'] as const)))
}

/** undefined when there is no such run. */
async function readRun(
  runId: number,
  ports: Ports,
  { mustExist = false } = {},
): Promise<Exclude<RunState, 'gone'> | undefined> {
  const { owner, repo } = ports.context
  const { status } = await read(
    { ...asking(`look up run ${runId}`, ports), permission: 'actions: read' },
    () =>
      ports.github.rest.actions.getWorkflowRun({ owner, repo, run_id: runId }).catch((error: unknown) => {
        if (!mustExist && v.is(v.object({ status: v.literal(404) }), error)) return { data: { status: 'gone' } }
        throw error
      }),
    v.object({ status: v.nullable(v.string()) }),
  )
  if (status === 'gone') return undefined
  return status === 'completed' ? 'over' : 'going on'
}
