/** From an upload to analyses and alerts, some time after it was taken. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { State } from '../state.ts'
import { type Finding, type Findings, findingsOf } from './findings.ts'
import { MAX_INFLATED_BYTES } from './limits.ts'
import type { Alert, Analysis, CodeScanning, Instance, Upload } from './records.ts'
import { categoryOf, Rejection, readSarif, type SarifRun } from './sarif.ts'

/** An upload that nobody asks about is processed all the same. ms */
const PROCESSING_MS = 2_000

/** The sentence is GitHub's: department-of-veterans-affairs/vets-json-schema#1034. */
const SAME_CATEGORY =
  'A delivery cannot contain multiple runs with the same category. Please upload a single run per category. For more information, see https://github.blog/changelog/2025-07-21-code-scanning-will-stop-combining-multiple-sarif-runs-uploaded-in-the-same-sarif-file/'

/** Processes, in the order of their uploads, what is due: the later of two analyses is the one that counts. */
export async function settle(state: State): Promise<void> {
  const { codeScanning, clock } = state
  const due = codeScanning.uploads.findLastIndex(
    ({ asked, createdAt }) => asked || clock.now() - createdAt >= PROCESSING_MS,
  )
  for (const upload of codeScanning.uploads.slice(0, due + 1)) {
    if (upload.status === 'pending') await process(state, upload)
  }
}

async function process(state: State, upload: Upload): Promise<void> {
  try {
    const runs = readSarif(await inflate(upload.sarif))
    const all = runs.map((run) => ({ run, findings: findingsOf(run, upload.checkoutUri) }))
    checkCategories(runs, upload)
    // Two questions at once must not process it twice.
    if (upload.status !== 'pending') return
    upload.status = 'complete'
    for (const { run, findings } of all) store(state, analysisOf(state, upload, run, findings), findings.kept)
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    upload.status = 'failed'
    upload.errors = [error.message]
  }
}

async function inflate(bytes: Uint8Array): Promise<string> {
  try {
    const inflated = await promisify(gunzip)(bytes, { maxOutputLength: MAX_INFLATED_BYTES })
    return inflated.toString('utf8')
  } catch (error) {
    const tooLarge = error instanceof RangeError || Object(error).code === 'ERR_BUFFER_TOO_LARGE'
    const why = tooLarge ? `inflates to more than ${MAX_INFLATED_BYTES} bytes` : 'is not gzip, or is broken'
    throw new Rejection(`rejecting SARIF, as it ${why}`)
  }
}

function checkCategories(runs: readonly SarifRun[], upload: Upload): void {
  const keys = runs.map((run) => JSON.stringify([run.tool.driver.name, categoryIn(run, upload)]))
  if (new Set(keys).size < keys.length) throw new Rejection(SAME_CATEGORY)
}

function categoryIn(run: SarifRun, { analysisKey }: Upload): string {
  return categoryOf(run) ?? analysisKey
}

function analysisOf(state: State, upload: Upload, run: SarifRun, findings: Findings): Analysis {
  const { name, semanticVersion, version = semanticVersion ?? null, guid = null } = run.tool.driver
  const { ref, commitSha, analysisKey, environment } = upload
  return {
    id: state.nextId(),
    uploadId: upload.id,
    ref,
    commitSha,
    analysisKey,
    environment,
    category: categoryIn(run, upload),
    tool: { name, version, guid },
    results: findings.kept.length,
    rules: findings.rules,
    warning: findings.warning,
    createdAt: state.clock.now(),
  }
}

/** What the same tool found before in the same branch and category, and does not find any more, is fixed. */
function store({ codeScanning, clock }: State, analysis: Analysis, findings: readonly Finding[]): void {
  const now = clock.now()
  const place = placeKey(analysis)
  const known = new Map(codeScanning.alerts.map((alert) => [`${alert.tool}\n${alert.key}`, alert]))
  codeScanning.analyses.push(analysis)
  const seen = new Set<Alert>()
  for (const finding of findings) {
    const id = `${analysis.tool.name}\n${finding.key}`
    const alert = known.get(id) ?? addAlert(codeScanning, analysis, finding, now)
    known.set(id, alert)
    if (seen.has(alert)) continue
    seen.add(alert)
    const { message, place: at, rule } = finding
    put(alert, place, { analysis, message, place: at, rule, state: 'open', since: now })
  }
  for (const alert of codeScanning.alerts) {
    const before = alert.instances.get(place)
    if (before?.state !== 'open' || seen.has(alert)) continue
    put(alert, place, { ...before, analysis, state: 'fixed', since: now })
  }
}

function placeKey({ ref, tool, category }: Analysis): string {
  return JSON.stringify([ref, tool.name, category])
}

function addAlert(codeScanning: CodeScanning, { tool }: Analysis, { key }: Finding, now: number): Alert {
  const number = codeScanning.alerts.length + 1
  const alert: Alert = {
    number,
    tool: tool.name,
    key,
    createdAt: now,
    updatedAt: now,
    instances: new Map(),
    dismissal: undefined,
  }
  codeScanning.alerts.push(alert)
  return alert
}

function put(alert: Alert, place: string, instance: Instance): void {
  alert.instances.delete(place)
  alert.instances.set(place, instance)
  alert.updatedAt = instance.since
}
