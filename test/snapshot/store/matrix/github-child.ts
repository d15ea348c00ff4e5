/** A step of its own: stores one archive and reads it back. It prints the peak of its memory, in KiB. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { boundGarbage } from '../../../../actions/snapshot/garbage.ts'
import { openArtifactStore } from '../../../../actions/snapshot/store/artifact.ts'
import { openReleaseStore } from '../../../../actions/snapshot/store/release.ts'
import type { Log } from '../../../../src/action.ts'
import { createGitHub } from '../../../../src/github.ts'
import type { ChildTask } from './github-task.ts'

const SILENT: Log = { debug: () => {}, info: () => {}, warning: () => {}, group: (_, work) => work() }

boundGarbage()
const task: ChildTask = JSON.parse(process.argv[2] ?? '')
const { signal } = new AbortController()
const { context, token, manifest, archive } = task
const github = createGitHub(token, { apiUrl: context.apiUrl, log: SILENT, signal })
const common = { series: manifest.series, github, context, signal, log: SILENT }
const store =
  task.kind === 'artifact'
    ? openArtifactStore({ ...common, env: task.env, trustedBranches: [], retentionDays: 30 })
    : openReleaseStore({ ...common, token })

await store.upload(archive)
await store.publish(manifest)
const hash = createHash('sha256')
for await (const piece of await store.download(archive.name)) hash.update(piece)
if (`sha256:${hash.digest('hex')}` !== archive.digest) throw new Error('Other bytes came back.')
// Not what getrusage says: that counts the process too that this one was forked from.
const [, peak = ''] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
process.stdout.write(`${peak}\n`)
