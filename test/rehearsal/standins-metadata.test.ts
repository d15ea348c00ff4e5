import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEntries, readFlavor, readImages } from '../../rehearsal/standins/docker/metadata-action/entries.ts'
import { parseVersion } from '../../rehearsal/standins/docker/metadata-action/semver.ts'
import { type Subject, tagsOf } from '../../rehearsal/standins/docker/metadata-action/tags.ts'
import { jobOf, printed, rehearseText, step } from '../support/rehearse.ts'

const SHA = '860c1904a1ce19322e91ac35af1ab07466440c37'

function subject(ref: string, more: Partial<Subject> = {}): Subject {
  return { event: 'push', ref, sha: SHA, defaultBranch: 'main', baseRef: '', ...more }
}

function namesOf(ref: string, tags: readonly string[], flavor: readonly string[] = [], more: Partial<Subject> = {}) {
  return tagsOf(readEntries(tags), readFlavor(flavor), subject(ref, more)).names
}

const SEMVER = [
  'type=semver,pattern={{version}}',
  'type=semver,pattern={{major}}.{{minor}}',
  'type=semver,pattern={{major}}',
]
const REFS = ['type=ref,event=branch', 'type=ref,event=pr', ...SEMVER.slice(0, 2)]

/** The tables of the action's documentation. */
test.each([
  ['refs/pull/2/merge', [], ['pr-2']],
  ['refs/heads/main', [], ['main']],
  ['refs/heads/releases/v1', [], ['releases-v1']],
  ['refs/tags/v1.2.3', [], ['v1.2.3', 'latest']],
  ['refs/tags/v2.0.8-beta.67', [], ['v2.0.8-beta.67', 'latest']],
  ['refs/pull/2/merge', REFS, ['pr-2']],
  ['refs/heads/main', REFS, ['main']],
  ['refs/tags/v1.2.3', REFS, ['1.2.3', '1.2', 'latest']],
  ['refs/tags/v2.0.8-beta.67', REFS, ['2.0.8-beta.67']],
  ['refs/tags/v1.2.3', SEMVER, ['1.2.3', '1.2', '1', 'latest']],
  ['refs/tags/v1.2.3+build.5', SEMVER, ['1.2.3', '1.2', '1', 'latest']],
  ['refs/tags/v1.2.3', ['type=semver,pattern={{raw}}'], ['v1.2.3', 'latest']],
  ['refs/tags/v1.2.3', ['type=semver,pattern=v{{major}}'], ['v1', 'latest']],
  ['refs/tags/v1.2.3', ['type=semver,pattern={{minor}}'], ['2', 'latest']],
  ['refs/tags/v1.2.3', ['type=semver,pattern={{patch}}'], ['3', 'latest']],
  ['refs/heads/main', ['type=semver,pattern={{version}},value=v1.0.0'], ['1.0.0', 'latest']],
  ['refs/heads/main', ['type=semver,pattern={{version}}'], []],
  ['refs/tags/nightly', SEMVER, []],
  ['refs/tags/v1.2.3', [String.raw`type=match,pattern=\d.\d.\d`], ['1.2.3', 'latest']],
  ['refs/tags/v2.0.8-beta.67', ['type=match,pattern=v(.*),group=1'], ['2.0.8-beta.67', 'latest']],
  ['refs/tags/v2.0.8-beta.67', [String.raw`type=match,pattern=v(\d.\d),group=1`], ['2.0', 'latest']],
  ['refs/tags/20200110-RC2', [String.raw`type=match,pattern=\d+`], ['20200110', 'latest']],
  ['refs/heads/main', ['type=edge'], ['edge']],
  ['refs/heads/other', ['type=edge'], []],
  ['refs/heads/other', ['type=edge,branch=other'], ['edge']],
  ['refs/heads/my/branch', ['type=ref,event=branch'], ['my-branch']],
  ['refs/heads/main', ['type=sha'], ['sha-860c190']],
  ['refs/heads/main', ['type=sha,prefix='], ['860c190']],
  ['refs/heads/main', ['type=sha,format=long'], [`sha-${SHA}`]],
  ['refs/heads/main', ['type=raw,value=foo'], ['foo']],
  ['refs/heads/main', ['foo'], ['foo']],
  ['refs/heads/main', ['type=raw,value=latest,enable={{is_default_branch}}'], ['latest']],
  ['refs/heads/dev', ['type=raw,value=latest,enable={{is_default_branch}}'], []],
  ['refs/heads/dev', ['type=raw,value={{branch}}-{{sha}}'], ['dev-860c190']],
  ['refs/heads/main', ['type=sha', 'type=raw,value=a', 'type=ref,event=branch'], ['main', 'a', 'sha-860c190']],
  ['refs/heads/main', ['type=sha,priority=2000', 'type=ref,event=branch'], ['sha-860c190', 'main']],
] as const)('%s with %j has the tags %j', (ref, tags, expected) => {
  expect(namesOf(ref, tags)).toEqual(expected)
})

test.each([
  [['latest=false'], ['1.2.3']],
  [['latest=true'], ['1.2.3', 'latest']],
  [
    ['prefix=a-,onlatest=true', 'suffix=-z'],
    ['a-1.2.3-z', 'a-latest'],
  ],
  [['suffix=-slim'], ['1.2.3-slim', 'latest']],
] as const)('flavor %j', (flavor, expected) => {
  expect(namesOf('refs/tags/v1.2.3', ['type=semver,pattern={{version}}'], flavor)).toEqual(expected)
})

test('a schedule has a tag of its own, and is of the default branch', () => {
  const more = { event: 'schedule' }
  expect(namesOf('refs/heads/main', [], [], more)).toEqual(['nightly', 'main'])
  expect(namesOf('refs/heads/x', ['type=raw,value=d,enable={{is_default_branch}}'], [], more)).toEqual(['d'])
})

test('a version that is none is a warning', () => {
  const { warnings } = tagsOf(readEntries(SEMVER.slice(0, 1)), readFlavor([]), subject('refs/tags/nightly'))
  expect(warnings).toEqual(['nightly is not a valid semver. More info: https://semver.org/'])
})

test.each([
  ['type=pep440,pattern={{version}}', 'does not support tags of type=pep440'],
  ['type=other', 'Unknown tag type attribute: other'],
  ['type=semver', 'Missing pattern attribute for type=semver'],
  ['type=ref,event=push', 'Invalid event for type=ref,event=push'],
  ['type=sha,format=tiny', 'Invalid format for type=sha,format=tiny'],
  ['type=raw,value={{date "YYYY"}}', 'does not support the expression {{date'],
  ['type=raw,value=a,enable=maybe', 'Invalid value for enable attribute: maybe'],
])('%s is refused', (entry, message) => {
  expect(() => namesOf('refs/heads/main', [entry])).toThrow(message)
})

test.each([
  [
    ['name/app', 'ghcr.io/name/app'],
    ['name/app', 'ghcr.io/name/app'],
  ],
  [['name/app,ghcr.io/name/app'], ['name/app', 'ghcr.io/name/app']],
  [['name=ghcr.io/name/app,enable=true', 'name=b,enable=false'], ['ghcr.io/name/app']],
])('images %j', (lines, expected) => {
  expect(readImages(lines)).toEqual(expected)
})

describe('versions', () => {
  const number = fc.nat({ max: 99 })
  const identifier = fc.stringMatching(/^(?:0|[1-9]\d{0,3}|[a-z][a-z0-9-]{0,5})$/)

  test('are read back as they were made, and only those without a pre-release are latest', () => {
    const version = fc.tuple(
      number,
      number,
      number,
      fc.array(identifier, { maxLength: 3 }),
      fc.constantFrom('', '+b.1'),
    )
    fc.assert(
      fc.property(version, ([major, minor, patch, pre, build]) => {
        const plain = `${major}.${minor}.${patch}${pre.length > 0 ? `-${pre.join('.')}` : ''}`
        expect(parseVersion(`v${plain}${build}`)).toMatchObject({ version: plain, prerelease: pre.length > 0 })
        const names = namesOf(`refs/tags/v${plain}${build}`, SEMVER)
        expect(names[0]).toBe(plain)
        expect(names.includes('latest')).toBe(pre.length === 0)
        if (pre.length > 0) expect(names).toEqual([plain])
      }),
    )
  })

  test.each(['1.2', '01.2.3', '1.2.3-01', '1.2.3-', 'v1.2.3.4', '', 'main'])('%j is none', (text) => {
    expect(parseVersion(text)).toBeUndefined()
  })
})

test('a step has tags, labels, annotations and JSON of the repository and the event', async () => {
  const rehearsal = await rehearseText(
    jobOf(`
- id: meta
  name: Meta
  uses: docker/metadata-action@v6
  with:
    images: ghcr.io/\${{ github.repository }}
    tags: |
      # a comment
      type=semver,pattern={{version}}
      type=sha,format=long
    labels: |
      org.opencontainers.image.title=Mine
      org.example.empty=
- name: Show
  env: { JSON: '\${{ steps.meta.outputs.json }}' }
  run: echo "$DOCKER_METADATA_OUTPUT_VERSION"; jq -r '.tags[0], .labels["org.opencontainers.image.title"]' <<< "$JSON"
`),
    { event: 'tag', tag: 'v1.4.0' },
  )
  const { outputs } = step(rehearsal, 'Meta')
  expect(outputs['version']).toBe('1.4.0')
  expect(outputs['tags']).toBe(
    `ghcr.io/rehearsal/repository:1.4.0\nghcr.io/rehearsal/repository:sha-${rehearsal.sha}\nghcr.io/rehearsal/repository:latest`,
  )
  expect(outputs['labels']?.split('\n')).toEqual([
    'org.example.empty=',
    expect.stringMatching(/^org\.opencontainers\.image\.created=\d{4}-/),
    'org.opencontainers.image.description=',
    'org.opencontainers.image.licenses=',
    `org.opencontainers.image.revision=${rehearsal.sha}`,
    expect.stringMatching(/^org\.opencontainers\.image\.source=http/),
    'org.opencontainers.image.title=Mine',
    expect.stringMatching(/^org\.opencontainers\.image\.url=http/),
    'org.opencontainers.image.version=1.4.0',
  ])
  expect(outputs['annotations']).toContain('manifest:org.opencontainers.image.version=1.4.0')
  expect(printed(rehearsal, 'Show')).toEqual(['1.4.0', 'ghcr.io/rehearsal/repository:1.4.0', 'Mine'])
  expect(rehearsal.unsupportedRequests).toEqual([])
})
