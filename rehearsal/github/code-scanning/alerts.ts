/** Alerts and analyses: https://docs.github.com/rest/code-scanning/code-scanning */
import { type Answer, failure, ok, paginate } from '../answers.ts'
import { htmlUrl, repositoryUrl, userOf } from '../repository.ts'
import { type Call, type State, timestamp } from '../state.ts'
import { settle } from './processing.ts'
import type { Alert, Analysis, Instance, Tool } from './records.ts'
import { whenDisabled } from './uploads.ts'

type AlertState = 'open' | 'dismissed' | 'fixed'

/** An alert as one branch has it. */
interface Seen {
  readonly alert: Alert
  readonly newest: Instance
  readonly state: AlertState
}

export async function listAlerts(call: Call): Promise<Answer> {
  const { state, query, url } = call
  await settle(state)
  const refused = whenDisabled(call) ?? whenNothing(call)
  if (refused) return refused
  const ref = fullRef(query['ref'] ?? state.repository.defaultBranch)
  const seen = state.codeScanning.alerts.flatMap((alert) => seenIn(alert, ref) ?? [])
  const asked = sorted(
    seen.filter((one) => isAsked(one, query)),
    query,
  )
  const { items, headers } = paginate(asked, url)
  return { ...ok(items.map((one) => alertBody(state, one))), headers }
}

export async function listAnalyses(call: Call): Promise<Answer> {
  const { state, query, url } = call
  await settle(state)
  const refused = whenDisabled(call) ?? whenNothing(call)
  if (refused) return refused
  const ref = query['pr'] ? `refs/pull/${query['pr']}/merge` : query['ref'] && fullRef(query['ref'])
  const all = state.codeScanning.analyses.filter(
    (analysis) =>
      (ref === undefined || analysis.ref === ref) &&
      (query['sarif_id'] ?? analysis.uploadId) === analysis.uploadId &&
      isOfTool(analysis.tool, query),
  )
  const { items, headers } = paginate(query['direction'] === 'asc' ? all : all.toReversed(), url)
  return { ...ok(items.map((analysis) => analysisBody(state, analysis))), headers }
}

/** GitHub has no empty list before the first analysis: liatrio/liatrio-otel-collector#395. */
function whenNothing({ state, docs }: Call): Answer | undefined {
  return state.codeScanning.analyses.length === 0 ? failure(404, 'no analysis found', docs) : undefined
}

function fullRef(ref: string): string {
  return ref.startsWith('refs/') ? ref : `refs/heads/${ref}`
}

/** Open as long as one category has it. */
function seenIn(alert: Alert, ref: string): Seen | undefined {
  const there = [...alert.instances.values()].filter(({ analysis }) => analysis.ref === ref)
  const newest = there.findLast(({ state }) => state === 'open') ?? there.at(-1)
  if (newest === undefined) return undefined
  if (newest.state === 'fixed') return { alert, newest, state: 'fixed' }
  return { alert, newest, state: alert.dismissal ? 'dismissed' : 'open' }
}

function isAsked({ newest, state }: Seen, query: Call['query']): boolean {
  const { rule, analysis } = newest
  const wanted = query['state']
  const severity = query['severity']
  return (
    (wanted === undefined || state === wanted || (wanted === 'closed' && state !== 'open')) &&
    (severity === undefined || (rule.securityLevel ?? rule.severity) === severity) &&
    isOfTool(analysis.tool, query)
  )
}

function isOfTool(tool: Tool, query: Call['query']): boolean {
  return (query['tool_name'] ?? tool.name) === tool.name && (query['tool_guid'] ?? tool.guid) === tool.guid
}

/** Newest first. */
function sorted(seen: readonly Seen[], query: Call['query']): readonly Seen[] {
  const by = ({ alert }: Seen) => (query['sort'] === 'updated' ? alert.updatedAt : alert.createdAt)
  const ascending = seen.toSorted((one, other) => by(one) - by(other) || one.alert.number - other.alert.number)
  return query['direction'] === 'asc' ? ascending : ascending.toReversed()
}

function alertBody(state: State, { alert, newest, state: alertState }: Seen) {
  const { dismissal } = alert
  const url = `${repositoryUrl(state.repository)}/code-scanning/alerts/${alert.number}`
  return {
    number: alert.number,
    created_at: timestamp(alert.createdAt),
    updated_at: timestamp(alert.updatedAt),
    url,
    html_url: alertPage(state, alert),
    instances_url: `${url}/instances`,
    state: alertState,
    fixed_at: alertState === 'fixed' ? timestamp(newest.since) : null,
    dismissed_by: dismissal ? userOf(state.repository, dismissal.by) : null,
    dismissed_at: dismissal ? timestamp(dismissal.at) : null,
    dismissed_reason: dismissal?.reason ?? null,
    dismissed_comment: dismissal?.comment ?? null,
    rule: ruleBody(newest),
    tool: newest.analysis.tool,
    most_recent_instance: instanceBody(newest, alertState),
  }
}

function alertPage(state: State, { number }: Alert): string {
  return `${htmlUrl(state.repository)}/security/code-scanning/${number}`
}

function ruleBody({ rule }: Instance) {
  return {
    id: rule.id,
    name: rule.name,
    severity: rule.severity,
    security_severity_level: rule.securityLevel,
    description: rule.description,
    full_description: rule.fullDescription,
    tags: rule.tags,
  }
}

function instanceBody({ analysis, message, place }: Instance, state: AlertState) {
  return {
    ref: analysis.ref,
    analysis_key: analysis.analysisKey,
    environment: analysis.environment,
    category: analysis.category,
    state,
    commit_sha: analysis.commitSha,
    message: { text: message },
    location: place,
    classifications: [],
  }
}

function analysisBody(state: State, analysis: Analysis) {
  return {
    ref: analysis.ref,
    commit_sha: analysis.commitSha,
    analysis_key: analysis.analysisKey,
    environment: analysis.environment,
    category: analysis.category,
    error: '',
    created_at: timestamp(analysis.createdAt),
    results_count: analysis.results,
    rules_count: analysis.rules,
    id: analysis.id,
    url: `${repositoryUrl(state.repository)}/code-scanning/analyses/${analysis.id}`,
    sarif_id: analysis.uploadId,
    tool: analysis.tool,
    deletable: true,
    warning: analysis.warning,
  }
}
