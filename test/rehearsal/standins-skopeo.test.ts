/** The stand-in for skopeo: what is pushed is what is in the archive, byte for byte, or nothing. */
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rehearsal } from '../../rehearsal/options.ts'
import { jobOf, rehearseText, step } from '../support/rehearse.ts'
import { buildSteps, IMAGE, makeRepository, withPermissions } from './standins-docker-support.ts'

let repository = ''
beforeAll(() => {
  repository = makeRepository()
})
afterAll(() => rmSync(dirname(repository), { recursive: true }))

const COPY = 'skopeo copy --all --preserve-digests'
const ENV = `env: { DIGEST: '\${{ steps.build.outputs.digest }}', IMAGE: '${IMAGE}' }`
const ARCHIVE = 'oci-archive:$RUNNER_TEMP/image.tar'

/** Steps by their names; each may fail by itself. */
function steps(commands: Readonly<Record<string, string>>): string {
  return Object.entries(commands)
    .map(([name, run]) => `- name: ${name}\n  continue-on-error: true\n  ${ENV}\n  run: |\n    ${run}\n`)
    .join('')
}

function rehearse(withs: string, commands: Readonly<Record<string, string>>, permission = 'write'): Promise<Rehearsal> {
  const output = `outputs: type=oci,dest=\${{ runner.temp }}/image.tar\n${withs}`
  const text = jobOf(
    `${buildSteps(output)}${steps(commands)}`,
    withPermissions({ contents: 'read', packages: permission }),
  )
  return rehearseText(text, { repository })
}

const said = (report: Rehearsal, name: string) => step(report, name).log.join('\n')

describe('an image in an archive', () => {
  let report: Rehearsal
  beforeAll(async () => {
    report = await rehearse('provenance: false', {
      other: `${COPY} "${ARCHIVE}" "docker://$IMAGE@sha256:${'0'.repeat(64)}"`,
      early: `${COPY} "docker://$IMAGE@$DIGEST" "docker://$IMAGE:early"`,
      push: `${COPY} --digestfile pushed "${ARCHIVE}" "docker://$IMAGE@$DIGEST" && test "$(cat pushed)" = "$DIGEST"`,
      tag: `${COPY} "docker://$IMAGE@$DIGEST" "docker://$IMAGE:1.0.0"`,
      missing: `${COPY} oci-archive:nothing.tar "docker://$IMAGE@$DIGEST"`,
      changing: `skopeo copy "${ARCHIVE}" "docker://$IMAGE:changed"`,
      daemon: `${COPY} docker-daemon:app:latest "docker://$IMAGE:x"`,
      inspect: 'skopeo inspect "docker://$IMAGE:1.0.0"',
    })
  })

  it('is pushed under its digest, and tagged afterwards', () => {
    const { digest = '' } = step(report, 'Build').outputs
    expect([step(report, 'push').outcome, step(report, 'tag').outcome]).toEqual(['success', 'success'])
    expect(report.images).toMatchObject([{ digest, tags: ['1.0.0'] }])
  })

  it.each([
    ['other', "Digest of source image's manifest would not match destination reference"],
    ['early', 'manifest unknown'],
    ['missing', 'no such file or directory'],
    ['changing', 'does not support a copy without --preserve-digests'],
    ['daemon', "does not support the source 'docker-daemon:app:latest'"],
    ['inspect', "does not support 'skopeo inspect"],
  ])('is not: %s', (name, reason) => {
    expect(step(report, name).outcome).toBe('failure')
    expect(said(report, name)).toContain(reason)
  })
})

it('copies an index with what it lists, and not without --all', async () => {
  const report = await rehearse('provenance: mode=max', {
    one: `skopeo copy --preserve-digests "${ARCHIVE}" "docker://$IMAGE@$DIGEST"`,
    all: `${COPY} "${ARCHIVE}" "docker://$IMAGE@$DIGEST"`,
  })
  expect(said(report, 'one')).toContain('Give --all')
  expect(step(report, 'all').outcome).toBe('success')
  expect(report.images.map(({ mediaType }) => mediaType).filter((type) => type.includes('index'))).toHaveLength(1)
  expect(report.images.length).toBeGreaterThan(2)
})

it('pushes nothing without packages: write', async () => {
  const report = await rehearse('provenance: false', { push: `${COPY} "${ARCHIVE}" "docker://$IMAGE@$DIGEST"` }, 'read')
  expect(step(report, 'push').outcome).toBe('failure')
  expect(said(report, 'push')).toContain('denied')
  expect(report.images).toEqual([])
})
