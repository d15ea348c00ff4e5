import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RehearseOptions } from '../../rehearsal/options.ts'
import { openRehearsal } from '../../rehearsal/rehearse.ts'
import { jobOf, printed, quick, rehearseText, step } from '../support/rehearse.ts'
import { ALL, buildSteps, errorOf, IMAGE, makeRepository, withPermissions } from './standins-docker-support.ts'

let repository = ''
beforeAll(() => {
  repository = makeRepository()
})
afterAll(() => rmSync(dirname(repository), { recursive: true }))

const PUSH = `push: true\nprovenance: false\ntags: ${IMAGE}:edge`

function run(
  steps: string,
  permissions: Readonly<Record<string, string>> = ALL,
  options: Partial<RehearseOptions> = {},
) {
  return rehearseText(jobOf(steps, withPermissions(permissions)), { repository, ...options })
}

const DIGEST = `\${{ steps.build.outputs.digest }}`
const TAG = `
- uses: docker/setup-buildx-action@v4
- name: Tag
  env: { DIGEST: '${DIGEST}', IMAGE: '${IMAGE}' }
  run: |
    docker buildx imagetools create --prefer-index=false -t "$IMAGE:one" -t "$IMAGE:latest" "$IMAGE@$DIGEST"
    docker buildx imagetools inspect "$IMAGE:one" --format '{{.Manifest.Digest}}'
    docker buildx imagetools inspect "$IMAGE:one" --format '{{json .Image}}' | jq -r '.config.Labels.a, .config.Env[1], .config.Cmd[1]'
`
const ATTEST = `- { name: Attest, id: attest, uses: actions/attest@v4, with: { subject-name: '${IMAGE}', subject-digest: '${DIGEST}', push-to-registry: true } }`
const BY_DIGEST = `
labels: a=b
provenance: false
build-args: COMMIT=abc
cache-from: type=gha
cache-to: type=gha,mode=max
outputs: type=image,name=${IMAGE},push-by-digest=true,name-canonical=true,push=true`

describe('an image', () => {
  test('is pushed by digest, tagged as it is, attested and found again', async () => {
    const rehearsal = await run(`${buildSteps(BY_DIGEST)}${TAG}${ATTEST}`)
    expect(rehearsal.result).toBe('success')
    const { digest = '' } = step(rehearsal, 'Build').outputs
    const [image, artifact, index] = rehearsal.images
    expect(image).toMatchObject({ package: 'harbour', digest, tags: ['one', 'latest'] })
    expect(printed(rehearsal, 'Tag').slice(-4)).toEqual([digest, 'b', 'COMMIT=abc', 'main.js'])
    expect([artifact?.tags, index?.tags]).toEqual([[], [digest.replace(':', '-')]])
    expect(step(rehearsal, 'Attest').outputs['attestation-url']).toMatch(/\/attestations\/\d+$/)
    expect(rehearsal.permissionUse.map(({ permission, used }) => `${permission}: ${used}`)).toEqual([
      'contents: read',
      'packages: write',
      'id-token: write',
      'attestations: write',
    ])
    expect(rehearsal.unsupportedRequests).toEqual([])
  })

  test('needs each permission that it is given', async () => {
    const jobs = Object.keys(ALL)
      .slice(1)
      .map((left) => {
        const { [left]: _, ...permissions } = { ...ALL } as Readonly<Record<string, string>>
        const steps = `${buildSteps(BY_DIGEST)}${ATTEST}`.replace(/^/gm, '      ')
        return `  no-${left}:\n    runs-on: ubuntu-latest\n    ${withPermissions(permissions)}\n    steps:\n${steps}\n`
      })
    const rehearsal = await rehearseText(`on: push\njobs:\n${jobs.join('')}`, { repository })
    const failures = rehearsal.jobs.map(({ id, steps }) => {
      const failed = steps.find(({ conclusion }) => conclusion === 'failure')
      return [id, failed?.name, failed?.annotations.find(({ level }) => level === 'error')?.message]
    })
    const denied = 'denied: permission_denied: installation not allowed to Create organization package'
    const identity = 'missing "id-token" permission. Please add "permissions: id-token: write" to your workflow.'
    const refused = 'Failed to persist attestation: Resource not accessible by integration'
    expect(failures).toEqual([
      ['no-packages', 'Build', expect.stringContaining(denied)],
      ['no-id-token', 'Attest', identity],
      ['no-attestations', 'Attest', expect.stringContaining(refused)],
    ])
  })

  test('has the same digest whenever and wherever it is built, and another one for other files, labels or arguments', async () => {
    const archive = 'outputs: type=docker,dest=image.tar\nprovenance: false'
    const variants = [archive, `${archive}\nlabels: a=c`, `${archive}\nbuild-args: COMMIT=x`]
    const steps = variants.map((withs, at) => buildSteps(withs, { login: false }).replace('id: build', `id: b${at}`))
    const digestsOf = async (of: string, all = steps) => {
      const rehearsal = await run(all.join(''), ALL, { repository: of })
      const built = rehearsal.jobs.flatMap((job) => job.steps).filter(({ name }) => name === 'Build')
      return built.map(({ outputs }) => outputs['digest'])
    }
    const other = makeRepository({ 'src/main.js': 'console.log(2)\n' })
    const same = makeRepository()
    try {
      const digests = await digestsOf(repository)
      const [first] = digests
      expect(first).toMatch(/^sha256:[0-9a-f]{64}$/)
      expect(await digestsOf(same, steps.slice(0, 1))).toEqual([first])
      expect(new Set([...digests, ...(await digestsOf(other, steps.slice(0, 1)))]).size).toBe(4)
    } finally {
      for (const folder of [other, same]) rmSync(dirname(folder), { recursive: true })
    }
  })

  test('goes into an archive that standard tools read, of what COPY copied and nothing else', async () => {
    const rehearsal = await run(
      `${buildSteps(`tags: ${IMAGE}:scan\noutputs: type=docker,dest=image.tar`, { login: false })}
- name: Look
  run: |
    tar xf image.tar manifest.json && jq -r '.[0].RepoTags[0]' manifest.json
    for layer in $(jq -r '.[0].Layers[]' manifest.json); do tar xOf image.tar "$layer" | tar tzf -; done
    config=$(jq -r '.[0].Config' manifest.json); tar xOf image.tar "$config" | jq -c '[.config.WorkingDir, .config.User, .created]'
    tar xOf image.tar index.json | jq -r '.manifests[0].annotations["io.containerd.image.name"]'
`,
    )
    expect(printed(rehearsal, 'Look')).toEqual([
      'ghcr.io/rehearsal/harbour:scan',
      'srv/',
      'srv/main.js',
      'srv/',
      'srv/package.json',
      '["/srv","node","1970-01-01T00:00:00Z"]',
      'ghcr.io/rehearsal/harbour:scan',
    ])
    expect(printed(rehearsal, 'Build').join('\n')).toContain(`'/app/dist' would come from what is not run here`)
  })

  test('with provenance is an index, whose parts have no tag; without --prefer-index=false a copy of an image is one too', async () => {
    const rehearsal = await run(`${buildSteps(`push: true\ntags: ${IMAGE}:edge`)}
- { id: plain, uses: docker/build-push-action@v7, with: { context: ., push: true, provenance: false, tags: '${IMAGE}:plain' } }
- uses: docker/setup-buildx-action@v4
- name: Copy
  env: { IMAGE: '${IMAGE}' }
  run: |
    docker buildx imagetools create -t "$IMAGE:index" "$IMAGE:edge" && docker buildx imagetools create -t "$IMAGE:wrapped" "$IMAGE:plain"
    docker buildx imagetools inspect "$IMAGE:edge" --raw | jq -c '[.manifests[].platform.architecture]'
`)
    expect(printed(rehearsal, 'Copy').at(-1)).toBe('["amd64","unknown"]')
    const kinds = rehearsal.images.map(({ mediaType, tags }) => [mediaType.split('.').at(-1) ?? '', ...tags])
    expect(kinds).toEqual([['v1+json', 'plain'], ['v1+json'], ['v1+json', 'edge', 'index'], ['v1+json', 'wrapped']])
    expect(step(rehearsal, 'Build').outputs['digest']).toBe(rehearsal.images[2]?.digest)
  })

  test('is in the report and in the registry for the next run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'))
    try {
      const workflow = join(folder, 'image.yml')
      writeFileSync(workflow, jobOf(buildSteps(PUSH), withPermissions(ALL)))
      await using open = await openRehearsal({ workflow, repository, clock: quick })
      const again = await open.run()
      expect(again.images.map(({ digest }) => digest)).toEqual(open.report.images.map(({ digest }) => digest))
      expect(again.images.map(({ tags }) => tags)).toEqual([['edge']])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('logging in', () => {
  const login = (withs: string, name = 'Login') =>
    `- { name: ${name}, if: '!cancelled()', uses: docker/login-action@v4, with: { ${withs} } }\n`

  test('fails as Docker says it, needs both, and the registry that there is', async () => {
    const rehearsal = await run(
      login('registry: ghcr.io, username: a, password: wrong', 'Wrong') +
        login('registry: ghcr.io, username: a', 'Half') +
        login('username: a, password: b', 'Elsewhere') +
        login("registry: ghcr.io, username: a, password: b, scope: 'x@push'", 'Scoped'),
    )
    expect(errorOf(rehearsal, 'Wrong')).toBe('Error response from daemon: Get "https://ghcr.io/v2/": denied: denied')
    expect(errorOf(rehearsal, 'Half')).toBe('Password required')
    expect(errorOf(rehearsal, 'Elsewhere')).toContain("logs in to 'docker.io'")
    expect(errorOf(rehearsal, 'Scoped')).toContain("does not support the input 'scope'")
  })

  test('is of the job: another one, and one without, cannot push', async () => {
    const rehearsal = await rehearseText(
      `on: push
permissions: { contents: read, packages: write }
jobs:
  first:
    runs-on: ubuntu-latest
    steps:
      - { uses: docker/login-action@v4, with: { registry: ghcr.io, username: a, password: '\${{ github.token }}' } }
  second:
    needs: first
    runs-on: ubuntu-latest
    steps:
${buildSteps(PUSH, { login: false }).replace(/^/gm, '      ')}`,
      { repository },
    )
    expect(errorOf(rehearsal, 'Build')).toContain('unauthorized: unauthenticated: User cannot be authenticated with')
  })

  test('writes nothing into the home folder', async () => {
    const rehearsal = await run(`${login(`registry: ghcr.io, username: a, password: '\${{ github.token }}'`)}
- { name: Home, run: 'find "$HOME/.docker" -newer "$GITHUB_EVENT_PATH" 2> /dev/null || true; ls -l "$RUNNER_TEMP/_docker/config.json" | cut -c1-10' }`)
    expect(printed(rehearsal, 'Home')).toEqual(['-rw-------'])
  })
})

const REFUSED: readonly (readonly [string, string])[] = [
  ["context: ''", 'does not support the Git context'],
  ['platforms: linux/amd64,linux/arm64', "does not support the input 'platforms'"],
  ['secrets: a=b', "does not support the input 'secrets'"],
  ['cache-from: type=registry,ref=x', "does not support the cache 'type=registry,ref=x'"],
  ['outputs: type=local,dest=x', "does not support the output 'type=local,dest=x'"],
  ['outputs: type=image,name=ghcr.io/a/b,unpack=true', "does not support 'unpack=true'"],
  ['push: true', 'tag is needed when pushing to registry'],
  ['tags: docker.io/library/x', 'names another. Use ghcr.io/OWNER/NAME'],
  ['tags: ghcr.io/Rehearsal/x', 'invalid reference format: repository name (Rehearsal/x) must be lowercase'],
  ['tags: ghcr.io/a/b:-x', 'invalid tag "ghcr.io/a/b:-x"'],
  ['file: other/Dockerfile', 'failed to read dockerfile: open other/Dockerfile: no such file or directory'],
  ['target: none', 'target stage "none" could not be found'],
  [
    'outputs: type=docker,dest=x.tar\nprovenance: true',
    'docker exporter does not currently support exporting manifest lists',
  ],
  [
    'tags: ghcr.io/rehearsal/a:1\noutputs: type=image,name=ghcr.io/rehearsal/a,push-by-digest=true,push=true',
    "can't push tagged ref ghcr.io/rehearsal/a:1 by digest",
  ],
]

describe('what is refused', () => {
  test('inputs that the build does not support, and mistakes', async () => {
    const steps = REFUSED.map(([withs], at) => {
      const given = withs.startsWith('context') ? withs : `context: .\n${withs}`
      const lines = given.replace(/^/gm, '    ')
      return `- name: Build ${at}\n  if: '!cancelled()'\n  uses: docker/build-push-action@v7\n  with:\n${lines}\n`
    })
    const rehearsal = await run(`- uses: actions/checkout@v7\n${steps.join('')}`)
    const found = REFUSED.map(([withs], at) => [withs, errorOf(rehearsal, `Build ${at}`)])
    expect(found).toEqual(REFUSED.map(([withs, message]) => [withs, expect.stringContaining(message)]))
  }, 60_000)

  test('a docker that is asked for more', async () => {
    const rehearsal = await run(`- uses: docker/setup-buildx-action@v4
- name: Docker
  run: |
    docker version
    docker run x || true
    docker buildx imagetools create -t ghcr.io/a/b:1 ghcr.io/a/b:2 ghcr.io/a/b:3 || true
    docker buildx imagetools create -t ghcr.io/rehearsal/b:1 ghcr.io/rehearsal/b:2 || true
    docker buildx imagetools create --append -t ghcr.io/a/b:1 ghcr.io/a/b:2 || true
`)
    expect(printed(rehearsal, 'Docker')).toEqual([
      'Docker version 28.0.4 (stand-in of the rehearsal)',
      expect.stringContaining("ERROR: the rehearsal's docker does not support 'docker run x'."),
      "ERROR: the rehearsal's docker copies one source at a time, not several",
      'ERROR: denied: requested access to the resource is denied',
      expect.stringContaining("ERROR: the rehearsal's docker: Unknown option '--append'"),
    ])
  })

  test('a builder that is set up in another way', async () => {
    const rehearsal = await run(`- { name: Buildx, uses: docker/setup-buildx-action@v4, with: { driver: kubernetes } }`)
    expect(errorOf(rehearsal, 'Buildx')).toContain("does not support the input 'driver' (here 'kubernetes')")
  })
})
