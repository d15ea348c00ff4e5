/** Steps that upload SARIF, and a repository whose SARIF is wrong in one way. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rehearsal } from '../../rehearsal/rehearse.ts'
import { jobOf, rehearseText } from '../support/rehearse.ts'

export const CHECKOUT = '- { uses: actions/checkout@v7, with: { persist-credentials: false } }'
export const ALL = 'permissions: { contents: read, actions: read, security-events: write }'
export const upload = (file: string, category: string, more = '') =>
  `- { name: Upload ${category}, uses: github/codeql-action/upload-sarif@v4, with: { sarif_file: ${file}, category: ${category} }${more} }`

/** @param kind of HOSTILE @param steps after it was written */
export async function rehearseHostile(kind: string, steps: string): Promise<Rehearsal> {
  const repository = mkdtempSync(join(tmpdir(), 'slipway-hostile-'))
  try {
    mkdirSync(join(repository, 'frontend'))
    writeFileSync(join(repository, 'frontend/package.json'), '{}')
    writeFileSync(join(repository, 'hostile.mjs'), HOSTILE)
    return await rehearseText(jobOf(`${CHECKOUT}\n- { run: 'node hostile.mjs ${kind}' }\n${steps}`, ALL), {
      repository,
    })
  } finally {
    rmSync(repository, { recursive: true })
  }
}

/** Writes SARIF that is wrong in one way: `node hostile.mjs KIND`. */
const HOSTILE = `
import { mkdirSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
const result = (more = {}) => ({ ruleId: 'r', message: { text: 'm' }, locations: [{ physicalLocation: { artifactLocation: { uri: 'README.md' } } }], ...more })
const run = (results, more = {}) => ({ tool: { driver: { name: 'Trivy', version: '0.70.0', rules: [] } }, results, ...more })
const log = (...runs) => JSON.stringify({ version: '2.1.0', runs })
const all = {
  large: () => log(run([result({ message: { text: randomBytes(12 * 1024 * 1024).toString('base64') } })])),
  many: () => log(run(Array.from({ length: 25001 }, () => result()))),
  cut: () => log(run([result()])).slice(0, -9),
  empty: () => '',
  version: () => log().replace('2.1.0', '2.0.0'),
  results: () => log({ ...run([]), results: undefined }),
  line: () => log(run([result({ locations: [{ physicalLocation: { artifactLocation: { uri: 'a' }, region: { startLine: 0 } } }] })])),
  twice: () => log(run([result()]), run([])),
  apart: () => log(run([result()], { automationDetails: { id: 'a/1' } }), run([], { automationDetails: { id: 'a/2' } })),
  nowhere: () => log(run([result({ locations: [] })])),
  deep: () => '{"version":"2.1.0","x":' + '['.repeat(200000) + ']'.repeat(200000) + ',"runs":[]}',
}
const kind = process.argv[2]
if (kind === 'folder') {
  mkdirSync('folder/below', { recursive: true })
  for (const file of ['folder/one.sarif', 'folder/below/two.sarif']) writeFileSync(file, log(run([])))
} else writeFileSync('hostile.sarif', all[kind]())
`
