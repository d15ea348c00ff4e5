import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outputs } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { commandEnvironment, type Program } from '../../src/program.ts'
import { type Chosen, choose } from './choose.ts'
import { runProgram } from './content/run-commands.ts'
import { isDamage, located, openArchive } from './fetch.ts'
import type { VerifyInputs } from './inputs.ts'
import { FORMAT, type VerifiedBy } from './manifest.ts'
import type { Ports } from './ports.ts'
import { ageOutput, outputsOf } from './report.ts'
import { requireFresh } from './retention/freshness.ts'
import type { Snapshot, Store } from './store/store.ts'
import { count, summarizeVerified } from './summary.ts'

/** Characters of what a check has found: records are small, and an archive's names may be not. */
const LONGEST_PROBLEM = 500

/** Reads the whole archive and holds every file against its manifest; a drill restores it, too, and tries it out. */
export async function verifySnapshot(inputs: VerifyInputs, ports: Ports): Promise<Outputs> {
  const { runner, now } = ports
  const store = await ports.openStore(inputs)
  const chosen = await choose(inputs, store, ports)
  const { snapshot } = chosen
  const { id, archive, content } = snapshot.manifest
  runner.setOutput('snapshot-id', id)
  if (inputs.dryRun) {
    runner.log.info(`Would verify ${id}: ${archive.name} in ${store.place}.`)
    return {}
  }
  const by = await check(chosen, store, inputs, ports)
  await record(snapshot, by, undefined, store, ports)
  const tried = by === 'drill' ? ', and a restore of them worked' : ''
  runner.log.info(`${id} is verified: ${count(content.files, 'file')}${tried}.`)
  runner.summarize(summarizeVerified(snapshot, by, store.place))
  const listing = await store.list()
  runner.setOutput('age', ageOutput(listing, now()) ?? '')
  if (inputs.failIfOlderThan !== undefined) requireFresh(listing, inputs.failIfOlderThan, now())
  return outputsOf(snapshot)
}

async function check(
  { snapshot, instead }: Chosen,
  store: Store,
  { identities, drill, commandTimeout }: VerifyInputs,
  ports: Ports,
): Promise<VerifiedBy> {
  const { runner, temp } = ports
  const { manifest } = snapshot
  const into = drill === undefined ? undefined : join(temp, 'drill')
  const open = async () => {
    if (into !== undefined) await emptyFolder(into)
    await openArchive(store, manifest, { identities, runner, ...(into !== undefined && { into }) })
  }
  // One answer that was cut short says nothing of the archive, and a record of it would let prune delete it.
  const error = (await damageOf(open)) && (await damageOf(open))
  if (error !== undefined) {
    await tryToRecord(snapshot, null, error.message, store, ports)
    throw located(error, manifest, store, instead)
  }
  if (drill === undefined || into === undefined) return 'files'
  const failure = await runDrill(drill, { folder: into, timeout: commandTimeout, id: manifest.id }, ports)
  if (failure === undefined) return 'drill'
  await tryToRecord(snapshot, 'files', failure.message, store, ports)
  throw new ActionError(`The restore drill of ${manifest.id} failed: ${failure.message}`, {
    hint: `${failure.hint} Every file of the snapshot is what it was when it was made; what the drill does with them does not work.`.trim(),
  })
}

async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o700 })
}

/** @throws what is no fault of the archive */
async function damageOf(open: () => Promise<void>): Promise<ActionError | undefined> {
  try {
    await open()
    return undefined
  } catch (error) {
    if (isDamage(error)) return error
    throw error
  }
}

interface Drill {
  readonly folder: string
  /** Milliseconds. */
  readonly timeout: number
  readonly id: string
}

/** @returns why it failed */
function runDrill(drill: Program, { folder, timeout, id }: Drill, ports: Ports): Promise<ActionError | undefined> {
  const { runner, run } = ports
  const env = { ...commandEnvironment(runner.env), SNAPSHOT_ID: id }
  return runner.log.group(`Drill: ${drill.program}`, () =>
    runProgram(drill, { cwd: folder, env, timeout, run, log: runner.log, signal: runner.signal }),
  )
}

/** The failure itself matters more than its record. */
async function tryToRecord(...given: Parameters<typeof record>): Promise<void> {
  const [snapshot, , , , { runner }] = given
  try {
    await record(...given)
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    runner.log.warning(`What the check of ${snapshot.manifest.id} has found could not be kept: ${error.text}`)
  }
}

/** @param by null: it is damaged, so that `latest`, prune and the age no longer count on it */
async function record(
  { manifest }: Snapshot,
  by: VerifiedBy | null,
  problem: string | undefined,
  store: Store,
  { now }: Ports,
): Promise<void> {
  await store.record({
    format: FORMAT,
    id: manifest.id,
    archive_digest: manifest.archive.digest,
    at: new Date(now()).toISOString(),
    verified_by: by,
    problem: problem?.slice(0, LONGEST_PROBLEM) ?? null,
  })
}
