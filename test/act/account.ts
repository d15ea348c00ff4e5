/** What a run amounts to, the same for both runners: its steps and how they ended, and what it wrote to the doubles. */
import * as v from 'valibot'
import type { Cloudflare } from '../../rehearsal/cloudflare/server.ts'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { deploymentReports, pagesReports } from '../../rehearsal/reports.ts'
import type { RecordedRequest } from '../../rehearsal/server.ts'

export interface StepAccount {
  readonly stage: 'pre' | 'main' | 'post'
  readonly name: string
  /** Before and after `continue-on-error`. */
  readonly outcome: string
  readonly conclusion: string
}

export interface JobAccount {
  readonly id: string
  readonly result: string
  readonly steps: readonly StepAccount[]
}

export interface Account {
  readonly jobs: readonly JobAccount[]
  /** Every request that changes something, in order: `github POST /repos/… {…}`. */
  readonly writes: readonly string[]
  /** What the doubles hold in the end: GitHub's deployments with their states and its secrets, Cloudflare's deployments. */
  readonly ends: readonly string[]
}

export interface Doubles {
  readonly github: GitHub
  readonly cloudflare: Cloudflare
}

export function accountOf(jobs: readonly JobAccount[], { github, cloudflare }: Doubles): Account {
  const writes = [...github.requests, ...withUploadsAsOne(cloudflare.requests)]
  return {
    jobs,
    writes: writes
      .filter(isWrite)
      .filter(isTelling)
      .map((request) => `${describe(request)} ${steady(bodyOf(request))}`),
    ends: [
      ...deploymentReports(github).map(({ id: _, statuses, ...deployment }) =>
        steady({ ...deployment, statuses: statuses.map(({ createdAt: _at, logUrl: _url, ...status }) => status) }),
      ),
      ...secretsIn(github).map(steady),
      ...pagesReports(cloudflare).map(({ id: _, ...deployment }) => steady(deployment)),
    ],
  }
}

/** Tokens are made up anew for each run. */
function secretsIn({ repository: { owner, name }, secrets }: GitHub) {
  const held = secrets({ kind: 'repository', repository: `${owner}/${name}` })
  return Object.entries(held).map(([secret, value]) => ({ secret, value: value.replace(/^github_pat_.*$/, 'TOKEN') }))
}

function isWrite({ method }: RecordedRequest): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

/** Of an artifact the calls that make it are told apart; its bytes, in which times and keys are, go past them. */
function isTelling({ path }: RecordedRequest): boolean {
  return !path.startsWith('/storage/')
}

const Artifact = v.object({ name: v.string() })

function bodyOf({ path, body }: RecordedRequest): unknown {
  return path.startsWith('/twirp/') ? v.parse(Artifact, body).name : body
}

const UPLOAD = '/pages/assets/upload'

/** Wrangler uploads in three parallel buckets, which it fills in the order in which the disk names the files. */
function withUploadsAsOne(requests: readonly RecordedRequest[]): readonly RecordedRequest[] {
  const uploads = requests.filter(({ path }) => path === UPLOAD)
  const [first] = uploads
  if (first === undefined) return requests
  const files = uploads.flatMap(({ body }) => (Array.isArray(body) ? body : []))
  const one = { ...first, body: sorted(files), status: Math.max(...uploads.map(({ status }) => status)) }
  return requests.flatMap((request) => (request === first ? one : uploads.includes(request) ? [] : request))
}

function describe({ side, method, path, status }: RecordedRequest): string {
  return `${side} ${method} ${path} → ${status}`
}

function steady(value: unknown): string {
  return withoutChance(JSON.stringify(value, comparable))
}

/**
 * Act knows no `job.check_run_id`, so its log URL is the page of the run and not that of the job; and it numbers a step
 * that has no id, where GITHUB_ACTION is `__run` or `__OWNER_REPO` (docs.github.com, "Variables reference"). A sealed value
 * is another one each time.
 */
function comparable(key: string, value: unknown): unknown {
  if (key === 'log_url') return undefined
  if (key === 'encrypted_value' || key === 'key_id') return 'GENERATED'
  if (key === 'step' && typeof value === 'string') return value.replace(/^(__\w.*|\d+)$/, 'GENERATED')
  if (key === 'nonce' && typeof value === 'string') return value.replace(/^[0-9a-f-]{36}$/, 'GENERATED')
  return key === 'hashes' && Array.isArray(value) ? sorted(value) : value
}

function sorted(list: readonly unknown[]): readonly unknown[] {
  return list.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

/** Ports differ from run to run, and so does the run's id: ten digits, as no other number here has. */
function withoutChance(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\b\d{10}\b/g, 'RUN')
    .replaceAll(/\b\d{8}T\d{9}Z\b/g, 'TIME')
}
