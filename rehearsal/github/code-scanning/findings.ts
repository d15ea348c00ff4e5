/** The results of one run, as alerts are made of them. */
import { createHash } from 'node:crypto'
import { KEPT_LOCATIONS, KEPT_RESULTS, KEPT_TAGS } from './limits.ts'
import { Rejection, type SarifLocation, type SarifResult, type SarifRule, type SarifRun } from './sarif.ts'

export type Level = 'none' | 'note' | 'warning' | 'error'
export type SecurityLevel = 'low' | 'medium' | 'high' | 'critical'

export interface RuleFacts {
  readonly id: string
  readonly name: string
  readonly severity: Level
  readonly securityLevel: SecurityLevel | null
  readonly description: string
  readonly fullDescription: string
  readonly tags: readonly string[]
}

export interface Place {
  readonly path: string
  readonly start_line: number
  readonly end_line: number
  readonly start_column: number
  readonly end_column: number
}

export interface Finding {
  /** What tells that a result of another analysis is the same: rule, path and fingerprint. */
  readonly key: string
  readonly rule: RuleFacts
  readonly message: string
  readonly place: Place
}

export interface Findings {
  readonly kept: readonly Finding[]
  readonly rules: number
  /** What was left out; empty where nothing was. */
  readonly warning: string
}

/** @param checkoutUri `file:///…`: the folder that absolute locations are in @throws Rejection */
export function findingsOf(run: SarifRun, checkoutUri: string | undefined): Findings {
  const rules = run.tool.driver.rules ?? []
  const facts = rules.map(ruleFacts)
  const scores = rules.map(scoreOf)
  const results = (run.results ?? []).map((result) => {
    const index = ruleIndex(result, rules)
    const rule = withLevel(facts[index] ?? unknownRule(result), result)
    return { result, rule, score: scores[index] ?? 0 }
  })
  // Every one is looked at, also those that are left out afterwards.
  const all = results.map(({ result, rule, score }) => ({ finding: findingOf(result, rule, run, checkoutUri), score }))
  const sorted = all.length > KEPT_RESULTS ? all.toSorted(mostSevereFirst).slice(0, KEPT_RESULTS) : all
  return { kept: sorted.map(({ finding }) => finding), rules: rules.length, warning: warningOf(run, rules) }
}

interface Scored {
  readonly finding: Finding
  readonly score: number
}

const LEVELS: readonly Level[] = ['none', 'note', 'warning', 'error']

function mostSevereFirst(one: Scored, other: Scored): number {
  const levels = LEVELS.indexOf(other.finding.rule.severity) - LEVELS.indexOf(one.finding.rule.severity)
  return other.score - one.score || levels
}

function warningOf({ results }: SarifRun, rules: readonly SarifRule[]): string {
  const all = results?.length ?? 0
  const tagged = rules.find(({ properties }) => (properties?.tags?.length ?? 0) > KEPT_TAGS)
  const located = results?.some(({ locations }) => (locations?.length ?? 0) > KEPT_LOCATIONS)
  return [
    all > KEPT_RESULTS
      ? `${all - KEPT_RESULTS} results were ignored: only the ${KEPT_RESULTS} most severe are kept`
      : '',
    tagged ? `only ${KEPT_TAGS} tags of the rule ${tagged.id} were stored` : '',
    located ? `only ${KEPT_LOCATIONS} locations of a result were stored` : '',
  ]
    .filter((text) => text !== '')
    .join('; ')
}

function ruleIndex(result: SarifResult, rules: readonly SarifRule[]): number {
  const index = result.ruleIndex ?? result.rule?.index
  if (index !== undefined && index >= 0) return index
  const id = result.ruleId ?? result.rule?.id
  return rules.findIndex((rule) => rule.id === id)
}

function ruleFacts(rule: SarifRule): RuleFacts {
  return {
    id: rule.id,
    name: rule.name ?? rule.id,
    severity: rule.defaultConfiguration?.level ?? 'warning',
    securityLevel: securityLevel(scoreOf(rule)),
    description: rule.shortDescription?.text ?? rule.fullDescription?.text ?? rule.name ?? rule.id,
    fullDescription: rule.fullDescription?.text ?? rule.shortDescription?.text ?? '',
    tags: (rule.properties?.tags ?? []).slice(0, KEPT_TAGS),
  }
}

function unknownRule(result: SarifResult): RuleFacts {
  const id = result.ruleId ?? result.rule?.id ?? ''
  return { id, name: id, severity: 'warning', securityLevel: null, description: id, fullDescription: '', tags: [] }
}

function withLevel(rule: RuleFacts, { level }: SarifResult): RuleFacts {
  return level === undefined ? rule : { ...rule, severity: level }
}

/** The sentence is GitHub's (github/codeql-action src/upload-lib.ts knows it). */
function scoreOf({ id, properties }: SarifRule): number {
  const given = properties?.['security-severity']
  if (given === undefined) return 0
  const score = Number(given)
  if (given !== '' && Number.isFinite(score) && score >= 0 && score <= 10) return score
  throw new Rejection(`could not convert rules: invalid security severity value, is not a number: ${id}: ${given}`)
}

/** https://docs.github.com/code-security/code-scanning/managing-code-scanning-alerts/about-code-scanning-alerts */
function securityLevel(score: number): SecurityLevel | null {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : null
}

function findingOf(result: SarifResult, rule: RuleFacts, run: SarifRun, checkoutUri: string | undefined): Finding {
  const message = result.message.text ?? result.message.markdown
  if (message === undefined)
    throw new Rejection(`rejecting SARIF, as a result of the rule ${rule.id} has no message text`)
  const [first] = result.locations ?? []
  const place = placeOf(first, run, checkoutUri)
  const fingerprint = result.partialFingerprints?.['primaryLocationLineHash']
  // Without a fingerprint a result is known by where it is and what it says: it changes with every line above it.
  const identity = typeof fingerprint === 'string' ? [fingerprint] : [`${place.start_line}`, message]
  return { key: digest([rule.id, place.path, ...identity]), rule, message, place }
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Two sentences are GitHub's: github/codeql-action#2456, and those that github/codeql-action src/upload-lib.ts knows. */
function placeOf(location: SarifLocation | undefined, run: SarifRun, checkoutUri: string | undefined): Place {
  if (location === undefined) throw new Rejection('locationFromSarifResult: expected at least one location')
  const artifact = location.physicalLocation?.artifactLocation
  const uri = artifact?.uri ?? run.artifacts?.[artifact?.index ?? -1]?.location?.uri
  if (uri === undefined) throw new Rejection('locationFromSarifResult: expected artifact location')
  const { startLine = 1, startColumn = 1, ...region } = location.physicalLocation?.region ?? {}
  const { endLine = startLine, endColumn = startColumn } = region
  return {
    path: pathOf(uri, checkoutUri),
    start_line: startLine,
    end_line: endLine,
    start_column: startColumn,
    end_column: endColumn,
  }
}

/**
 * Relative to the repository's root, whatever `uriBaseId` says: GitHub does not look at it (github/codeql-action#2215).
 * A name with a colon has a scheme (aquasecurity/trivy#1182).
 */
function pathOf(uri: string, checkoutUri: string | undefined): string {
  const decoded = decode(uri)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(decoded)?.[1]
  if (scheme !== undefined && scheme !== 'file') {
    throw new Rejection(`SARIF URI scheme "${scheme}" did not match the checkout URI scheme "file"`)
  }
  const path = decoded.replace(/^file:\/\//, '')
  const root = decode(checkoutUri ?? '')
    .replace(/^file:\/\//, '')
    .replace(/\/*$/, '/')
  return (path.startsWith(root) ? path.slice(root.length) : path).replace(/^(?:\.?\/)+/, '')
}

function decode(uri: string): string {
  try {
    return decodeURIComponent(uri)
  } catch {
    throw new Rejection(`an invalid URI was provided as a SARIF location: ${uri}`)
  }
}
