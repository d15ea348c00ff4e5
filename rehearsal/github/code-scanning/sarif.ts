/** SARIF 2.1.0 as far as code scanning reads it. What it does not read may be anything. */
import * as v from 'valibot'
import { MAX_LOCATIONS, MAX_RESULTS, MAX_RULES, MAX_RUNS, MAX_TAGS } from './limits.ts'

const Text = v.object({ text: v.optional(v.string()), markdown: v.optional(v.string()) })
const Line = v.pipe(v.number(), v.integer(), v.minValue(1))

const Region = v.object({
  startLine: v.optional(Line),
  endLine: v.optional(Line),
  startColumn: v.optional(Line),
  endColumn: v.optional(Line),
})

const Location = v.object({
  physicalLocation: v.optional(
    v.object({
      artifactLocation: v.optional(v.object({ uri: v.optional(v.string()), index: v.optional(v.number()) })),
      region: v.optional(Region),
    }),
  ),
})

const Level = v.picklist(['none', 'note', 'warning', 'error'])

const Rule = v.object({
  id: v.string(),
  name: v.optional(v.string()),
  shortDescription: v.optional(Text),
  fullDescription: v.optional(Text),
  help: v.optional(Text),
  helpUri: v.optional(v.string()),
  defaultConfiguration: v.optional(v.object({ level: v.optional(Level) })),
  properties: v.optional(
    v.object({
      tags: v.optional(v.array(v.string())),
      'security-severity': v.optional(v.union([v.string(), v.number()])),
    }),
  ),
})

const Result = v.object({
  ruleId: v.optional(v.string()),
  ruleIndex: v.optional(v.number()),
  rule: v.optional(v.object({ id: v.optional(v.string()), index: v.optional(v.number()) })),
  level: v.optional(Level),
  message: Text,
  locations: v.optional(v.array(Location)),
  partialFingerprints: v.optional(v.record(v.string(), v.unknown())),
})

const Run = v.object({
  tool: v.object({
    driver: v.object({
      name: v.string(),
      version: v.optional(v.string()),
      semanticVersion: v.optional(v.string()),
      guid: v.optional(v.string()),
      rules: v.optional(v.array(Rule)),
    }),
  }),
  automationDetails: v.optional(v.object({ id: v.optional(v.string()) })),
  artifacts: v.optional(v.array(v.object({ location: v.optional(v.object({ uri: v.optional(v.string()) })) }))),
  results: v.nullish(v.array(Result)),
})

const Log = v.object({ version: v.literal('2.1.0'), runs: v.pipe(v.array(Run), v.minLength(1, 'there is no run')) })

export type SarifRun = v.InferOutput<typeof Run>
export type SarifRule = v.InferOutput<typeof Rule>
export type SarifResult = v.InferOutput<typeof Result>
export type SarifLocation = v.InferOutput<typeof Location>

/** What the uploader is told of a delivery that cannot be processed. */
export class Rejection extends Error {}

/** @throws Rejection with the place of the first mistake */
export function readSarif(text: string): readonly SarifRun[] {
  const parsed = v.safeParse(Log, parse(text), { abortEarly: true })
  if (!parsed.success) throw new Rejection(`rejecting SARIF, as it is not valid: ${complaint(parsed.issues[0])}`)
  const { runs } = parsed.output
  checkCounts(runs)
  return runs
}

/** `my/tool/2026-01-02` is run `2026-01-02` of the category `my/tool`; without a slash it is a run without a category. */
export function categoryOf(run: SarifRun): string | undefined {
  const id = run.automationDetails?.id ?? ''
  return id.includes('/') ? id.slice(0, id.lastIndexOf('/')) : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Rejection(`rejecting SARIF, as it is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}

/** `$.runs[0].results[3].message: expected Object, received undefined` */
function complaint({ path, expected, received, message, kind }: v.BaseIssue<unknown>): string {
  const place = (path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return `$${place}: ${kind === 'schema' ? `expected ${expected}, received ${received}` : message}`
}

/** The sentences are GitHub's: github/codeql-action#2000, aquasecurity/tfsec-sarif-action#43, github/codeql-action#1245. */
function checkCounts(runs: readonly SarifRun[]): void {
  limit('runs', '', runs.length, MAX_RUNS)
  for (const { tool, results } of runs) {
    limit('results', ' per run', results?.length ?? 0, MAX_RESULTS)
    limit('rules', ' per run', tool.driver.rules?.length ?? 0, MAX_RULES)
    for (const { properties } of tool.driver.rules ?? [])
      limit('tags', ' per rule', properties?.tags?.length ?? 0, MAX_TAGS)
    for (const { locations } of results ?? []) limit('locations', ' per result', locations?.length ?? 0, MAX_LOCATIONS)
  }
}

function limit(things: string, where: string, count: number, max: number): void {
  if (count <= max) return
  throw new Rejection(`rejecting SARIF, as there are more ${things}${where} than allowed (${count} > ${max})`)
}
