/** Every operator of a condition, green and red, on each of the four places that conditions are about. */
import { beforeAll, describe, expect, it } from 'vitest'
import { expectGreen, expectRed, type RedRow, type Row, runRows, type Serve, type WholeResult } from './setup.ts'

const OPERATORS: readonly (readonly [
  operator: string,
  served: string | number,
  green: string,
  red: string,
  reason: RegExp,
])[] = [
  ['equals', 'ok', 'equals: ok', 'equals: down', /"ok"; it must equal "down"/],
  ['not with a value', 'ok', 'not: down', 'not: ok', /must not equal "ok"/],
  ['not with a condition', 'ok', 'not: { matches: ^d }', 'not: { matches: ^o }', /must not match \/\^o\//],
  ['matches', 'ok', 'matches: k$', 'matches: ^k', /must match \/\^k\//],
  ['contains', 'alpha', 'contains: lph', 'contains: beta', /must contain "beta"/],
  ['not-contains', 'alpha', 'not-contains: beta', 'not-contains: lph', /must not contain "lph"/],
  ['exists', 'ok', 'exists: true', 'exists: false', /must be absent/],
  ['type', 42, 'type: integer', 'type: boolean', /must be of type boolean/],
  ['length', 'four', 'length: 4', 'length: 5', /must equal 5 in length/],
  ['length with a condition', 'four', 'length: { gte: 4 }', 'length: { lt: 4 }', /less than 4 in length/],
  ['lt', 42, 'lt: 43', 'lt: 42', /must be less than 42/],
  ['lte', 42, 'lte: 42', 'lte: 41', /must be at most 41/],
  ['gt', 42, 'gt: 41', 'gt: 42', /must be (?:more|greater) than 42/],
  ['gte', 42, 'gte: 42', 'gte: 43', /must be at least 43/],
  ['one-of', 'ok', 'one-of: [fine, ok]', 'one-of: [fine, good]', /must be one of "fine", "good"/],
  ['two at once', 42, 'gt: 41, lt: 43', 'gt: 41, lt: 42', /must be less than 42/],
]

const PLACES = [
  ['JSON', (condition: string) => `json: { $.value: { ${condition} } }`, 'json $.value'],
  ['a header', (condition: string) => `headers: { X-Value: { ${condition} } }`, 'header x-value'],
  ['a cookie', (condition: string) => `cookies: { value: { ${condition} } }`, 'cookie value'],
  ['the body', (condition: string) => `body: { ${condition} }`, 'body'],
] as const

/** The same value in all places; as JSON only to the check of JSON, whose body it is. */
function serving(place: string, value: string | number): Serve {
  const body = place === 'JSON' ? JSON.stringify({ value }) : String(value)
  const type = place === 'JSON' ? 'application/json' : 'text/plain'
  return () => ({
    headers: { 'content-type': type, 'x-value': String(value), 'set-cookie': `value=${value}; Path=/` },
    body,
  })
}

const all = PLACES.flatMap(([place, write, assertion]) =>
  OPERATORS.map(([operator, served, green, red, reason]) => {
    const serve = serving(place, served)
    return {
      name: `${operator} on ${place}`,
      green: { name: `${operator} on ${place}`, yaml: write(green), serve } satisfies Row,
      red: {
        name: `${operator} on ${place}`,
        yaml: write(red),
        serve,
        findings: [[assertion, reason]],
      } satisfies RedRow,
    }
  }),
)

const absent: readonly RedRow[] = PLACES.filter(([place]) => place !== 'the body').flatMap(
  ([place, write, assertion]) =>
    ['equals: ok', 'not: ok', 'exists: true'].map((condition) => ({
      name: `${condition} on ${place} without the value`,
      yaml: write(condition),
      serve: () => ({ headers: { 'content-type': 'application/json' }, body: '{}' }),
      findings: [[assertion, /is absent; it must/]] as const,
    })),
)

const several: readonly RedRow[] = [
  {
    name: 'one of several values that a path selects',
    yaml: 'json: { "$.list[*].n": { gte: 1 } }',
    serve: () => ({ headers: { 'content-type': 'application/json' }, body: '{"list":[{"n":1},{"n":0},{"n":2}]}' }),
    findings: [['json $.list[*].n', /\[1\].*is 0; it must be at least 1/]],
  },
]

describe('conditions that hold', () => {
  let result: WholeResult
  beforeAll(async () => {
    result = await runRows(all.map(({ green }) => green))
  })

  it('make the step green', () => {
    expect(result).toMatchObject({ exitCode: 0, outputs: { healthy: 'true', passed: String(all.length), failed: '0' } })
  })

  it.each(all)('$name', ({ green }) => expectGreen(result, green))
})

describe('conditions that do not hold', () => {
  const rows = [...all.map(({ red }) => red), ...absent, ...several]
  let result: WholeResult
  beforeAll(async () => {
    result = await runRows(rows)
  })

  it('make the step red', () => {
    expect(result).toMatchObject({
      exitCode: 1,
      outputs: { healthy: 'false', passed: '0', failed: String(rows.length) },
    })
  })

  it.each(rows)('$name', (row) => expectRed(result, row))
})
