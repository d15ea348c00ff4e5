/** Proves that each permission of a template is used, and that its job fails without it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkout } from '../folders.ts'
import type { Rehearsal } from '../options.ts'
import { type Finding, failureOf, findingOf } from './finding.ts'
import { play } from './play.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { type Grant, onlyJobs, readJobs, type TemplateJob, withoutGrant } from './template.ts'

export interface Proof extends Grant {
  /** The scenario's. */
  readonly when: string
  readonly without: Finding
  /** Of a permission to write with `read` in its place; undefined where there is no such level. */
  readonly reading: Finding | undefined
}

export interface JobProof {
  readonly id: string
  readonly name: string
  /** None for a job that is granted nothing. */
  readonly proofs: readonly Proof[]
}

export interface TemplateProof {
  readonly jobs: readonly JobProof[]
  /** `deploy-pages.yml, job build, contents: read: …` */
  readonly problems: readonly string[]
}

export type Limit = <T>(task: () => Promise<T>) => Promise<T>

/** OpenID Connect knows no reading. */
const writeOnly: readonly string[] = ['id-token']

/** @param limit how many rehearsals run at a time @throws Error when a job has no scenario, or a run before fails */
export async function proveTemplate(file: string, limit: Limit): Promise<TemplateProof> {
  const text = await readFile(join(checkout, 'workflows', file), 'utf8')
  return prove(file, text, scenarios[file] ?? [], limit)
}

/** @throws Error as {@link proveTemplate} does */
export async function prove(
  file: string,
  text: string,
  known: readonly Scenario[],
  limit: Limit,
): Promise<TemplateProof> {
  const jobs = readJobs(text, file)
  const problems: string[] = []
  const report = (problem: string) => void problems.push(problem)
  checkScenarios(file, jobs, known)
  const stage = { file, text, jobs, limit, report }
  const proven = await Promise.all(jobs.map((job) => proveJob(job, known, stage)))
  return { jobs: proven, problems }
}

interface Stage {
  readonly file: string
  readonly text: string
  readonly jobs: readonly TemplateJob[]
  readonly limit: Limit
  readonly report: (problem: string) => void
}

/** `job: permission` of all that the scenario is to prove. */
function pairsOf({ proves }: Scenario, jobs: readonly TemplateJob[]): readonly string[] {
  return proves.flatMap((entry) => {
    const job = jobs.find(({ id }) => id === entry)
    return job === undefined ? [entry] : pairsIn(job)
  })
}

const pairsIn = ({ id, grants }: TemplateJob) => grants.map(({ permission }) => `${id}: ${permission}`)

/** @throws Error that names every permission that has no scenario, has two, or is not granted */
export function checkScenarios(file: string, jobs: readonly TemplateJob[], known: readonly Scenario[]): void {
  const named = known.flatMap((scenario) => pairsOf(scenario, jobs))
  const granted = jobs.flatMap(pairsIn)
  const missing = granted.filter((pair) => !named.includes(pair))
  const wrong = named.filter((pair, index) => !granted.includes(pair) || named.indexOf(pair) !== index)
  if (missing.length + wrong.length === 0) return
  const parts = [
    ...missing.map((pair) => `no scenario proves "${pair}"`),
    ...wrong.map((pair) => `a scenario names "${pair}", which no job is granted or another one proves`),
  ]
  throw new Error(`${file}: ${parts.join('; ')}. Correct rehearsal/permissions/scenarios.ts.`)
}

async function proveJob(job: TemplateJob, known: readonly Scenario[], stage: Stage): Promise<JobProof> {
  const scenarioOf = ({ permission }: Grant) =>
    known.find((scenario) => pairsOf(scenario, stage.jobs).includes(`${job.id}: ${permission}`))
  const chosen = job.grants.flatMap((grant) => {
    const scenario = scenarioOf(grant)
    return scenario === undefined ? [] : [{ grant, scenario }]
  })
  const controls = [...new Set(chosen.map(({ scenario }) => scenario))]
  const [proofs] = await Promise.all([
    Promise.all(chosen.map(({ grant, scenario }) => proveGrant(job, grant, scenario, stage))),
    ...controls.map((scenario) => checkControl(job, scenario, stage)),
  ])
  return { id: job.id, name: job.name, proofs }
}

async function proveGrant(job: TemplateJob, grant: Grant, scenario: Scenario, stage: Stage): Promise<Proof> {
  const lowered = grant.level === 'write' && !writeOnly.includes(grant.permission)
  const [without, reading] = await Promise.all([
    rehearseWithout(job, grant, 'none', scenario, stage),
    lowered ? rehearseWithout(job, grant, 'read', scenario, stage) : undefined,
  ])
  return { ...grant, when: scenario.when, without, reading }
}

const nothing: Finding = { step: '', request: '', error: '' }

async function rehearseWithout(
  job: TemplateJob,
  grant: Grant,
  left: 'none' | 'read',
  scenario: Scenario,
  { file, text, limit, report }: Stage,
): Promise<Finding> {
  const edited = withoutGrant(text, job, grant, left)
  const pruned = onlyJobs(edited, readJobs(edited, file), [job.id])
  const played = await limit(() => play(file, scenario, text, pruned))
  const finding = findingOf(played, job.id, { permission: grant.permission, left })
  if (finding !== undefined && finding.error !== '') return finding
  const result = outcomeOf(played.report, job)
  const how = left === 'none' ? 'without it' : 'with read in its place'
  const where = `${file}, job ${job.id}, ${grant.permission}: ${grant.level}`
  const but = result === 'failure' ? ', but the step that failed was not refused for want of it' : ''
  report(`${where}: ${how} the job ends as ${result}${but}. ${failures(played.report)}`)
  return nothing
}

/**
 * What the edited runs are compared with: the same jobs, unedited. The job succeeds, and uses all that the scenario is to prove.
 * Its own run for each job, since another job beside it may have made what it lacks.
 */
async function checkControl(
  job: TemplateJob,
  scenario: Scenario,
  { file, text, jobs, limit, report }: Stage,
): Promise<void> {
  const pairs = pairsOf(scenario, jobs)
  const { report: rehearsal } = await limit(() => play(file, scenario, text, onlyJobs(text, jobs, [job.id])))
  const outcome = outcomeOf(rehearsal, job)
  if (outcome !== 'success') {
    const alone = 'unedited, with the jobs that it needs and no others,'
    report(`${file}, job ${job.id}: ${alone} it ends as ${outcome}. ${failures(rehearsal)}`)
  }
  for (const { job: id, permission, granted, used } of rehearsal.permissionUse) {
    if (id !== job.id || !pairs.includes(`${id}: ${permission}`) || used === granted) continue
    const use = used === 'none' ? 'it was not used' : `only ${used} was used`
    report(`${file}, job ${id}, ${permission}: ${granted}: ${use} by ${scenario.when}.`)
  }
}

function outcomeOf(rehearsal: Rehearsal, { id }: TemplateJob): string {
  return rehearsal.jobs.find((job) => job.id === id)?.outcome ?? 'missing'
}

/** Of any job: what the one in question needs may have failed before it. */
function failures(rehearsal: Rehearsal): string {
  return rehearsal.jobs.flatMap(({ id }) => failureOf(rehearsal, id)?.concat(` (${id})`) ?? []).join(' ')
}
