/** Dispatches the workflow that makes a secret live, and waits for it: what is verified afterwards is the new deployment. */
import * as v from 'valibot'
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { Sleep } from '../../src/retry.ts'
import type { Api, Asked } from './api.ts'
import type { Redeploy } from './redeploy-input.ts'
import { understood } from './stores/github.ts'
import type { Home } from './target.ts'

const WORKFLOW = '/repos/{owner}/{repo}/actions/workflows/{workflow_id}'
/** Milliseconds between two looks: from the first to the last, doubled each time. */
const SHORTEST_WAIT = 1000
const LONGEST_WAIT = 15_000
/** Milliseconds. An approval of the deployment may be waited for longer: then a new run goes on. */
const PATIENCE = 60 * 60_000
/** How often a new run is looked for where GitHub does not say which it is (GitHub Enterprise Server). */
const LOOKS = 10

const Workflow = v.object({ state: v.string(), path: v.string() })
const Dispatched = v.object({ workflow_run_id: v.number() })
const Run = v.object({
  id: v.number(),
  status: v.nullable(v.string()),
  conclusion: v.nullish(v.string()),
  html_url: v.string(),
})
const Runs = v.object({ workflow_runs: v.array(Run) })

interface Options {
  readonly api: Api
  readonly home: Home
  /** The branch that is deployed. */
  readonly ref: string
  readonly signal: AbortSignal
  readonly info: (message: string) => void
  readonly sleep: Sleep
}

/** @throws ActionError where it could not be dispatched: without a dispatch */
export async function requireWorkflow({ workflow }: Redeploy, { api, home }: Options): Promise<void> {
  const asked = asking(`show the workflow ${workflow}`, 'read')
  const reply = await api.find(`GET ${WORKFLOW}`, { ...home, workflow_id: workflow }, asked)
  if (reply === undefined) {
    throw new ActionError(`Input redeploy names ${workflow}, and this repository has no such workflow.`, {
      hint: 'Give the name of a file in .github/workflows of the default branch.',
    })
  }
  const { state, path } = understood(Workflow, reply, `the workflow ${workflow}`)
  if (state === 'active') return
  throw new ActionError(`Input redeploy names ${path}, which is not active (${state}).`, {
    hint: 'Enable it on the Actions page of the repository.',
  })
}

/** @throws ActionError when the run does not succeed; the signal's reason */
export async function redeploy(wanted: Redeploy, options: Options): Promise<void> {
  const started = options.api.now()
  const id = (await dispatch(wanted, options)) ?? (await find(wanted, options, started))
  const run = await ended(id, wanted, options)
  if (run.conclusion === 'success') return
  throw new ActionError(
    `The deployment by ${wanted.workflow} ended as ${run.conclusion ?? 'unknown'}: ${run.html_url}`,
    {
      hint: 'Mend what that run says, then start a new run of this workflow, which deploys again.',
    },
  )
}

/** @returns undefined where GitHub does not say which run it has made */
async function dispatch(
  { workflow, inputs }: Redeploy,
  { api, home, ref, info }: Options,
): Promise<number | undefined> {
  info(`${workflow} is dispatched on ${ref}.`)
  const reply = await api.ask(
    `POST ${WORKFLOW}/dispatches`,
    { ...home, workflow_id: workflow, ref, inputs, return_run_details: true },
    asking(`dispatch ${workflow} on ${ref}`, 'write'),
  )
  return reply.status === 204 ? undefined : understood(Dispatched, reply, `the dispatch of ${workflow}`).workflow_run_id
}

async function find(
  { workflow }: Redeploy,
  { api, home, ref, signal, sleep }: Options,
  since: number,
): Promise<number> {
  const created = `>=${new Date(since).toISOString().slice(0, 19)}Z`
  for (let look = 1; look <= LOOKS; look += 1) {
    const reply = await api.ask(
      `GET ${WORKFLOW}/runs`,
      { ...home, workflow_id: workflow, event: 'workflow_dispatch', branch: ref, created },
      asking(`list the runs of ${workflow}`, 'read'),
    )
    const { workflow_runs: runs } = understood(Runs, reply, `the runs of ${workflow}`)
    const [run, ...more] = runs
    if (run !== undefined && more.length === 0) return run.id
    if (more.length > 0) throw ambiguous(workflow)
    await sleep(Math.min(SHORTEST_WAIT * 2 ** (look - 1), LONGEST_WAIT), signal)
  }
  throw new ActionError(`${workflow} was dispatched, and no run of it can be found.`, {
    hint: 'See the Actions page of the repository, then start a new run.',
  })
}

/** Whose deployment has the new value would be a guess. */
function ambiguous(workflow: string): ActionError {
  return new ActionError(
    `${workflow} was dispatched, by others at the same moment, too, and GitHub does not say which run is which.`,
    {
      hint: 'Start a new run, which deploys again.',
    },
  )
}

async function ended(id: number, { workflow }: Redeploy, { api, home, signal, info, sleep }: Options) {
  const asked = asking(`show run ${id}`, 'read')
  const until = performance.now() + PATIENCE
  for (let wait = SHORTEST_WAIT; performance.now() < until; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    const reply = await api.ask('GET /repos/{owner}/{repo}/actions/runs/{run_id}', { ...home, run_id: id }, asked)
    const run = understood(Run, reply, `run ${id}`)
    if (wait === SHORTEST_WAIT) info(`Waiting for ${run.html_url}`)
    if (run.status === 'completed') return run
    await sleep(wait, signal)
  }
  throw new ActionError(`Run ${id} of ${workflow} is not done after ${formatDuration(PATIENCE)}.`, {
    hint: 'When it is done, start a new run of this workflow: it goes on with the same value, and deploys again.',
  })
}

function asking(doing: string, level: 'read' | 'write'): Asked {
  return { doing, permission: `"actions: ${level}"`, token: 'job-token' }
}
