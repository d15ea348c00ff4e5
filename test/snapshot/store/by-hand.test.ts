/** The lines by which a person fetches an archive, run by a shell. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MissingError, type Store } from '../../../actions/snapshot/store/store.ts'
import { keep, type Scene, SHA, startScene } from './artifact-setup.ts'
import { stored } from './fixtures.ts'
import { openRelease } from './release-setup.ts'
import { openAt, openStore } from './setup.ts'

let root: string
let folder: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-by-hand-'))
  folder = join(root, 'here')
  await mkdir(folder)
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** What the lines leave in the working directory under that name. */
async function fetched(store: Store, name: string, env: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const lines = await store.fetchByHand(name)
  await promisify(execFile)('sh', ['-euc', lines.join('\n')], { cwd: folder, env: { ...process.env, ...env } })
  return readFile(join(folder, name))
}

describe('a folder', () => {
  it.each([
    'plain',
    'with spaces',
    "with 'single' quotes",
    'with "double" quotes',
    '$(touch run) `touch run` $HOME',
    '-n',
    '*',
    'back\\slash',
  ])('called %j', async (name) => {
    const store = await openStore(`directory:${name}`, 'production', { workspace: root })
    const { archive, bytes } = await stored(store)
    expect((await fetched(store, archive.name)).equals(bytes)).toBe(true)
    await expect(readFile(join(folder, 'run'))).rejects.toThrow('ENOENT')
  })
})

/** As much of GitHub's own program as the lines use. */
const GH = `#!/bin/sh
[ "$1" = api ] && shift || exit 64
accept='Accept: application/vnd.github+json'
while [ $# -gt 1 ]; do
  case $1 in
    --hostname) host=$2 ;;
    --header) accept=$2 ;;
    *) exit 64 ;;
  esac
  shift 2
done
exec curl --silent --show-error --fail --location --header "Authorization: Bearer $GH_TOKEN" --header "$accept" "http://$host/$1"
`

describe("GitHub's", () => {
  let scene: Scene
  let env: Readonly<Record<string, string>>
  beforeEach(async () => {
    scene = await startScene()
    await writeFile(join(root, 'gh'), GH)
    await chmod(join(root, 'gh'), 0o755)
    const token = scene.github.issueToken('person', { actions: 'read', contents: 'write' }, 'octocat')
    env = { PATH: `${root}:${process.env['PATH']}`, GH_TOKEN: token }
  })
  afterEach(() => scene[Symbol.asyncDispose]())

  it('artifacts: the one that counts, whatever a fork has stored under its name since', async () => {
    const { store } = scene.open()
    const archive = await scene.archive()
    await keep(store, archive)
    scene.github.addRun({ ...OVER, id: 8000, fork: 'mallory' })
    await scene.github.addArtifact({ name: archive.name, runId: 8000, content: 'false', mimeType: 'text/plain' })
    expect((await fetched(scene.open().store, archive.name, env)).equals(archive.bytes)).toBe(true)
  })

  it('artifacts: under its own name, where a broken upload holds that in the run', async () => {
    const { store } = scene.open()
    const archive = await scene.archive()
    scene.fault('POST /CreateArtifact:applied-reset*1')
    await keep(store, archive)
    scene.mend()
    expect(scene.github.artifacts.map(({ name }) => name)).toContain(`${archive.name}.2`)
    expect((await fetched(store, archive.name, env)).equals(archive.bytes)).toBe(true)
  })

  it('release assets: out of a draft', async () => {
    const { store } = openRelease(scene, { isPlain: true })
    const archive = await scene.archive()
    await keep(store, archive)
    expect((await fetched(store, archive.name, env)).equals(archive.bytes)).toBe(true)
  })

  it('nothing where there is nothing', async () => {
    const { name } = await scene.archive()
    for (const { store } of [scene.open(), openRelease(scene, { isPlain: true })]) {
      await expect(store.fetchByHand(name)).rejects.toThrow(MissingError)
    }
  })
})

const OVER = {
  attempt: 1,
  event: 'push',
  headBranch: 'main',
  headSha: SHA,
  status: 'completed',
  conclusion: 'success',
  name: 'Other',
  path: '.github/workflows/other.yml',
} as const

describe('a cloud', () => {
  const aws = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'a-secret-access-key' }
  const connection =
    'DefaultEndpointsProtocol=https;AccountName=backups;AccountKey=a2V5;EndpointSuffix=core.windows.net'
  it.each([
    ['s3://backups/site', aws, undefined, 'aws s3 cp s3://backups/site/production/a.tar.zst .'],
    ["s3://backups/o'clock", aws, undefined, "aws s3 cp 's3://backups/o'\\''clock/production/a.tar.zst' ."],
    [
      's3://backups',
      aws,
      'https://account.example.com',
      'aws s3 cp s3://backups/production/a.tar.zst . --endpoint-url https://account.example.com',
    ],
    [
      's3://backups',
      { ...aws, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000' },
      undefined,
      'aws s3 cp s3://backups/production/a.tar.zst . --endpoint-url http://127.0.0.1:9000',
    ],
    [
      'azure://snapshots/site',
      { AZURE_STORAGE_ACCOUNT: 'backups', AZURE_STORAGE_KEY: 'a2V5' },
      undefined,
      'az storage blob download --account-name backups --container-name snapshots --name site/production/a.tar.zst --file a.tar.zst',
    ],
    [
      'azure://snapshots',
      { AZURE_STORAGE_CONNECTION_STRING: connection },
      undefined,
      'az storage blob download --container-name snapshots --name production/a.tar.zst --file a.tar.zst',
    ],
  ])('%s, with its own program', async (address, env, endpoint, line) => {
    expect(await (await openAt(address, { env, endpoint })).fetchByHand('a.tar.zst')).toEqual([line])
  })
})
