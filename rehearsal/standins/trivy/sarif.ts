/** `--format sarif`, from the facts of aquasecurity/trivy v0.70.0 pkg/report/sarif.go. */
import { resolve } from 'node:path'
import { Fatal, type Misconfiguration, type Report, type Result, type Secret, type Vulnerability } from './report.ts'
import { clearUri, goUri, pathUri } from './uri.ts'

const SECRET_RULES = 'https://github.com/aquasecurity/trivy/blob/main/pkg/fanal/secret/builtin-rules.go'

/** One finding, as a rule and as a result. */
interface Entry {
  readonly kind: 'vulnerability' | 'misconfiguration' | 'secret'
  readonly id: string
  readonly severity: string
  readonly score: string
  readonly cvss: Readonly<Record<string, string | number>>
  readonly url: string
  readonly path: string
  readonly place: string
  readonly regions: readonly Region[]
  readonly short: string
  readonly full: string
  readonly help: string
  readonly markdown: string
  readonly message: string
}

interface Region {
  readonly StartLine: number
  readonly EndLine: number
}

/** @param source the file that is converted: Trivy names it as the root of a file system's paths */
export function toSarif(report: Report, version: string, source: string): unknown {
  const entries = report.Results.flatMap((result) => entriesOf(result).map((entry) => ({ entry, result })))
  const rules = new Map(entries.map(({ entry, result }) => [entry.id, ruleOf(entry, result.Class)]))
  const ids = [...rules.keys()]
  const run = {
    tool: {
      driver: {
        fullName: 'Trivy Vulnerability Scanner',
        informationUri: 'https://github.com/aquasecurity/trivy',
        name: 'Trivy',
        rules: [...rules.values()],
        version,
      },
    },
    results: entries.map(({ entry }) => resultOf(entry, ids.indexOf(entry.id))),
    columnKind: 'utf16CodeUnits',
    ...imageProperties(report),
    ...root(report, source),
  }
  return { version: '2.1.0', $schema: SCHEMA, runs: [run] }
}

const SCHEMA = 'https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json'

function imageProperties({ ArtifactType, ArtifactName, Metadata }: Report) {
  if (ArtifactType !== 'container_image') return {}
  const { ImageID, RepoTags = null, RepoDigests = null } = Metadata
  return {
    properties: { imageID: ImageID, imageName: ArtifactName, repoDigests: RepoDigests, repoTags: RepoTags },
  }
}

function root({ ArtifactType }: Report, source: string) {
  if (ArtifactType !== 'filesystem' && ArtifactType !== 'repository') return {}
  return { originalUriBaseIds: { ROOTPATH: { uri: `file://${resolve(source)}/` } } }
}

function entriesOf(result: Result): readonly Entry[] {
  if (result.Licenses.length > 0) throw new Fatal("The rehearsal's trivy does not convert licences.")
  return [
    ...result.Vulnerabilities.map((vulnerability) => ofVulnerability(vulnerability, result)),
    ...result.Misconfigurations.map((misconfiguration) => ofMisconfiguration(misconfiguration, result)),
    ...result.Secrets.map((secret) => ofSecret(secret, result)),
  ]
}

function ofVulnerability(found: Vulnerability, result: Result): Entry {
  const { VulnerabilityID: id, Severity: severity, PkgName: name, InstalledVersion: version, PrimaryURL: url } = found
  const { FixedVersion: fixed, Description: description, Title: title } = found
  const path = pathUri(found.PkgPath || result.Target, result.Class)
  const link = `[${id}](${url})`
  const cvss = found.CVSS[found.SeveritySource]
  const located = result.Packages.find((one) => one.Name === name && one.Version === version)
  return {
    kind: 'vulnerability',
    id,
    severity,
    score: cvss && cvss.V3Score !== 0 ? cvss.V3Score.toFixed(1) : scoreOf(severity),
    cvss: cvss ? cvssProperties(cvss) : {},
    url,
    path,
    place: `${path}: ${name}@${version}`,
    regions: located?.Locations ?? [],
    short: title,
    full: description || title,
    help: `Vulnerability ${id}\nSeverity: ${severity}\nPackage: ${name}\nFixed Version: ${fixed}\nLink: ${link}\n${description}`,
    markdown: `**Vulnerability ${id}**\n| Severity | Package | Fixed Version | Link |\n| --- | --- | --- | --- |\n|${severity}|${name}|${fixed}|${link}|\n\n${description}`,
    message: `Package: ${name}\nInstalled Version: ${version}\nVulnerability ${id}\nSeverity: ${severity}\nFixed Version: ${fixed}\nLink: ${link}`,
  }
}

function cvssProperties(cvss: Vulnerability['CVSS'][string]): Entry['cvss'] {
  const all = {
    cvssv2_vector: cvss.V2Vector,
    cvssv2_score: cvss.V2Score,
    cvssv3_vector: cvss.V3Vector,
    cvssv3_baseScore: cvss.V3Score,
    cvssv40_vector: cvss.V40Vector,
    cvssv40_baseScore: cvss.V40Score,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '' && value !== 0))
}

function ofMisconfiguration(found: Misconfiguration, result: Result): Entry {
  const { ID: id, Severity: severity, Title: title, Message: message, Description: description, Type: type } = found
  const path = clearUri(result.Target)
  const link = `[${id}](${found.PrimaryURL})`
  return {
    kind: 'misconfiguration',
    id,
    severity,
    score: scoreOf(severity),
    cvss: {},
    url: found.PrimaryURL,
    path,
    place: path,
    regions: [found.CauseMetadata],
    short: title,
    full: description,
    help: `Misconfiguration ${id}\nType: ${type}\nSeverity: ${severity}\nCheck: ${title}\nMessage: ${message}\nLink: ${link}\n${description}`,
    markdown: `**Misconfiguration ${id}**\n| Type | Severity | Check | Message | Link |\n| --- | --- | --- | --- | --- |\n|${type}|${severity}|${title}|${message}|${link}|\n\n${description}`,
    message: `Artifact: ${path}\nType: ${result.Type}\nVulnerability ${id}\nSeverity: ${severity}\nMessage: ${message}\nLink: ${link}`,
  }
}

function ofSecret(found: Secret, result: Result): Entry {
  const { RuleID: id, Severity: severity, Title: title, Match: match } = found
  const path = pathUri(result.Target, result.Class)
  return {
    kind: 'secret',
    id,
    severity,
    score: scoreOf(severity),
    cvss: {},
    url: SECRET_RULES,
    path,
    place: path,
    regions: [found],
    short: title,
    full: match,
    help: `Secret ${title}\nSeverity: ${severity}\nMatch: ${match}`,
    markdown: `**Secret ${title}**\n| Severity | Match |\n| --- | --- |\n|${severity}|${match}|`,
    message: `Artifact: ${result.Target}\nType: ${result.Type}\nSecret ${title}\nSeverity: ${severity}\nMatch: ${match}`,
  }
}

/** Of several findings of one rule the last one describes it. */
function ruleOf(entry: Entry, resultClass: string) {
  return {
    id: entry.id,
    name: RULE_NAMES[resultClass] ?? 'UnknownIssue',
    shortDescription: { text: entry.short },
    fullDescription: { text: entry.full },
    defaultConfiguration: { level: levelOf(entry.severity) },
    ...(entry.url !== '' && { helpUri: goUri(entry.url) }),
    help: { text: entry.help, markdown: entry.markdown },
    properties: {
      ...entry.cvss,
      precision: 'very-high',
      'security-severity': entry.score,
      tags: [entry.kind, 'security', entry.severity],
    },
  }
}

const RULE_NAMES: Readonly<Record<string, string>> = {
  'os-pkgs': 'OsPackageVulnerability',
  'lang-pkgs': 'LanguageSpecificPackageVulnerability',
  config: 'Misconfiguration',
  secret: 'Secret',
}

function resultOf(entry: Entry, ruleIndex: number) {
  const regions = entry.regions.length > 0 ? entry.regions : [{ StartLine: 1, EndLine: 1 }]
  return {
    ruleId: entry.id,
    ruleIndex,
    level: levelOf(entry.severity),
    message: { text: entry.message },
    locations: regions.map((region) => ({
      physicalLocation: {
        artifactLocation: { uri: goUri(entry.path), uriBaseId: 'ROOTPATH' },
        region: regionOf(region),
      },
      message: { text: entry.place },
    })),
  }
}

function regionOf({ StartLine, EndLine }: Region) {
  const nowhere = StartLine === 0 && EndLine === 0
  return { startLine: nowhere ? 1 : StartLine, startColumn: 1, endLine: nowhere ? 1 : EndLine, endColumn: 1 }
}

function levelOf(severity: string): string {
  if (severity === 'CRITICAL' || severity === 'HIGH') return 'error'
  if (severity === 'MEDIUM') return 'warning'
  return severity === 'LOW' || severity === 'UNKNOWN' ? 'note' : 'none'
}

function scoreOf(severity: string): string {
  return { CRITICAL: '9.5', HIGH: '8.0', MEDIUM: '5.5', LOW: '2.0' }[severity] ?? '0.0'
}
