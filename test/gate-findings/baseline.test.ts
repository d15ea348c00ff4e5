/** The laws of what is known. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claim } from '../../actions/gate-findings/baseline.ts'
import type { Finding, Identity } from '../../actions/gate-findings/finding.ts'

/** Two rules, two files and few lines, so that all meet; a line holds one package, line 1 any. */
const identity: fc.Arbitrary<Identity> = fc
  .record({
    rule: fc.constantFrom('CVE-1', 'CVE-2'),
    path: fc.constantFrom('a.lock', 'b.lock'),
    line: fc.constantFrom(1, 1, 2, 3, 4),
    packageName: fc.constantFrom('a', 'b', 'c', undefined),
  })
  .map(({ line, packageName, ...place }) => ({
    ...place,
    line,
    packageName: line === 1 ? packageName : ['a', 'b', undefined][line - 2],
  }))

const REST = { kind: 'vulnerability', severity: 'high', installed: '1', fixed: '', title: '', url: '' } as const
const finding: fc.Arbitrary<Finding> = identity.map((one) => ({ ...one, ...REST }))
const findings = fc.array(finding, { maxLength: 12 })
const alerts = fc.array(identity, { maxLength: 12 })

describe('what is known', () => {
  it('is a part of what was found, and the rest is left in its order', () => {
    fc.assert(
      fc.property(findings, alerts, (found, baseline) => {
        const { known, left } = claim(found, baseline)
        expect(known.length + left.length).toBe(found.length)
        expect(left).toEqual(found.filter((one) => !known.includes(one)))
      }),
    )
  })

  it('is everything when code scanning has made one alert of each result', () => {
    fc.assert(
      fc.property(findings, (found) => {
        expect(claim(found, found).left).toEqual([])
      }),
    )
  })

  it('is everything when code scanning has made one alert of all that share rule and place', () => {
    fc.assert(
      fc.property(findings, fc.boolean(), (found, last) => {
        const ordered = last ? found : found.toReversed()
        const merged = new Map(ordered.map((one) => [`${one.rule} ${one.path} ${one.line}`, one]))
        expect(claim(found, [...merged.values()]).left).toEqual([])
      }),
    )
  })

  it('is as much as can be: no other choice of alerts leaves fewer spots', () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 6 }), fc.array(identity, { maxLength: 6 }), (found, baseline) => {
        const { known } = claim(found, baseline)
        expect(spotsOf(known).length).toBe(mostMatched(spotsOf(found), baseline))
      }),
    )
  })

  it('does not depend on the order of findings or alerts, as far as amounts go', () => {
    fc.assert(
      fc.property(findings, alerts, (found, baseline) => {
        const spots = (one: readonly Finding[], other: readonly Identity[]) => spotsOf(claim(one, other).known).length
        expect(spots(found.toReversed(), baseline.toReversed())).toBe(spots(found, baseline))
      }),
    )
  })

  it('never shrinks with a further alert, and grows by no more than what that one answers for', () => {
    fc.assert(
      fc.property(findings, alerts, identity, (found, baseline, further) => {
        const before = spotsOf(claim(found, baseline).known).length
        const after = spotsOf(claim(found, [...baseline, further]).known).length
        expect([before, before + 1]).toContain(after)
      }),
    )
  })

  it('needs a further alert for a further spot, where there is one of each', () => {
    fc.assert(
      fc.property(findings, finding, (found, model) => {
        const further = { ...model, line: 99 }
        const one = spotsOf(found).flatMap(([first]) => first ?? [])
        expect(claim([...found, further], one).left).toEqual([further])
      }),
    )
  })
})

it.each([
  ['another rule', { rule: 'CVE-2' }],
  ['another file', { path: 'b.lock' }],
  ['another package, on a line of its own', { packageName: 'b', line: 7 }],
])('an alert of %s answers for nothing', (_, other) => {
  const found: Finding = { rule: 'CVE-1', path: 'a.lock', line: 5, packageName: 'a', ...REST }
  expect(claim([found], [{ ...found, ...other }]).left).toEqual([found])
  expect(claim([found], [{ ...found, line: 30 }]).left).toEqual([])
})

it('one alert answers for one spot', () => {
  const found: Finding = { rule: 'CVE-1', path: 'main.tf', line: 5, packageName: undefined, ...REST }
  const second = { ...found, line: 20 }
  expect(claim([found, second], [found]).left).toEqual([second])
  expect(claim([found, second], [found, second]).left).toEqual([])
})

type Spot = readonly Finding[]

function spotsOf(found: readonly Finding[]): readonly Spot[] {
  const keyOf = ({ rule, path, line, packageName }: Finding) =>
    JSON.stringify([rule, path, line, line === 1 ? null : packageName])
  return [...Map.groupBy(found, keyOf).values()]
}

/** By trying out every choice. */
function mostMatched([spot, ...others]: readonly Spot[], baseline: readonly Identity[]): number {
  if (spot === undefined) return 0
  const without = mostMatched(others, baseline)
  const choices = baseline.flatMap((alert, index) => (answers(alert, spot) ? [index] : []))
  return choices.reduce((most, index) => Math.max(most, 1 + mostMatched(others, baseline.toSpliced(index, 1))), without)
}

function answers(alert: Identity, spot: Spot): boolean {
  return spot.some(
    ({ rule, path, packageName }) =>
      rule === alert.rule && path === alert.path && (alert.line === 1 || packageName === alert.packageName),
  )
}
