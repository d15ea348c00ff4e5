import type { Outputs } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { commandEnvironment, type Program } from '../../src/program.ts'
import { apply, Ledger, type Values } from './apply.ts'
import type { Trail } from './audit.ts'
import { generate } from './generate.ts'
import type { Inputs } from './inputs.ts'
import { type OpenPlaces, openPlaces } from './places.ts'
import { type Decision, decide, isEmergency } from './plan.ts'
import type { Ports } from './ports.ts'
import { publicHalf } from './public-half.ts'
import { withoutValues } from './redact.ts'
import { redeploy, requireWorkflow } from './redeploy.ts'
import { givingUp, previousNotGiven, runIsStale } from './refusals.ts'
import { announce, type Outcome, report } from './report.ts'
import { printedBy, type RunWithInput, runWithInput } from './run-program.ts'
import { type Setting, type Step, stepsOf } from './steps.ts'
import type { Store } from './stores/store.ts'
import { summarizeRefusal } from './summary.ts'
import { OLD_VALUE, requireRoom, type Survey, survey } from './survey.ts'
import { openTrail } from './trail.ts'

/**
 * One run of the protocol: looks at everything, decides, and carries it out. Whatever point it stops at, the next run goes on from
 * there, or begins again, and no value that is in use is lost.
 */
export async function rotateSecret(inputs: Inputs, ports: Ports): Promise<Outputs> {
  const tokens = [inputs.githubToken, inputs.jobToken, inputs.apiToken].filter((token) => token !== undefined)
  for (const value of [...Object.values(inputs.given), ...tokens]) ports.redactor.learn(value)
  const task = await prepare(inputs, ports).catch((error: unknown) => {
    if (!(error instanceof ActionError) || ports.runner.signal.aborted) throw error
    const message = `${inputs.names.current} was not rotated, and nothing was written. ${error.message}`
    const refusal = new ActionError(message, { hint: error.hint, cause: error })
    ports.runner.summarize(summarizeRefusal(inputs, refusal))
    throw refusal
  })
  return inputs.dryRun ? announce(task, ports) : carryOut(task, ports)
}

/** Writes nothing of the secret. */
async function prepare(inputs: Inputs, ports: Ports): Promise<Task> {
  requireOtherToken(inputs)
  const run = runWithInput(programOptions(inputs, ports))
  const places = openPlaces(inputs, run, ports)
  const trail = openTrail(inputs, ports)
  const seen = await look(inputs, places, trail, ports)
  const decision = decide(inputs, seen.facts)
  const setting = settingOf(inputs, places, seen)
  const steps = stepsOf(decision, setting)
  requirePrevious(steps, inputs, seen)
  return { inputs, places, seen, decision, steps, run, trail }
}

/** The workflow's own token cannot have the permission: no `secrets` exists under `permissions:`. */
function requireOtherToken({ githubToken, jobToken }: Inputs): void {
  if (githubToken !== jobToken) return
  throw new ActionError("The token in github-token is the workflow's own, which can never write secrets.", {
    hint: "Make a fine-grained personal token or a GitHub App's with the permissions that the README lists, and keep it in a secret of an environment.",
  })
}

async function look(inputs: Inputs, places: OpenPlaces, trail: Trail | undefined, ports: Ports): Promise<Survey> {
  const { log } = ports.runner
  return log.group('What is there', async () => {
    const seen = await survey(inputs, places, ports)
    if (inputs.redeploy !== undefined) await requireWorkflow(inputs.redeploy, redeployOptions(ports))
    if (trail !== undefined && !inputs.dryRun) await prepareTrail(trail, inputs, ports)
    return seen
  })
}

/** An emergency does not wait for the trail; that the trail lacks the run is then told at the end. */
async function prepareTrail(trail: Trail, inputs: Inputs, { runner }: Ports): Promise<void> {
  try {
    await trail.prepare()
  } catch (error) {
    runner.signal.throwIfAborted()
    if (!(error instanceof ActionError) || !isEmergency(inputs)) throw error
    runner.log.warning(`${error.text}\nThe emergency goes on all the same.`)
  }
}

/** What is deployed is the default branch, whatever branch the run was started on by hand. */
function redeployOptions({ jobApi, context, runner, sleep }: Ports) {
  const { owner, repo, ref, defaultBranch } = context
  const branch = defaultBranch ?? /^refs\/heads\/(.+)$/s.exec(ref)?.[1] ?? 'main'
  return { api: jobApi, home: { owner, repo }, ref: branch, signal: runner.signal, info: runner.log.info, sleep }
}

function programOptions({ commandTimeout: timeout }: Inputs, { run, workspace: cwd, runner, redactor }: Ports) {
  const { signal, log, env } = runner
  return { run, cwd, env: commandEnvironment(env), timeout, signal, log, redact: redactor.redact }
}

function settingOf(inputs: Inputs, places: OpenPlaces, { facts, present }: Survey): Setting {
  const { writtenAt, given, runCreatedAt } = facts
  const { current, previous } = inputs.given
  const { current: changedAt = 0, previous: keptAt = 0 } = writtenAt
  const stores = [places.home, ...places.others]
  return {
    places,
    slots: { previous: inputs.names.previous !== undefined, pending: inputs.names.pending !== undefined },
    graceless: inputs.grace === 0,
    redeploys: inputs.redeploy !== undefined,
    verifies: inputs.verify !== undefined,
    revokes: inputs.revoke !== undefined,
    present: {
      previous: writtenAt.previous !== undefined,
      current: writtenAt.current !== undefined,
      pending: writtenAt.pending !== undefined,
    },
    given: {
      ...given,
      current: given.current && changedAt <= runCreatedAt,
      previousIsCurrent: keptAt > changedAt || (previous !== undefined && previous === current),
    },
    holdPrevious: stores.filter((store) => store.isBlind || present.get(store)?.previous !== undefined),
  }
}

/** What an issuer is to revoke has to be known, and be what is there now. */
function requirePrevious(steps: readonly Step[], { names, given }: Inputs, { facts }: Survey): void {
  if (!steps.some((step) => step.kind === 'revoke' && step.which === 'previous' && step.mayFail !== true)) return
  if (given.previous === undefined) throw previousNotGiven(names)
  const { writtenAt, runCreatedAt } = facts
  if (writtenAt.previous === undefined || writtenAt.previous <= runCreatedAt) return
  throw runIsStale(names.previous ?? '', writtenAt.previous, runCreatedAt)
}

export interface Task {
  readonly inputs: Inputs
  readonly places: OpenPlaces
  readonly seen: Survey
  readonly decision: Decision
  readonly steps: readonly Step[]
  readonly run: RunWithInput
  readonly trail: Trail | undefined
}

async function carryOut(task: Task, ports: Ports): Promise<Outputs> {
  const { places, steps, inputs } = task
  const stores = new Set<Store>([places.home, places.pendingAt, ...places.others])
  const ledger = new Ledger([...stores].map(({ label }) => label))
  let failure: unknown
  try {
    const values = await valuesFor(task, ports)
    await apply(steps, values, { ...doing(task, ports), ledger, names: inputs.names })
  } catch (error) {
    failure = withoutValues(error, ports.redactor.redact)
  }
  return report({ ...task, ledger, failure } satisfies Outcome, ports)
}

function doing({ inputs, run, places }: Task, ports: Ports) {
  const { runner } = ports
  const give = async (program: Program | undefined, value: string, what: string, hint: string) => {
    if (program === undefined) return
    const failed = await run(program, value)
    if (failed !== undefined)
      throw new ActionError(`${what}: ${failed.message}`, {
        hint: [hint, failed.hint].filter((text) => text !== '').join('\n'),
        cause: failed,
      })
  }
  return {
    info: (message: string) => runner.log.info(message),
    redact: ports.redactor.redact,
    now: () => ports.api.now(),
    signal: runner.signal,
    giveUp: async () => void (await places.pendingAt.write([{ slot: 'pending', value: null }])),
    redeploy: async () => {
      if (inputs.redeploy !== undefined) await redeploy(inputs.redeploy, redeployOptions(ports))
    },
    verify: (value: string) =>
      give(
        inputs.verify,
        value,
        'The new value was not verified',
        `GitHub's own secret has not changed. The next run tries the same value again. ${givingUp(inputs.names)}`,
      ),
    revoke: (value: string) =>
      give(
        inputs.revoke,
        value,
        'The old value was not revoked',
        'It is kept until it is revoked: the next run tries again.',
      ),
  }
}

/** The new value is masked before anything else sees it. */
async function valuesFor(task: Task, ports: Ports): Promise<Values> {
  const { inputs, decision, places } = task
  const { current: old, previous, pending } = inputs.given
  const fresh =
    decision.kind === 'rotate' ? await make(inputs, ports) : decision.kind === 'resume' ? pending : undefined
  if (fresh !== undefined) {
    ports.runner.mask(fresh)
    ports.redactor.learn(fresh)
    if (decision.kind === 'rotate') requireOther(fresh, inputs)
    if (inputs.publicVariable !== undefined) publicHalf(fresh)
  }
  const kept = 'keepsOld' in decision && decision.keepsOld ? old : undefined
  const stores = [places.home, ...places.others]
  requireRoom(inputs, stores, sizeOf(fresh))
  requireRoom(inputs, stores, sizeOf(kept), OLD_VALUE)
  return { old, new: fresh, previous }
}

function sizeOf(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Buffer.byteLength(value)
}

/** A program may print the value that is in use; to go back to the previous one is a rotation like any other. */
function requireOther(fresh: string, { given, names }: Inputs): void {
  if (fresh !== given.current) return
  throw new ActionError(`The generator has made the value that ${names.current} has already.`, {
    hint: 'It has to make another one each time it is run.',
  })
}

async function make(inputs: Inputs, ports: Ports): Promise<string> {
  const { generator } = inputs
  if (generator.kind !== 'command') return generate(generator)
  return printedBy(generator.program, programOptions(inputs, ports))
}
