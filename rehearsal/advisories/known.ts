/** The vulnerabilities that are known in a rehearsal: none, or those in `.rehearsal/advisories.json` of the repository. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { messageOf, RehearsalError } from '../errors.ts'

export const advisoriesFile = join('.rehearsal', 'advisories.json')

/** As npm's registry answers. */
const NpmAdvisory = v.strictObject({
  id: v.number(),
  url: v.string(),
  title: v.string(),
  severity: v.picklist(['info', 'low', 'moderate', 'high', 'critical']),
  /** A range, as `<1.2.6`. */
  vulnerable_versions: v.string(),
  cwe: v.optional(v.array(v.string()), []),
  cvss: v.optional(v.strictObject({ score: v.number(), vectorString: v.nullable(v.string()) }), {
    score: 0,
    vectorString: null,
  }),
})

/** https://ossf.github.io/osv-schema, as far as pip-audit reads it. */
const OsvRecord = v.looseObject({
  id: v.string(),
  summary: v.optional(v.string()),
  aliases: v.optional(v.array(v.string())),
  affected: v.array(
    v.looseObject({
      package: v.looseObject({ name: v.string(), ecosystem: v.literal('PyPI') }),
      ranges: v.optional(
        v.array(
          v.looseObject({
            type: v.literal('ECOSYSTEM'),
            events: v.array(v.looseObject({ introduced: v.optional(v.string()), fixed: v.optional(v.string()) })),
          }),
        ),
        [],
      ),
      versions: v.optional(v.array(v.string()), []),
    }),
  ),
})

const Known = v.strictObject({
  /** By the name of the package. */
  npm: v.optional(v.record(v.string(), v.array(NpmAdvisory)), {}),
  pypi: v.optional(v.array(OsvRecord), []),
})

export type KnownAdvisories = v.InferOutput<typeof Known>
export type OsvRecord = v.InferOutput<typeof OsvRecord>

/** @throws RehearsalError that says what is wrong with the file */
export function readAdvisories(repository: string): KnownAdvisories {
  const file = join(repository, advisoriesFile)
  if (!existsSync(file)) return { npm: {}, pypi: [] }
  const parsed = v.safeParse(Known, readJson(file))
  if (parsed.success) return parsed.output
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`)
  throw new RehearsalError(`${file} is not what the rehearsal reads. ${problems.join('; ')}.`)
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new RehearsalError(`${file} is not valid JSON: ${messageOf(error)}`)
  }
}

/** Records that are about this version. @param name in its normal form, as PEP 503 has it */
export function affecting(records: readonly OsvRecord[], name: string, version: string): readonly OsvRecord[] {
  return records.filter(({ affected }) =>
    affected.some((entry) => {
      if (entry.package.name !== name) return false
      return entry.versions.includes(version) || entry.ranges.some(({ events }) => isWithin(version, events))
    }),
  )
}

type Events = readonly { readonly introduced?: string | undefined; readonly fixed?: string | undefined }[]

/** The last event at or before the version decides. */
function isWithin(version: string, events: Events): boolean {
  let within = false
  for (const { introduced, fixed } of events) {
    if (introduced !== undefined && compare(version, introduced) >= 0) within = true
    if (fixed !== undefined && compare(version, fixed) >= 0) within = false
  }
  return within
}

/** Of released versions; what comes before a release counts as that release. */
function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number))
  const length = Math.max(left?.length ?? 0, right?.length ?? 0)
  for (let index = 0; index < length; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
