/**
 * The files that configure Pages, against its limits. Cloudflare drops what goes beyond them without a word, except
 * for `_routes.json`, which fails the deployment after the upload.
 */
import * as v from 'valibot'
import type { Problem } from './problem.ts'

/** As wrangler 4.164 applies them (workers-shared/utils/configuration/constants.ts in cloudflare/workers-sdk). */
const LIMITS = {
  headerRules: 100,
  staticRedirects: 2000,
  dynamicRedirects: 100,
  /** Of a line in either file, without the spaces around it; the documentation of redirects still says 1,000. */
  lineCharacters: 2000,
  routes: 100,
  routeCharacters: 100,
}

const Routes = v.object({
  version: v.literal(1, 'must be 1'),
  include: v.array(v.string('must be a string'), 'must be a list'),
  exclude: v.array(v.string('must be a string'), 'must be a list'),
})
export type Routes = v.InferOutput<typeof Routes>
const RoutesFile = v.pipe(v.string(), v.parseJson(), Routes)

export function checkHeaders(text: string): readonly Problem[] {
  const lines = significantLines(text)
  const rules = lines.filter(({ line }) => /^(\/|\S+:\/\/)/.test(line)).length
  const long = tooLong(lines, '_headers')
  if (rules <= LIMITS.headerRules) return long
  return [...long, tooMany('_headers', rules, LIMITS.headerRules, 'rules', 'Merge rules with a wildcard.')]
}

export function checkRedirects(text: string): readonly Problem[] {
  const lines = significantLines(text)
  const firstDynamic = lines.findIndex(({ line }) => /\*|:[A-Za-z]/.test(pathOf(line.split(/\s+/)[0] ?? '')))
  const fixed = firstDynamic < 0 ? lines.length : firstDynamic // whatever follows a dynamic one counts as dynamic
  const dynamic = lines.length - fixed
  const problems = [...tooLong(lines, '_redirects')]
  const remedy = 'Merge rules with a wildcard, or move them to Bulk Redirects.'
  if (fixed > LIMITS.staticRedirects) {
    problems.push(tooMany('_redirects', fixed, LIMITS.staticRedirects, 'static redirects', remedy))
  }
  if (dynamic > LIMITS.dynamicRedirects) {
    problems.push(
      tooMany(
        '_redirects',
        dynamic,
        LIMITS.dynamicRedirects,
        'dynamic redirects (those with * or :name, and all after the first of them)',
        remedy,
      ),
    )
  }
  return problems
}

/** The routes that Functions answer, or why Pages would refuse the file. */
export function parseRoutes(text: string): { readonly routes?: Routes; readonly problems: readonly Problem[] } {
  const parsed = v.safeParse(RoutesFile, text)
  if (!parsed.success) return { problems: [invalidRoutes(parsed.issues)] }
  const { include, exclude } = parsed.output
  const rules = [...include, ...exclude]
  const problems: Problem[] = []
  const add = (message: string, hint: string) => problems.push({ message: `_routes.json ${message}.`, hint })
  if (include.length === 0) add('includes no route', 'Name at least one under include, or remove the file.')
  if (rules.length > LIMITS.routes) add(`has ${rules.length} rules; Pages takes ${LIMITS.routes}`, 'Use wildcards.')
  for (const rule of rules) {
    if (rule.length > LIMITS.routeCharacters) {
      add(
        `has a rule of ${rule.length} characters, "${rule}"; Pages takes ${LIMITS.routeCharacters}`,
        'Use a wildcard.',
      )
    }
    if (!rule.startsWith('/')) add(`has a rule that does not begin with a slash, "${rule}"`, 'Begin it with /.')
  }
  for (const list of [include, exclude]) {
    const [rule, other] = overlap(list) ?? []
    if (rule !== undefined) add(`has overlapping rules, "${rule}" and "${other}"`, 'Remove the narrower one.')
  }
  return problems.length > 0 ? { problems } : { routes: parsed.output, problems }
}

/** In words for whoever wrote the file, not for whoever wrote the schema. */
function invalidRoutes(issues: v.InferIssue<typeof RoutesFile>[]): Problem {
  const hint = 'Write { "version": 1, "include": ["/api/*"], "exclude": [] }.'
  const [first] = issues
  if (first?.type === 'parse_json') {
    return { message: `_routes.json is not JSON: ${first.received.replace(/^"|"$/g, '')}.`, hint }
  }
  const said = issues.map((issue) => {
    const path = v.getDotPath(issue)
    if (path === null) return 'it must be an object'
    return `${path} ${issue.received === 'undefined' ? 'is missing' : issue.message}`
  })
  return { message: `_routes.json: ${said.join('; ')}.`, hint }
}

/** A rule that a wildcard of the same list covers already, and that wildcard: wrangler refuses such a file. */
function overlap(rules: readonly string[]): readonly [string, string] | undefined {
  for (const wildcard of rules.filter((rule) => rule.endsWith('/*'))) {
    const covered = rules.find((rule) => rule !== wildcard && rule.startsWith(wildcard.slice(0, -1)))
    if (covered !== undefined) return [covered, wildcard]
  }
  return undefined
}

export interface Line {
  /** Without the spaces around it. */
  readonly line: string
  /** From 1. */
  readonly number: number
}

/** Neither empty nor a comment. */
export function significantLines(text: string): readonly Line[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
}

function tooLong(lines: readonly Line[], file: string): readonly Problem[] {
  const limit = LIMITS.lineCharacters
  return lines
    .filter(({ line }) => line.length > limit)
    .map(({ line, number }) => ({
      message: `Line ${number} of ${file} has ${line.length} characters; Pages takes ${limit} and drops a longer one.`,
      hint: 'Shorten it.',
    }))
}

function tooMany(file: string, count: number, limit: number, what: string, hint: string): Problem {
  return { message: `${file} has ${count} ${what}; Pages takes ${limit} and drops the rest.`, hint }
}

/** The path of an address, without a port's or a protocol's colon. */
function pathOf(source: string): string {
  return source.replace(/^\w+:\/\/[^/]*/, '')
}
