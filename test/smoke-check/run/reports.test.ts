import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, it } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import { readOpenMetrics } from '../../support/openmetrics.ts'
import { QUICK, serve, smoke } from './scenario.ts'

const FILES = { junit: 'reports/junit.xml', metrics: 'reports/smoke.prom', json: 'reports/smoke.json' }
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

it.each([
  [200, 'true'],
  [500, 'false'],
])('writes all reports, valid each, when the site answers %i', async (status, healthy) => {
  await using site = await serve(() => ({ status, body: 'ok' }))
  const result = await smoke({ ...QUICK, ...FILES, urls: `api=${site.origin}/healthz?key=abcdef` })
  expect(result.outputs['healthy']).toBe(healthy)

  const contents = result.files[FILES.junit] ?? ''
  const { errors } = await validateXML({
    xml: [{ fileName: 'junit.xml', contents }],
    schema: read('../../support/junit.xsd'),
  })
  expect(errors).toEqual([])
  expect(contents).toContain(`failures="${status === 200 ? 0 : 1}"`)

  const families = readOpenMetrics(result.files[FILES.metrics] ?? '')
  const success = families.find(({ name }) => name === 'probe_success')
  const labels = { name: 'api', instance: `${site.origin}/healthz?key=***` }
  expect(success?.samples).toEqual([{ labels, value: status === 200 ? 1 : 0 }])
  const code = families.find(({ name }) => name === 'probe_http_status_code')
  expect(code?.samples).toEqual([{ labels, value: status }])

  const ajv = new Ajv2020({ strictRequired: false })
  addFormats.default(ajv)
  const report = JSON.parse(result.files[FILES.json] ?? '')
  expect(
    ajv.validate(JSON.parse(read('../../../actions/smoke-check/report.schema.json')), report),
    ajv.errorsText(),
  ).toBe(true)
  expect(report.checks[0].last[0]).toMatchObject({
    status,
    httpVersion: '1.1',
    bodySize: 2,
    address: '127.0.0.1',
    redirects: 0,
  })
})

it('says after the verdict which report it could not write, and writes the others', async () => {
  await using site = await serve(() => ({}))
  const result = await smoke(
    { ...QUICK, ...FILES, junit: 'smoke.yml/junit.xml' },
    { file: `{ version: 1, checks: [{ name: api, url: "${site.origin}" }] }` },
  )
  expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'true' } })
  expect(result.annotations.map(({ message }) => message)).toEqual([
    expect.stringContaining(
      'The report smoke.yml/junit.xml (input junit) could not be written: a part of the path is a file, not a folder.',
    ),
  ])
  expect(result.summary).toContain('Smoke check: healthy')
  expect(result.files[FILES.json]).toContain('"healthy": true')
})
