/** Reports as Trivy writes them, and the SARIF that it converts them to. */

type Fields = Readonly<Record<string, unknown>>

/** `trivy fs` of a repository; `results` replaces the one lock file without findings. */
export function report(results: readonly Fields[] | undefined = [lockFile([])], more: Fields = {}): Fields {
  return {
    SchemaVersion: 2,
    CreatedAt: '2026-11-02T06:17:00Z',
    ArtifactName: '.',
    ArtifactType: 'filesystem',
    ...(results.length > 0 && { Results: results }),
    ...more,
  }
}

/** A lock file whose packages stand one a line, from line 10 on. */
export function lockFile(vulnerabilities: readonly Fields[], target = 'package-lock.json'): Fields {
  const names = [...new Set(vulnerabilities.map(({ PkgName }) => String(PkgName)))]
  return {
    Target: target,
    Class: 'lang-pkgs',
    Type: 'npm',
    Packages: names.map((Name, index) => ({
      Name,
      Version: '4.17.20',
      Locations: [{ StartLine: 10 + index, EndLine: 12 + index }],
    })),
    ...(vulnerabilities.length > 0 && { Vulnerabilities: vulnerabilities }),
  }
}

export function vulnerability(more: Fields = {}): Fields {
  const { VulnerabilityID = 'CVE-2021-23337' } = more
  return {
    VulnerabilityID,
    PkgName: 'lodash',
    InstalledVersion: '4.17.20',
    FixedVersion: '4.17.21',
    Status: 'fixed',
    PrimaryURL: `https://avd.aquasec.com/nvd/${String(VulnerabilityID).toLowerCase()}`,
    Title: 'nodejs-lodash: command injection via template',
    Severity: 'HIGH',
    ...more,
  }
}

export function image(vulnerabilities: readonly Fields[], target = 'image.tar (debian 12.5)'): Fields {
  return report([{ Target: target, Class: 'os-pkgs', Type: 'debian', Vulnerabilities: vulnerabilities }], {
    ArtifactName: 'image.tar',
    ArtifactType: 'container_image',
  })
}

export function misconfiguration(more: Fields = {}): Fields {
  return {
    Type: 'Dockerfile Security Check',
    ID: 'DS-0002',
    Title: "Image user should not be 'root'",
    Message: 'Specify at least 1 USER command',
    Severity: 'HIGH',
    PrimaryURL: 'https://avd.aquasec.com/misconfig/ds-0002',
    Status: 'FAIL',
    CauseMetadata: { Provider: 'Dockerfile', Service: 'general' },
    ...more,
  }
}

export function configuration(misconfigurations: readonly Fields[], target = 'Dockerfile'): Fields {
  const found = { Target: target, Class: 'config', Type: 'dockerfile', MisconfSummary: { Successes: 26, Failures: 1 } }
  return report([{ ...found, Misconfigurations: misconfigurations }])
}

/** What was matched must never be shown. */
export const MATCH = 'AWS_SECRET_ACCESS_KEY=topsecretvalue'

export function secrets(more: Fields = {}): Fields {
  const secret = {
    RuleID: 'aws-access-key-id',
    Title: 'AWS Access Key ID',
    Severity: 'CRITICAL',
    StartLine: 3,
    EndLine: 3,
  }
  return report([{ Target: 'deploy/.env', Class: 'secret', Secrets: [{ ...secret, Match: MATCH, ...more }] }])
}

/** One result of a SARIF file of Trivy's. */
export interface SarifFinding {
  readonly rule: string
  readonly path: string
  readonly line?: number
  readonly packageName?: string
  /** As in `properties.security-severity`. Default: 8.0. */
  readonly score?: string
}

/** As aquasecurity/trivy `pkg/report/sarif.go` makes it, as far as alerts depend on it. */
export function sarif(findings: readonly SarifFinding[], category = 'trivy-dependencies'): Fields {
  const rules = [...new Map(findings.map((finding) => [finding.rule, finding])).values()]
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Trivy',
            version: '0.70.0',
            rules: rules.map(({ rule: id, score = '8.0' }) => ({
              id,
              shortDescription: { text: id },
              defaultConfiguration: { level: 'error' },
              properties: { 'security-severity': score, tags: ['security'] },
            })),
          },
        },
        automationDetails: { id: `${category}/` },
        originalUriBaseIds: { ROOTPATH: { uri: 'file:///' } },
        results: findings.map(resultOf),
      },
    ],
  }
}

function resultOf({ rule, path, line = 1, packageName }: SarifFinding): Fields {
  const text =
    packageName === undefined
      ? `Artifact: ${path}\nType: \nVulnerability ${rule}\nSeverity: HIGH`
      : `Package: ${packageName}\nInstalled Version: 1.0.0\nVulnerability ${rule}\nSeverity: HIGH`
  const physicalLocation = {
    artifactLocation: { uri: encodeURI(path), uriBaseId: 'ROOTPATH' },
    region: { startLine: line, endLine: line, startColumn: 1, endColumn: 1 },
  }
  return { ruleId: rule, level: 'error', message: { text }, locations: [{ physicalLocation }] }
}
