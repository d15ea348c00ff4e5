/** Starts and stops the services of a job, in the steps that the runner adds for them. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { messageOf } from '../errors.ts'
import { type Postgres, startPostgres } from '../services/postgres.ts'
import type { Scope, Value } from './expressions.ts'
import { StepLog } from './log.ts'
import type { Result, StepReport } from './report.ts'
import type { Run } from './run.ts'
import { postgresPort, type Service, servicesOf } from './services.ts'
import type { Job } from './workflow.ts'

export interface Containers {
  /** `job.services` */
  readonly context: Readonly<Record<string, Value>>
  /** The step that has started them, where the job has any. */
  readonly reports: readonly StepReport[]
  readonly failed: boolean
  /** @returns the step that has stopped them */
  stop(): Promise<readonly StepReport[]>
}

interface Started {
  readonly service: Service
  readonly port: number | undefined
  readonly server: Postgres
}

export async function startContainers(run: Run, job: Job, scope: Scope): Promise<Containers> {
  const wanted = servicesOf(job, scope)
  if (wanted.length === 0) return { context: {}, reports: [], failed: false, stop: async () => [] }
  const started: Started[] = []
  const report = await step(run, job, 'Initialize containers', async (log) => {
    for (const service of wanted) started.push(await start(service, log))
  })
  const network = `github_network_${randomBytes(16).toString('hex')}`
  return {
    context: Object.fromEntries(started.map(({ service, port }) => [service.id, contextOf(port, network)])),
    reports: [report],
    failed: report.outcome === 'failure',
    stop: async () => [await step(run, job, 'Stop containers', (log) => stopAll(started, log))],
  }
}

async function start(service: Service, log: StepLog): Promise<Started> {
  const { id, image, env } = service
  const { POSTGRES_USER: user = 'postgres', POSTGRES_PASSWORD: password = '' } = env
  if (password === '') {
    throw new Error(
      `The service '${id}' has no POSTGRES_PASSWORD in its env; the image postgres does not start without.`,
    )
  }
  const port = service.port === undefined ? undefined : await portFor(service.port, id)
  const server = await startPostgres({ user, password, database: env['POSTGRES_DB'] ?? user, port })
  log.write(`${id}: this machine's PostgreSQL ${server.version} stands in for the image ${image}.`)
  log.write(
    port === undefined ? `${id} has no port on this machine.` : `${id}: port ${port} of this machine is its 5432.`,
  )
  return { service, port, server }
}

async function stopAll(started: readonly Started[], log: StepLog): Promise<void> {
  for (const { service, server } of started) {
    log.write(`##[group]What PostgreSQL logged for ${service.id}`)
    for (const line of server.log().slice(-50)) log.write(line)
    log.write('##[endgroup]')
    await server.stop()
  }
}

/** As in actions/runner ContainerOperationProvider.cs. */
function contextOf(port: number | undefined, network: string): Value {
  const ports: Record<string, string> = port === undefined ? {} : { [`${postgresPort}`]: `${port}` }
  return { id: randomBytes(32).toString('hex'), network, ports }
}

async function portFor(wanted: number | 'any', id: string): Promise<number> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(wanted === 'any' ? 0 : wanted, '127.0.0.1', resolve)
    })
  } catch (error) {
    throw new Error(
      `Port ${wanted} of this machine cannot be given to the service '${id}' (${messageOf(error)}). Stop what listens there, or ask for "5432" alone and read the port from job.services.${id}.ports['5432'].`,
    )
  }
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return address.port
}

async function step(run: Run, job: Job, name: string, act: (log: StepLog) => Promise<void>): Promise<StepReport> {
  const started = performance.now()
  run.onProgress({ kind: 'step-start', job: job.id, name })
  const log = new StepLog(run.masks, run.debug, (line) => {
    run.onProgress({ kind: 'log', job: job.id, step: name, line })
  })
  let outcome: Result = 'success'
  try {
    await act(log)
  } catch (error) {
    log.error(messageOf(error))
    outcome = 'failure'
  }
  const report: StepReport = {
    name,
    id: null,
    stage: name.startsWith('Stop') ? 'post' : 'pre',
    uses: null,
    outcome,
    conclusion: outcome,
    durationMs: Math.round(performance.now() - started),
    outputs: {},
    annotations: [...log.annotations],
    summary: '',
    log: [...log.lines],
  }
  run.onProgress({ kind: 'step-end', job: job.id, step: report })
  return report
}
