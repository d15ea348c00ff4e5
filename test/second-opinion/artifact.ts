/**
 * Has GitHub's own client, the package @actions/artifact, talk to the embedded GitHub: what it uploads, lists, downloads
 * and deletes, and the errors it makes of what the double refuses.
 * Usage: node test/second-opinion/artifact.ts --client FOLDER, one in whose node_modules the package is installed.
 */
import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { startGitHub } from '../../rehearsal/github/server.ts'

interface FindBy {
  readonly token: string
  readonly workflowRunId: number
  readonly repositoryOwner: string
  readonly repositoryName: string
}
interface Uploaded {
  readonly id: number
  readonly size: number
  readonly digest: string
}
interface Client {
  uploadArtifact(name: string, files: string[], root: string, options?: object): Promise<Uploaded>
  listArtifacts(options?: { latest?: boolean; findBy?: FindBy }): Promise<{ artifacts: { id: number; name: string }[] }>
  getArtifact(name: string, options?: { findBy?: FindBy }): Promise<{ artifact: { id: number; digest?: string } }>
  downloadArtifact(id: number, options: object): Promise<{ downloadPath?: string; digestMismatch?: boolean }>
  deleteArtifact(name: string, options?: { findBy?: FindBy }): Promise<{ id: number }>
}

const RUN = 4242
const VERSION = '6.2.1'
const { client: folder } = parseArgs({ options: { client: { type: 'string' } } }).values
if (folder === undefined) throw new Error('Say with --client where @actions/artifact is installed.')
const room = resolve(folder, 'node_modules/@actions/artifact')
const { version } = v.parse(
  v.object({ version: v.string() }),
  JSON.parse(await readFile(join(room, 'package.json'), 'utf8')),
)
strictEqual(version, VERSION)

const faults = new FaultSet()
await using github = await startGitHub({ repository: 'octo-org/site', faults, retentionDays: 30 })
addRun(1)
const root = await mkdtemp(join(tmpdir(), 'slipway-client-'))
await using cleanup = new AsyncDisposableStack()
cleanup.defer(() => rm(root, { recursive: true, force: true }))
const findBy: FindBy = {
  token: github.issueToken('job', { actions: 'write' }),
  workflowRunId: RUN,
  repositoryOwner: 'octo-org',
  repositoryName: 'site',
}
Object.assign(process.env, {
  // The client serves github.com only, and tells it by this name.
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_API_URL: github.apiUrl,
  GITHUB_RETENTION_DAYS: `${github.retentionDays}`,
  ACTIONS_RESULTS_URL: `${github.apiUrl}/`,
  ACTIONS_RUNTIME_TOKEN: github.issueRuntimeToken(RUN),
})
const module: { readonly DefaultArtifactClient: new () => Client } = await import(
  pathToFileURL(join(room, 'lib/artifact.js')).href
)
const client = new module.DefaultArtifactClient()

// More than one block of 8 MiB, and a file in a folder.
const [large, small] = [randomBytes(20 * 1024 * 1024), Buffer.from('hello\n')]
await mkdir(join(root, 'below'))
await writeFile(join(root, 'large.bin'), large)
await writeFile(join(root, 'below', 'small.txt'), small)
const files = [join(root, 'large.bin'), join(root, 'below', 'small.txt')]

const zipped = await step('uploads a zip', () =>
  client.uploadArtifact('site', files, root, { retentionDays: 365, compressionLevel: 0 }),
)
const raw = await step('uploads one file as it is', () =>
  client.uploadArtifact('ignored', [join(root, 'large.bin')], root, { skipArchive: true, retentionDays: 2 }),
)
ok(zipped.size > large.length)
strictEqual(raw.size, large.length)

await step('lists, from inside the run and from outside', async () => {
  for (const options of [{}, { findBy }, { latest: true }, { latest: true, findBy }]) {
    const { artifacts } = await client.listArtifacts(options)
    const found = artifacts.map(({ id, name }) => [id, name]).sort()
    deepStrictEqual(
      found,
      [
        [zipped.id, 'site'],
        [raw.id, 'large.bin'],
      ].sort(),
    )
  }
})

await step('gets the digest', async () => {
  for (const options of [{}, { findBy }]) {
    const { artifact } = await client.getArtifact('site', options)
    deepStrictEqual([artifact.id, artifact.digest], [zipped.id, `sha256:${zipped.digest}`])
  }
  await rejects(client.getArtifact('nothing'), { name: 'ArtifactNotFoundError' })
  await rejects(client.getArtifact('nothing', { findBy }), { name: 'ArtifactNotFoundError' })
})

await step('downloads both, by both ways, byte for byte', async () => {
  for (const [way, options] of Object.entries({ twirp: {}, rest: { findBy } })) {
    const target = join(root, way)
    const zip = await client.downloadArtifact(zipped.id, {
      ...options,
      path: target,
      expectedHash: `sha256:${zipped.digest}`,
    })
    const file = await client.downloadArtifact(raw.id, {
      ...options,
      path: join(target, 'raw'),
      expectedHash: `sha256:${raw.digest}`,
    })
    deepStrictEqual([zip.digestMismatch, file.digestMismatch], [false, false])
    ok(large.equals(await readFile(join(target, 'large.bin'))))
    ok(small.equals(await readFile(join(target, 'below', 'small.txt'))))
    ok(large.equals(await readFile(join(target, 'raw', 'large.bin'))))
  }
})

await step('is told that a name is taken', () =>
  rejects(client.uploadArtifact('site', files, root), {
    message:
      'Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with this name already exists on the workflow run',
  }),
)

await step('is told that its storage is full', async () => {
  github.setStorageFull(true)
  await rejects(client.uploadArtifact('more', files, root), { message: /Artifact storage quota has been hit/ })
  github.setStorageFull(false)
})

await step('is told that what has arrived has another hash', async () => {
  await using liar = await startLiar(github.apiUrl)
  process.env['ACTIONS_RESULTS_URL'] = liar.origin
  await rejects(client.uploadArtifact('changed', files, root), {
    message: /^Failed to FinalizeArtifact: .*\(400\) Bad Request: hash does not match: sha256:0{64} declared/,
  })
  process.env['ACTIONS_RESULTS_URL'] = `${github.apiUrl}/`
  await rejects(client.getArtifact('changed'), { name: 'ArtifactNotFoundError' })
})

await step('tries again what the service refuses for the moment', async () => {
  faults.add(parseFault('github:POST /twirp/**/CreateArtifact:503*1'))
  faults.add(parseFault('github:PUT /storage/**:503*1'))
  await client.uploadArtifact('again', files, root)
  deepStrictEqual(
    faults.report().map(({ met }) => met),
    [1, 1],
  )
})

await step('deletes, from inside the run and from outside', async () => {
  deepStrictEqual(await client.deleteArtifact('site'), { id: zipped.id })
  deepStrictEqual(await client.deleteArtifact('large.bin', { findBy }), { id: raw.id })
  await rejects(client.deleteArtifact('site'), { name: 'ArtifactNotFoundError' })
})

await step('uploads a name again in the next attempt, and then finds the newest', async () => {
  addRun(2)
  process.env['ACTIONS_RUNTIME_TOKEN'] = github.issueRuntimeToken(RUN)
  const { id } = await client.uploadArtifact('again', files, root)
  strictEqual((await client.getArtifact('again')).artifact.id, id)
  strictEqual((await client.getArtifact('again', { findBy })).artifact.id, id)
})

/** Hands the calls on, and says another hash than the client did. */
async function startLiar(target: string) {
  const server = createServer(async (request, response) => {
    const asked = (await text(request)).replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`)
    const headers = { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' }
    const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body: asked })
    response.writeHead(answer.status).end(await answer.text())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = v.parse(v.object({ port: v.number() }), server.address())
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function addRun(attempt: number): void {
  github.addRun({
    id: RUN,
    attempt,
    event: 'push',
    headBranch: 'main',
    headSha: '1'.repeat(40),
    status: 'in_progress',
    conclusion: null,
    name: 'Snapshot',
    path: '.github/workflows/snapshot.yml',
  })
}

/** The client is talkative: what it says is shown only where it helps. */
async function step<T>(name: string, act: () => Promise<T>): Promise<T> {
  const write = process.stdout.write
  const said: string[] = []
  process.stdout.write = (chunk: string | Uint8Array) => said.push(`${chunk}`) > 0
  try {
    const result = await act()
    process.stdout.write = write
    console.log(`GitHub's client ${name}.`)
    return result
  } catch (error) {
    process.stdout.write = write
    console.log(`${said.join('')}GitHub's client does not do this: ${name}.`)
    throw error
  }
}
