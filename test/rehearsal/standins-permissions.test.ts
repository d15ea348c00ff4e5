/** A stand-in uses the permissions that the real action is documented to need (rehearsal/standins/contracts.json), and no other. */
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rehearsal } from '../../rehearsal/options.ts'
import { readContracts } from '../support/contracts.ts'
import { rehearseText } from '../support/rehearse.ts'
import { IMAGE, makeRepository } from './standins-docker-support.ts'

const { actions } = readContracts()

/** All that one of them could use, so that nothing is left unused for want of it. */
const EVERYTHING = [
  ...[
    'actions',
    'artifact-metadata',
    'attestations',
    'checks',
    'contents',
    'deployments',
    'id-token',
    'issues',
    'packages',
  ],
  ...['pull-requests', 'security-events', 'statuses'],
]

/** What the rehearsed repository gives no occasion for: it is no organization's. */
const NOT_HERE: readonly string[] = ['artifact-metadata: write']

const CHECKOUT = '- uses: actions/checkout@v7'
const LOGIN = `- { uses: docker/login-action@v4, with: { registry: ghcr.io, username: '\${{ github.actor }}', password: '\${{ github.token }}' } }`
const BUILD = `- { id: build, uses: docker/build-push-action@v7, with: { context: ., push: true, provenance: false, tags: '${IMAGE}:one' } }`
const SARIF = `{ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "Test" } }, "results": [] }] }`

/** One job for each of them, with the others that it cannot do without. */
const JOBS: Readonly<Record<string, string>> = {
  'actions/checkout': CHECKOUT,
  'actions/setup-node': `- { uses: actions/setup-node@v7, with: { node-version: '${process.versions.node.split('.')[0]}' } }`,
  'actions/upload-artifact': `- run: date > made\n- { uses: actions/upload-artifact@v7, with: { name: one, path: made } }`,
  'actions/download-artifact': `- run: date > made\n- { uses: actions/upload-artifact@v7, with: { name: two, path: made } }\n- { uses: actions/download-artifact@v8, with: { name: two, path: out } }`,
  'aquasecurity/setup-trivy': '- { uses: aquasecurity/setup-trivy@v0.3.1, with: { version: v0.70.0 } }',
  'docker/login-action': LOGIN,
  'docker/metadata-action': `- { uses: docker/metadata-action@v6, with: { images: '${IMAGE}' } }`,
  'docker/setup-buildx-action': '- uses: docker/setup-buildx-action@v4',
  'docker/build-push-action': `${CHECKOUT}\n${LOGIN}\n${BUILD}`,
  'github/codeql-action/upload-sarif': `- { env: { SARIF: '${SARIF}' }, run: 'echo "$SARIF" > found.sarif' }\n- { uses: github/codeql-action/upload-sarif@v4, with: { sarif_file: found.sarif } }`,
  'actions/attest': `${CHECKOUT}\n${LOGIN}\n${BUILD}\n- { uses: actions/attest@v4, with: { subject-name: '${IMAGE}', subject-digest: '\${{ steps.build.outputs.digest }}', push-to-registry: true } }`,
  'googleapis/release-please-action': '- uses: googleapis/release-please-action@v4',
  'softprops/action-gh-release': '- { uses: softprops/action-gh-release@v3, with: { tag_name: v9.0.0, body: words } }',
}

const idOf = (name: string) => name.replaceAll('/', '_')

function workflow(): string {
  const granted = EVERYTHING.map((permission) => `${permission}: write`).join(', ')
  const jobs = Object.entries(JOBS).map(([name, steps]) => {
    const indented = steps.replace(/^/gm, '      ')
    return `  ${idOf(name)}:\n    runs-on: ubuntu-latest\n    permissions: { ${granted} }\n    steps:\n${indented}\n`
  })
  return `on: push\npermissions: {}\njobs:\n${jobs.join('')}`
}

let repository = ''
let rehearsal: Rehearsal
beforeAll(async () => {
  repository = makeRepository({
    'release-please-config.json': '{"release-type":"simple","packages":{".":{}}}',
    '.release-please-manifest.json': '{ ".": "1.2.0" }\n',
    'version.txt': '1.2.0\n',
  })
  const history = [
    { message: 'chore: begin', tag: 'v1.2.0' },
    { message: 'feat: one', files: { 'a.txt': '1\n' } },
  ]
  rehearsal = await rehearseText(workflow(), { repository, history })
})
afterAll(() => rmSync(dirname(repository), { recursive: true }))

it('has a job for each stand-in that has a contract', () => {
  expect(Object.keys(JOBS).sort()).toEqual(actions.map(({ name }) => name).sort())
  expect(rehearsal.jobs.filter(({ result }) => result !== 'success').map(({ id }) => id)).toEqual([])
})

describe.each(Object.entries(JOBS))('%s', (name, steps) => {
  it('uses the permissions of its contract, and no other', () => {
    const used = rehearsal.permissionUse
      .filter((one) => one.job === idOf(name) && one.used !== 'none')
      .map((one) => `${one.permission}: ${one.used}`)
    expect([...used].sort()).toEqual(documented(steps))
  })
})

/** Of all actions that the steps use: where one reads and another writes it is writing. */
function documented(steps: string): readonly string[] {
  const used = [...steps.matchAll(/\buses: ([\w./-]+)@/g)].map(([, name]) => name)
  const all = actions.filter(({ name }) => used.includes(name)).flatMap(({ permissions }) => Object.keys(permissions))
  const widest = all.filter((one) => !one.endsWith(': read') || !all.includes(one.replace(/read$/, 'write')))
  return [...new Set(widest)].filter((one) => !NOT_HERE.includes(one)).sort()
}
