import type { Outputs, Runner } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { type AttemptPorts, attemptCheck, type RoundState } from './attempt.ts'
import { capturesIn } from './captures.ts'
import type { Check, CheckSet } from './check.ts'
import type { HttpClient } from './exchange.ts'
import { readChecks } from './file/read.ts'
import { History } from './history.ts'
import { displayUrl } from './http/display-url.ts'
import type { Inputs } from './inputs.ts'
import { isSameVersion } from './judge/version.ts'
import { explainPlan } from './plan.ts'
import { Progress } from './progress.ts'
import { publish } from './publish.ts'
import { Redactor } from './redact.ts'
import { safeReport } from './report/safe.ts'
import type { Attempt, Report } from './result.ts'
import { runRound } from './round.ts'
import { type Clock, type Ended, type Outcome, type Round, runRounds } from './rounds.ts'
import { isHealthy, severityOf } from './verdict.ts'

export interface Ports {
  readonly runner: Runner
  readonly client: HttpClient
  readonly clock: Clock
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** What relative paths are relative to. */
  readonly workspace: string
  /** A person watches: the table has said it all, and without anything to check the pair in the environment is meant. */
  readonly inTerminal: boolean
}

const NOTHING = 'There is nothing to check: neither urls nor checks is given.'

/** @throws ActionError for a mistake in the inputs or the file, CancelledError; not for checks that are not healthy */
export async function smokeCheck(inputs: Inputs, ports: Ports): Promise<Outputs> {
  const { runner, workspace, inTerminal } = ports
  const nothing = inputs.checks === undefined && inputs.urls.length === 0
  if (nothing && !inTerminal) throw new ActionError(NOTHING, { hint: 'Give one of them, or both.' })
  const set = await readChecks({
    ...inputs,
    checksPath: inputs.checks,
    workspace,
    env: { ...runner.env }, // process.env asks the system for each variable, each time
    inTerminal,
  })
  const redactor = new Redactor()
  const conceal = (value: string, shortest: number) => {
    if (isVersion(value, inputs) || !redactor.add(value)) return
    if (value.trim().length >= shortest) runner.mask(value)
  }
  const hide = (value: string) => conceal(value, SHORTEST_LEARNT)
  const literals = new Set(inputs.dryRun ? set.queryLiterals : [])
  for (const secret of set.secrets) if (!literals.has(secret)) conceal(secret, SHORTEST_MASK)
  const redact = (text: string) => redactor.redact(text)
  if (inputs.dryRun) return explainPlan(set, inputs, { runner, redact })
  const startedAt = ports.now()
  const { ended, history } = await check(set, inputs, ports, { hide, redact })
  const report = safeReport(reportOf({ set, inputs, ended, history, startedAt }), redact)
  const outputs = await publish(report, inputs, ports)
  if (ended.cancelled) runner.signal.throwIfAborted()
  return outputs
}

/** Whoever is served it knows it; hidden, as the value of a query against caches, it would make the gate's words useless. */
function isVersion(value: string, { expectVersion }: Inputs): boolean {
  return expectVersion !== undefined && isSameVersion(value.trim(), expectVersion.trim())
}

/** Characters. Shorter values stay out of what is written here, too; as masks they would ruin the whole log. */
const SHORTEST_MASK = 4
/** Of what a server gave, which could have words of the log hidden. */
const SHORTEST_LEARNT = 8

interface Secrecy {
  readonly hide: (value: string) => void
  readonly redact: (text: string) => string
}

async function check(
  { checks, secretCaptures }: CheckSet,
  inputs: Inputs,
  { runner, client, clock, now }: Ports,
  { hide, redact }: Secrecy,
): Promise<{ readonly ended: Ended; readonly history: History }> {
  const history = new History(inputs.expectVersion)
  const progress = new Progress(checks, inputs, { log: runner.log, redact })
  const asked = (one: Check, url: URL) => history.asked(one.name, displayUrl(url), clock.now())
  const ports: AttemptPorts = { client, now, hide, redact, asked }
  const secret = new Set(secretCaptures)
  const sentCaptures = new Set(checks.flatMap((one) => [...capturesIn(one)]))
  const round: Round = async (number, signal, timeLeft) => {
    const state: RoundState = {
      round: number,
      expectVersion: inputs.expectVersion,
      captures: new Map(),
      jars: new Map(),
      secretCaptures: secret,
      sentCaptures,
      cookies: new Redactor(),
      timeLeft,
    }
    const attempt = (one: Check) => attemptCheck(one, state, ports, signal)
    const attempts = await runRound(checks, attempt, { round: number, concurrency: inputs.concurrency, signal })
    history.record(attempts, clock.now())
    progress.tell(number, attempts)
    return outcomeOf(checks, attempts, inputs)
  }
  return { ended: await runRounds(round, inputs, { clock, signal: runner.signal }), history }
}

function outcomeOf(checks: readonly Check[], attempts: ReadonlyMap<string, Attempt>, inputs: Inputs): Outcome {
  const { failOn, expectVersion } = inputs
  const verdicts = checks.map((one) => ({
    verdict: attempts.get(one.name)?.verdict ?? 'aborted',
    severity: severityOf(one, expectVersion),
  }))
  const cut = verdicts.some(({ verdict }) => verdict === 'aborted')
  const healthy = verdicts.every((one) => one.verdict === 'aborted' || isHealthy(one, failOn))
  if (!healthy) return 'unhealthy'
  return cut ? 'cut' : 'healthy'
}

interface Facts {
  readonly set: CheckSet
  readonly inputs: Inputs
  readonly ended: Ended
  readonly history: History
  readonly startedAt: number
}

function reportOf({ set, inputs, ended, history, startedAt }: Facts): Report {
  const { healthy, duration, rounds, successes, deadlineReached } = ended
  return {
    healthy,
    failOn: inputs.failOn,
    startedAt,
    duration,
    rounds,
    successes,
    wantedSuccesses: inputs.successes,
    deadline: inputs.deadline,
    deadlineReached,
    expectVersion: inputs.expectVersion,
    checks: set.checks.map((one) => history.result(one)),
  }
}
