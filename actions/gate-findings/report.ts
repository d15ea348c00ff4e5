/** Trivy's JSON report, version 2 of its schema (aquasecurity/trivy `pkg/types/report.go`), down to its findings. */
import * as v from 'valibot'
import { ActionError } from '../../src/errors.ts'
import { type Finding, severityOf } from './finding.ts'
import { locationOf } from './location.ts'
import { shown } from './show.ts'

/** Go leaves out what is empty. */
const Text = v.nullish(v.string(), '')
const Line = v.nullish(v.number(), 0)
const list = <S extends v.GenericSchema>(item: S) => v.nullish(v.array(item), [])

const Vulnerability = v.object({
  VulnerabilityID: v.string(),
  PkgName: Text,
  PkgPath: Text,
  InstalledVersion: Text,
  FixedVersion: Text,
  Severity: Text,
  Title: Text,
  PrimaryURL: Text,
})
const Misconfiguration = v.object({
  ID: v.string(),
  Title: Text,
  Severity: Text,
  PrimaryURL: Text,
  Status: Text,
  CauseMetadata: v.nullish(v.object({ StartLine: Line })),
})
const Secret = v.object({ RuleID: v.string(), Title: Text, Severity: Text, StartLine: Line })
const License = v.object({ Name: v.string(), PkgName: Text, FilePath: Text, Severity: Text, Link: Text })
const Package = v.object({ Name: Text, Version: Text, Locations: list(v.object({ StartLine: Line })) })

const Result = v.object({
  Target: Text,
  Class: Text,
  Packages: list(Package),
  Vulnerabilities: list(Vulnerability),
  Misconfigurations: list(Misconfiguration),
  Secrets: list(Secret),
  Licenses: list(License),
})
type Result = v.InferOutput<typeof Result>

const Report = v.object({ SchemaVersion: v.literal(2), ArtifactName: Text, Results: list(Result) })

export interface Report {
  /** As it was given. */
  readonly file: string
  /** What was scanned, as Trivy calls it. */
  readonly artifact: string
  /** How many files, package lists and the like the report names, whether anything was found in them or not. */
  readonly targets: number
  readonly findings: readonly Finding[]
}

/** @throws ActionError for what is no report of Trivy's */
export function parseReport(file: string, text: string): Report {
  const parsed = v.safeParse(Report, parseJson(file, text))
  if (!parsed.success) throw noReport(file, text, parsed.issues[0])
  const { ArtifactName: artifact, Results: results } = parsed.output
  return { file, artifact, targets: results.length, findings: results.flatMap(findingsOf) }
}

function parseJson(file: string, text: string): unknown {
  if (text.trim() === '') {
    throw new ActionError(`The report ${shown(file)} is empty.`, {
      hint: 'The scan ended before it wrote its report: look at the log of its step. Let that step fail when Trivy fails.',
    })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    const place = /\(line \d+ column \d+\)/.exec(String(error))?.[0] ?? ''
    throw new ActionError(`The report ${shown(file)} is no whole JSON${place === '' ? '' : ` ${place}`}.`, {
      hint: 'Write it with "--format json --output FILE", and let nothing else write to that file. If the scan was cut off, run it again.',
    })
  }
}

const OtherKinds: readonly (readonly [schema: v.GenericSchema, kind: string])[] = [
  [v.object({ version: v.string(), runs: v.array(v.unknown()) }), 'SARIF'],
  [v.object({ bomFormat: v.string() }), 'a CycloneDX bill of materials'],
  [v.object({ spdxVersion: v.string() }), 'an SPDX bill of materials'],
  [v.object({ ClusterName: v.string() }), 'the report of a Kubernetes cluster'],
  [v.array(v.unknown()), 'a list, as Trivy before version 0.20 wrote it'],
]

function noReport(file: string, text: string, issue: v.BaseIssue<unknown>): ActionError {
  const kind = OtherKinds.find(([schema]) => v.is(schema, JSON.parse(text)))?.[1]
  const what =
    kind === undefined ? `is not what Trivy writes: ${faultOf(issue)}` : `is ${kind}, not a JSON report of Trivy`
  return new ActionError(`The report ${shown(file)} ${what}.`, {
    hint: 'Give it what "trivy … --format json --output FILE" has written; "trivy convert" makes the other formats of that.',
  })
}

function faultOf(issue: v.BaseIssue<unknown>): string {
  const at = shown(v.getDotPath(issue) ?? 'it')
  if (issue.received === 'undefined') return `${at} is missing`
  return `${at} should be ${shown(issue.expected ?? 'something else')} and is ${shown(issue.received)}`
}

function findingsOf(result: Result): readonly Finding[] {
  const lines = linesOf(result)
  return [
    ...result.Vulnerabilities.map((one) => ofVulnerability(one, result, lines)),
    ...result.Misconfigurations.filter(counts).map((one) => ofMisconfiguration(one, result)),
    ...result.Secrets.map((one) => ofSecret(one, result)),
    ...result.Licenses.map((one) => ofLicense(one, result)),
  ]
}

/** In doubt it is a finding: a report of a Trivy to come may have other words for a failure. */
function counts({ Status }: v.InferOutput<typeof Misconfiguration>): boolean {
  return Status !== 'PASS' && Status !== 'EXCEPTION'
}

/** The line of each package by name and version; the first entry of a package counts, as in Trivy's SARIF. */
function linesOf({ Packages }: Result): ReadonlyMap<string, number> {
  const lines = Packages.toReversed().map(({ Name, Version, Locations }) => {
    return [packageKey(Name, Version), Locations?.[0]?.StartLine ?? 0] as const
  })
  return new Map(lines)
}

function packageKey(name: string, version: string): string {
  return JSON.stringify([name, version])
}

function ofVulnerability(
  one: v.InferOutput<typeof Vulnerability>,
  { Target, Class }: Result,
  lines: ReadonlyMap<string, number>,
): Finding {
  return {
    kind: 'vulnerability',
    severity: severityOf(one.Severity),
    rule: one.VulnerabilityID,
    path: locationOf(one.PkgPath === '' ? Target : one.PkgPath, Class),
    line: lines.get(packageKey(one.PkgName, one.InstalledVersion)) || 1,
    packageName: one.PkgName,
    installed: one.InstalledVersion,
    fixed: one.FixedVersion,
    title: one.Title,
    url: one.PrimaryURL,
  }
}

const BARE = { packageName: undefined, installed: '', fixed: '', url: '' } as const

function ofMisconfiguration(one: v.InferOutput<typeof Misconfiguration>, { Target }: Result): Finding {
  const { ID: rule, Title: title, PrimaryURL: url } = one
  const place = { path: locationOf(Target, 'config'), line: one.CauseMetadata?.StartLine || 1 }
  return { ...BARE, kind: 'misconfiguration', severity: severityOf(one.Severity), rule, ...place, title, url }
}

/** What was matched stays in the report. */
function ofSecret(one: v.InferOutput<typeof Secret>, { Target, Class }: Result): Finding {
  const { RuleID: rule, Title: title } = one
  const place = { path: locationOf(Target, Class), line: one.StartLine || 1 }
  return { ...BARE, kind: 'secret', severity: severityOf(one.Severity), rule, ...place, title }
}

function ofLicense(one: v.InferOutput<typeof License>, { Target, Class }: Result): Finding {
  const { Name: name, PkgName: owner, FilePath: file, Link: url } = one
  const title = `${name} in ${owner === '' ? file : owner}`
  const identity = { rule: `${owner}:${name}`, path: locationOf(Target, Class), line: 1 }
  return { ...BARE, kind: 'licence', severity: severityOf(one.Severity), ...identity, title, url }
}
