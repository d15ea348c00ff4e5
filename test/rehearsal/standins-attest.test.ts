/** The stand-in of actions/attest. That an image is attested is in standins-docker.test.ts. */
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jobOf, printed, rehearseText, step } from '../support/rehearse.ts'
import { ALL, errorOf, makeRepository, withPermissions } from './standins-docker-support.ts'

let repository = ''
beforeAll(() => {
  repository = makeRepository()
})
afterAll(() => rmSync(dirname(repository), { recursive: true }))

function run(steps: string, permissions: Readonly<Record<string, string>> = ALL) {
  return rehearseText(jobOf(steps, withPermissions(permissions)), { repository })
}

const MISTAKES: readonly (readonly [string, string])[] = [
  ['subject-name: a', 'One of subject-path, subject-digest, or subject-checksums must be provided'],
  ['subject-path: a, subject-checksums: b', 'Only one of subject-path'],
  ['subject-digest: x, subject-name: a', 'subject-digest must be in the format "sha256:<hex-digest>"'],
  ['subject-path: none', 'Could not find subject at path none'],
  ["subject-path: a, predicate: '{}'", 'predicate-type is required when using predicate or predicate-path'],
]

describe('attestations', () => {
  test('are of files too, by path or checksums, and carry a real signature', async () => {
    const rehearsal = await run(
      `- uses: actions/checkout@v7
- { name: Path, uses: actions/attest@v4, with: { subject-path: 'src/*.js, package.json' } }
- run: sha256sum package.json > sums.txt
- { name: Sums, id: sums, uses: actions/attest@v4, with: { subject-checksums: sums.txt, predicate-type: https://example.com/x, predicate: '{"a":1}' } }
- { name: Read, env: { FILE: '\${{ steps.sums.outputs.bundle-path }}' }, run: 'jq -r .dsseEnvelope.payload "$FILE" | base64 -d | jq -c "[.subject[0].name, .predicateType, .predicate.a]"; wc -l < "$RUNNER_TEMP/created_attestation_paths.txt"' }
`,
      { contents: 'read', 'id-token': 'write', attestations: 'write' },
    )
    expect(rehearsal.result).toBe('success')
    expect(printed(rehearsal, 'Read')).toEqual(['["package.json","https://example.com/x",1]', '2'])
    expect(step(rehearsal, 'Path').summary).toContain('Attestation Created')
  })

  test('say what is wrong with what they are given', async () => {
    const steps = MISTAKES.map(
      ([withs], at) => `- { name: Attest ${at}, if: '!cancelled()', uses: actions/attest@v4, with: { ${withs} } }\n`,
    )
    const rehearsal = await run(steps.join(''))
    const found = MISTAKES.map(([withs], at) => [withs, errorOf(rehearsal, `Attest ${at}`)])
    expect(found).toEqual(MISTAKES.map(([withs, message]) => [withs, expect.stringContaining(message)]))
  })

  test('are not pushed where nobody is logged in', async () => {
    const subject = `subject-name: ghcr.io/rehearsal/a, subject-digest: 'sha256:${'0'.repeat(64)}'`
    const rehearsal = await run(
      `- { name: Attest, uses: actions/attest@v4, with: { ${subject}, push-to-registry: true } }`,
    )
    expect(errorOf(rehearsal, 'Attest')).toBe('No credentials found for registry ghcr.io')
  })
})

test('a job without id-token: write is given no place to ask', async () => {
  const look = `- { name: Look, run: 'echo "\${ACTIONS_ID_TOKEN_REQUEST_URL:-none}"' }`
  expect(printed(await run(look, {}), 'Look')).toEqual(['none'])
  const granted = await run(look, { 'id-token': 'write' })
  expect(printed(granted, 'Look')[0]).toMatch(/^http.*\/idtoken\/\d+\/job\?api-version=2\.0$/)
  expect(granted.permissionUse).toMatchObject([{ permission: 'id-token', used: 'none' }])
})
