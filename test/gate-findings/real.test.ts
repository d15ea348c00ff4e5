/** What the action takes for a finding's identity, against the SARIF that Trivy v0.70.0 itself has made of the same reports. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { claim } from '../../actions/gate-findings/baseline.ts'
import { pathInScanning } from '../../actions/gate-findings/location.ts'
import { parseReport } from '../../actions/gate-findings/report.ts'
import { root } from '../../scripts/actions.ts'

const found = `${root}test/rehearsal/fixtures/trivy`
const recorded = `${root}rehearsal/standins/trivy/recorded`

const Physical = v.object({
  artifactLocation: v.object({ uri: v.string() }),
  region: v.object({ startLine: v.number() }),
})
const Result = v.object({
  ruleId: v.string(),
  message: v.object({ text: v.string() }),
  locations: v.tupleWithRest([v.object({ physicalLocation: Physical })], v.unknown()),
})
const Sarif = v.object({ runs: v.tuple([v.object({ results: v.array(Result) })]) })

const KINDS = ['fs', 'image', 'config', 'secret'] as const

it.each([
  ...KINDS.map((kind) => [`${found}/found/${kind}.json`, `${found}/found/${kind}.sarif`] as const),
  ...KINDS.map((kind) => [`${recorded}/${kind}.json`, `${found}/few/${kind}.sarif`] as const),
])('%s', (json, sarif) => {
  const { findings } = parseReport('trivy.json', readFileSync(json, 'utf8'))
  const { results } = v.parse(Sarif, JSON.parse(readFileSync(sarif, 'utf8'))).runs[0]
  expect(findings.length).toBeGreaterThan(0)
  const identities = results.map(({ ruleId, message, locations: [{ physicalLocation: place }] }) => ({
    rule: ruleId,
    path: pathInScanning(place.artifactLocation.uri),
    line: place.region.startLine,
    packageName: /^Package: (.+)/.exec(message.text)?.[1],
  }))
  expect(findings.map(({ rule, path, line, packageName }) => ({ rule, path, line, packageName }))).toEqual(identities)
  expect(claim(findings, identities).left).toEqual([])
})
