/** Trivy's JSON report, schema 2, as far as the stand-in reads it; everything else is carried along. */
import * as v from 'valibot'

/** Go leaves out what is empty, and reads null as empty. */
const Text = v.nullish(v.string(), '')
const Count = v.nullish(v.number(), 0)
const list = <S extends v.GenericSchema>(item: S) => v.nullish(v.array(item), [])

const Lines = v.nullish(
  v.looseObject({
    Lines: v.nullish(
      v.array(
        v.looseObject({
          Number: Count,
          Content: Text,
          IsCause: v.nullish(v.boolean(), false),
          Truncated: v.nullish(v.boolean(), false),
          FirstCause: v.nullish(v.boolean(), false),
          LastCause: v.nullish(v.boolean(), false),
        }),
      ),
      [],
    ),
  }),
  { Lines: [] },
)

const Cvss = v.looseObject({
  V2Vector: Text,
  V2Score: Count,
  V3Vector: Text,
  V3Score: Count,
  V40Vector: Text,
  V40Score: Count,
})

const Vulnerability = v.looseObject({
  VulnerabilityID: Text,
  PkgID: Text,
  PkgName: Text,
  PkgPath: Text,
  InstalledVersion: Text,
  FixedVersion: Text,
  Status: Text,
  PrimaryURL: Text,
  Title: Text,
  Description: Text,
  Severity: v.nullish(v.string(), 'UNKNOWN'),
  SeveritySource: Text,
  CVSS: v.nullish(v.record(v.string(), Cvss), {}),
})

const Misconfiguration = v.looseObject({
  Type: Text,
  ID: Text,
  AVDID: Text,
  Title: Text,
  Description: Text,
  Message: Text,
  PrimaryURL: Text,
  Severity: Text,
  Status: Text,
  CauseMetadata: v.nullish(
    v.looseObject({
      StartLine: Count,
      EndLine: Count,
      Code: Lines,
      Occurrences: list(
        v.looseObject({
          Resource: Text,
          Filename: Text,
          Location: v.looseObject({ StartLine: Count, EndLine: Count }),
        }),
      ),
    }),
    { StartLine: 0, EndLine: 0, Code: { Lines: [] }, Occurrences: [] },
  ),
})

const Secret = v.looseObject({
  RuleID: Text,
  Category: Text,
  Severity: Text,
  Title: Text,
  StartLine: Count,
  EndLine: Count,
  Match: Text,
  Offset: Count,
  Code: Lines,
})

const Package = v.looseObject({
  Name: Text,
  Version: Text,
  Locations: list(v.looseObject({ StartLine: Count, EndLine: Count })),
})

const Result = v.looseObject({
  Target: Text,
  Class: Text,
  Type: Text,
  Packages: list(Package),
  Vulnerabilities: list(Vulnerability),
  MisconfSummary: v.nullish(v.looseObject({ Successes: Count, Failures: Count })),
  Misconfigurations: list(Misconfiguration),
  Secrets: list(Secret),
  Licenses: list(v.unknown()),
})

const Report = v.looseObject({
  ArtifactName: Text,
  ArtifactType: Text,
  Metadata: v.nullish(
    v.looseObject({
      ImageID: Text,
      RepoTags: v.nullish(v.array(v.string())),
      RepoDigests: v.nullish(v.array(v.string())),
    }),
    { ImageID: '' },
  ),
  Results: list(Result),
})

export type Report = v.InferOutput<typeof Report>
export type Result = Report['Results'][number]
export type Vulnerability = Result['Vulnerabilities'][number]
export type Misconfiguration = Result['Misconfigurations'][number]
export type Secret = Result['Secrets'][number]
export type CodeLine = Secret['Code']['Lines'][number]

/** What ends the program with a message and exit code 1. */
export class Fatal extends Error {}

/** @throws Fatal as Trivy does where it cannot decode the report */
export function readReport(text: string): Report {
  const parsed = v.safeParse(Report, parse(text), { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new Fatal(`json decode error: ${v.getDotPath(issue) ?? 'the report'}: ${issue.message}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fatal(`json decode error: ${error instanceof Error ? error.message : error}`)
  }
}
