/**
 * The files that configure Pages, against its limits. Cloudflare drops what goes beyond them without a word, except
 * for `_routes.json`, which fails the deployment after the upload.
 */
import * as v from 'valibot'
import type { Problem } from './problem.ts'

/** developers.cloudflare.com/pages/configuration/headers and …/redirects, …/functions/routing. */
const LIMITS = {
  headerRules: 100,
  headerLine: 2000,
  staticRedirects: 2000,
  dynamicRedirects: 100,
  redirectLine: 1000,
  routes: 100,
  routeLength: 100,
}

const Routes = v.object({
  version: v.literal(1),
  include: v.array(v.string()),
  exclude: v.array(v.string()),
})
export type Routes = v.InferOutput<typeof Routes>

export function checkHeaders(text: string): readonly Problem[] {
  const lines = significantLines(text)
  const rules = lines.filter(({ line }) => /^(\/|\S+:\/\/)/.test(line)).length
  const long = tooLong(lines, '_headers', LIMITS.headerLine)
  if (rules <= LIMITS.headerRules) return long
  return [...long, tooMany('_headers', rules, LIMITS.headerRules, 'rules', 'Merge rules with a wildcard.')]
}

export function checkRedirects(text: string): readonly Problem[] {
  const lines = significantLines(text)
  const firstDynamic = lines.findIndex(({ line }) => /\*|:[A-Za-z]/.test(pathOf(line.split(/\s+/)[0] ?? '')))
  const fixed = firstDynamic < 0 ? lines.length : firstDynamic // whatever follows a dynamic one counts as dynamic
  const dynamic = lines.length - fixed
  const problems = [...tooLong(lines, '_redirects', LIMITS.redirectLine)]
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
  const parsed = v.safeParse(Routes, parseJson(text))
  if (!parsed.success) {
    const hint = 'Write { "version": 1, "include": ["/api/*"], "exclude": [] }.'
    return { problems: [{ message: `_routes.json is invalid: ${v.summarize(parsed.issues)}.`, hint }] }
  }
  const { include, exclude } = parsed.output
  const rules = [...include, ...exclude]
  const problems: Problem[] = []
  const add = (message: string, hint: string) => problems.push({ message: `_routes.json ${message}.`, hint })
  if (include.length === 0) add('includes no route', 'Name at least one under include, or remove the file.')
  if (rules.length > LIMITS.routes) add(`has ${rules.length} rules; Pages takes ${LIMITS.routes}`, 'Use wildcards.')
  for (const rule of rules) {
    if (rule.length > LIMITS.routeLength) {
      add(`has a rule of ${rule.length} characters, "${rule}"; Pages takes ${LIMITS.routeLength}`, 'Use a wildcard.')
    }
    if (!rule.startsWith('/')) add(`has a rule that does not begin with a slash, "${rule}"`, 'Begin it with /.')
  }
  for (const list of [include, exclude]) {
    const [rule, other] = overlap(list) ?? []
    if (rule !== undefined) add(`has overlapping rules, "${rule}" and "${other}"`, 'Remove the narrower one.')
  }
  return problems.length > 0 ? { problems } : { routes: parsed.output, problems }
}

/** A rule that a wildcard of the same list covers already, and that wildcard: wrangler refuses such a file. */
function overlap(rules: readonly string[]): readonly [string, string] | undefined {
  for (const wildcard of rules.filter((rule) => rule.endsWith('/*'))) {
    const covered = rules.find((rule) => rule !== wildcard && rule.startsWith(wildcard.slice(0, -1)))
    if (covered !== undefined) return [covered, wildcard]
  }
  return undefined
}

interface Line {
  readonly line: string
  readonly number: number
}

function significantLines(text: string): readonly Line[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
}

function tooLong(lines: readonly Line[], file: string, limit: number): readonly Problem[] {
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
