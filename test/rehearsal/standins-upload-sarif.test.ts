/** From a recorded scan to alerts: setup-trivy, trivy and upload-sarif against the embedded code scanning. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Rehearsal, RehearseOptions } from '../../rehearsal/rehearse.ts'
import { jobOf, outcomes, printed, rehearseText, step } from '../support/rehearse.ts'
import { ALL, CHECKOUT, upload } from './standins-sarif-support.ts'

const fixtures = resolve(import.meta.dirname, 'fixtures', 'trivy', 'found')
const repository = mkdtempSync(join(tmpdir(), 'slipway-scanned-'))

/** With the packages of the recorded scan at the lines where it found them. */
beforeAll(() => {
  for (const folder of ['frontend', 'backend', '.rehearsal/trivy'])
    mkdirSync(join(repository, folder), { recursive: true })
  for (const kind of ['fs', 'config', 'secret', 'image']) {
    cpSync(join(fixtures, `${kind}.json`), join(repository, `.rehearsal/trivy/${kind}.json`))
  }
  const lock = Array.from({ length: 40 }, (_, line) => `  "line": ${line},`)
  writeFileSync(join(repository, 'frontend/package-lock.json'), lock.join('\n'))
  writeFileSync(join(repository, 'backend/requirements.txt'), 'django==3.2.13\nrequests==2.31.0\n')
})
afterAll(() => rmSync(repository, { recursive: true }))

const TRIVY = '- { uses: aquasecurity/setup-trivy@v0.3.1, with: { version: v0.70.0 } }'
const ALERTS = `- { name: Alerts, env: { TOKEN: '\${{ github.token }}' }, run: 'curl --silent --header "authorization: token $TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/code-scanning/alerts?per_page=100&direction=asc"' }`

const rehearse = (workflow: string, more: Partial<RehearseOptions> = {}) =>
  rehearseText(workflow, { repository, ...more })
const alertsIn = (rehearsal: Rehearsal, name = 'Alerts') => JSON.parse(printed(rehearsal, name).join('\n'))
const brief = (rehearsal: Rehearsal, name?: string): readonly string[] =>
  alertsIn(rehearsal, name).map((alert: unknown) => {
    const { rule, state, most_recent_instance: newest } = Object(alert)
    return `${rule.id} ${rule.security_severity_level} ${newest.category} ${newest.location.path}:${newest.location.start_line} ${state}`
  })
const sent = (rehearsal: Rehearsal) => rehearsal.requests.github.filter(({ method }) => method === 'PUT')

describe('a recorded scan', () => {
  test('is converted, fingerprinted, uploaded and becomes alerts', async () => {
    const rehearsal = await rehearse(
      jobOf(
        `${CHECKOUT}
${TRIVY}
- { name: Scan, run: 'trivy fs --scanners vuln --quiet --format json --output fs.json . && trivy convert --format sarif --output fs.sarif fs.json && trivy convert --format table fs.json' }
- { name: Up, id: up, uses: github/codeql-action/upload-sarif@v4, with: { sarif_file: fs.sarif, category: trivy-fs } }
- { name: Id, env: { ID: '\${{ steps.up.outputs.sarif-id }}', IDS: '\${{ steps.up.outputs.sarif-ids }}' }, run: 'echo "$ID $IDS"' }
${ALERTS}`,
        ALL,
      ),
    )
    expect(rehearsal.result).toBe('success')
    expect(printed(rehearsal, 'Scan').join('\n')).toContain('│ CVE-2021-44906 │ CRITICAL │')
    expect(brief(rehearsal)).toEqual([
      'CVE-2022-34265 critical trivy-fs backend/requirements.txt:1 open',
      'CVE-2024-35195 medium trivy-fs backend/requirements.txt:2 open',
      'CVE-2021-23337 high trivy-fs frontend/package-lock.json:16 open',
      'CVE-2020-28500 medium trivy-fs frontend/package-lock.json:16 open',
      'CVE-2021-44906 critical trivy-fs frontend/package-lock.json:20 open',
      'CVE-2022-25883 high trivy-fs frontend/package-lock.json:24 open',
    ])
    const [alert] = alertsIn(rehearsal)
    expect(alert.most_recent_instance).toMatchObject({
      ref: 'refs/heads/main',
      commit_sha: rehearsal.sha,
      analysis_key: '.github/workflows/fixture.yml:job',
    })
    expect(alert.tool).toEqual({ name: 'Trivy', version: '0.70.0', guid: null })
    const [, id = ''] = /^(\S+) /.exec(printed(rehearsal, 'Id')[0] ?? '') ?? []
    expect(printed(rehearsal, 'Id')).toEqual([`${id} {"code-scanning":"${id}"}`])
    expect(printed(rehearsal, 'Up')).toEqual([
      'Processing sarif files: ["fs.sarif"]',
      'Uploading results',
      'Successfully uploaded results',
      'Analysis upload status is pending.',
      'Analysis upload status is complete.',
    ])
    const body = Object(sent(rehearsal)[0]?.body)
    expect(body).toMatchObject({ commit_oid: rehearsal.sha, tool_names: ['Trivy'], environment: 'null' })
    const { runs } = await unpacked(body.sarif)
    expect(runs[0].automationDetails).toEqual({ id: 'trivy-fs/' })
    for (const { partialFingerprints } of runs[0].results) {
      expect(partialFingerprints.primaryLocationLineHash).toMatch(/^[0-9a-f]{1,16}:1$/)
    }
    expect(rehearsal.unsupportedRequests).toEqual([])
    expect(rehearsal.permissionUse.map(({ permission, used }) => `${permission}: ${used}`).sort()).toEqual([
      'actions: read',
      'contents: read',
      'security-events: write',
    ])
  })

  test.each([
    [
      'actions',
      '{ contents: read, security-events: write }',
      'for the workflow of this run: Resource not accessible by integration',
    ],
    [
      'security-events',
      '{ contents: read, actions: read }',
      'to take the results: Resource not accessible by integration',
    ],
    ['write', '{ contents: read, actions: read, security-events: read }', "The job needs 'security-events: write'."],
  ])('is not uploaded without the permission: %s', async (_, permissions, message) => {
    const rehearsal = await rehearse(
      jobOf(
        `${CHECKOUT}\n${TRIVY}\n${SCAN_CONFIG}\n${upload('config.sarif', 'config')}`,
        `permissions: ${permissions}`,
      ),
    )
    const { outcome, annotations } = step(rehearsal, 'Upload config')
    expect(outcome).toBe('failure')
    expect(annotations).toMatchObject([{ level: 'error', message: expect.stringContaining(message) }])
  })

  test('of another job replaces the first of its category, and leaves the others alone', async () => {
    const second = `
  again:
    needs: job
    runs-on: ubuntu-latest
    ${ALL}
    steps:
      ${CHECKOUT}
      - run: rm .rehearsal/trivy/fs.json
      ${TRIVY}
      - { run: 'trivy fs --scanners vuln --format json --output fs.json . && trivy convert --format sarif --output fs.sarif fs.json' }
      ${upload('fs.sarif', 'fs')}
      ${ALERTS}
`
    const first = jobOf(
      `${CHECKOUT}
${TRIVY}
- { run: 'trivy fs --scanners vuln --format json --output fs.json . && trivy convert --format sarif --output fs.sarif fs.json' }
- { run: 'trivy fs --scanners secret --format json --output s.json . && trivy convert --format sarif --output s.sarif s.json' }
${upload('fs.sarif', 'fs')}
${upload('s.sarif', 'secret')}`,
      ALL,
    )
    const rehearsal = await rehearse(`${first}${second}`)
    expect(rehearsal.result).toBe('success')
    const states = brief(rehearsal).map((line) => line.replace(/ [^ ]*:\d+ /, ' '))
    expect(states).toEqual([
      'CVE-2022-34265 critical fs fixed',
      'CVE-2024-35195 medium fs fixed',
      'CVE-2021-23337 high fs fixed',
      'CVE-2020-28500 medium fs fixed',
      'CVE-2021-44906 critical fs fixed',
      'CVE-2022-25883 high fs fixed',
      'aws-access-key-id critical secret open',
      'github-pat critical secret open',
      'CVE-2024-35195 medium fs open',
      'CVE-2025-5889 low fs open',
      'CVE-2023-26136 medium fs open',
    ])
  })

  test('is uploaded once for each category in a job', async () => {
    const rehearsal = await rehearse(
      jobOf(
        `${CHECKOUT}\n${TRIVY}\n${SCAN_CONFIG}\n${upload('config.sarif', 'config')}\n${upload('config.sarif', 'other')}
- { name: Again, uses: github/codeql-action/upload-sarif@v4, with: { sarif_file: config.sarif, category: config/ } }`,
        ALL,
      ),
    )
    expect(outcomes(rehearsal).slice(3, 6)).toEqual([
      'Upload config: success',
      'Upload other: success',
      'Again: failure',
    ])
    expect(step(rehearsal, 'Again').annotations[0]?.message).toContain('Category: (config/) Tool: (Trivy)')
  })

  test('without a category has the workflow, the job and its matrix as one', async () => {
    const rehearsal = await rehearse(
      jobOf(
        `${CHECKOUT}\n${TRIVY}\n${SCAN_CONFIG}\n- { uses: github/codeql-action/upload-sarif@v4, with: { sarif_file: config.sarif, matrix: '{"size":3,"kind":"config"}' } }\n${ALERTS}`,
        ALL,
      ),
    )
    expect(alertsIn(rehearsal)[0].most_recent_instance).toMatchObject({
      analysis_key: '.github/workflows/fixture.yml:job',
      category: '.github/workflows/fixture.yml:job/kind:config/size:',
    })
  })

  test('of a pull request is of its merge', async () => {
    const rehearsal = await rehearse(
      `${jobOf(`${CHECKOUT}\n${TRIVY}\n${SCAN_CONFIG}\n${upload('config.sarif', 'config')}`, ALL)}`.replace(
        'on: push',
        'on: pull_request',
      ),
      { event: 'pull_request' },
    )
    expect(rehearsal.result).toBe('success')
    expect(sent(rehearsal)[0]?.body).toMatchObject({
      ref: expect.stringMatching(/^refs\/pull\/\d+\/merge$/),
      commit_oid: rehearsal.sha,
      base_ref: 'refs/heads/main',
      base_sha: expect.stringMatching(/^[0-9a-f]{40}$/),
    })
  })
})

const SCAN_CONFIG =
  "- { run: 'trivy config --format json --output config.json . && trivy convert --format sarif --output config.sarif config.json' }"

test.each([
  ['', 'success', 'warning', 'installs the newest release'],
  ['version: v0.69.4', 'failure', 'error', 'was published with stolen credentials'],
  ['version: 0.70.0', 'failure', 'error', "There is no release '0.70.0'"],
  ['version: v0.70.0, github-server-url: https://ghe.example.com', 'failure', 'error', "input 'github-server-url'"],
] as const)('setup-trivy with %j', async (input, outcome, level, message) => {
  const rehearsal = await rehearse(
    jobOf(`- { name: Set up, uses: aquasecurity/setup-trivy@v0.3.1, with: { ${input} } }`),
  )
  expect(step(rehearsal, 'Set up')).toMatchObject({
    outcome,
    annotations: [{ level, message: expect.stringContaining(message) }],
  })
})

test('a real trivy is used where REHEARSAL_TRIVY names one', async () => {
  vi.stubEnv('REHEARSAL_TRIVY', '/bin/echo')
  const rehearsal = await rehearse(jobOf(`${TRIVY}\n- { name: Ask, run: 'trivy version --x' }`))
  vi.unstubAllEnvs()
  expect(printed(rehearsal, 'Ask')).toEqual(['version --x'])
})

async function unpacked(base64: string) {
  const { gunzipSync } = await import('node:zlib')
  return JSON.parse(gunzipSync(Buffer.from(base64, 'base64')).toString())
}
