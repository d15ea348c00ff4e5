import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  act,
  Failure,
  flag,
  info,
  input,
  mask,
  refuse,
  saveState,
  setOutput,
  useOfToken,
  variable,
  workspace,
} from '../../action.ts'

/** What to fetch and what to check out. */
interface Target {
  readonly fetch: readonly string[]
  readonly checkout: readonly string[]
  readonly ref: string
}

await act(() => {
  refuse({
    repository: [variable('GITHUB_REPOSITORY')],
    token: [variable('REHEARSAL_TOKEN')],
    'ssh-key': [],
    clean: ['true'],
    filter: [],
    'sparse-checkout': [],
    'fetch-tags': ['false'],
    lfs: ['false'],
    submodules: ['false'],
    'github-server-url': [variable('GITHUB_SERVER_URL')],
    'allow-unsafe-pr-checkout': ['false'],
  })
  const folder = workspace(input('path'))
  if (folder !== workspace() && !folder.startsWith(`${workspace()}/`)) {
    throw new Failure(`Repository path '${folder}' is not under '${workspace()}'`)
  }
  const depth = Number(input('fetch-depth'))
  if (!Number.isInteger(depth) || depth < 0) throw new Failure(`Input 'fetch-depth' is not a whole number.`)
  empty(folder)
  git(folder, 'init', '--quiet')
  git(folder, 'remote', 'add', 'origin', variable('REHEARSAL_ORIGIN'))
  requireContents()
  const target = targetOf(folder)
  if (depth === 0) {
    git(folder, 'fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*')
  }
  const shallow = depth === 0 ? [] : ['--no-tags', `--depth=${depth}`]
  git(folder, 'fetch', '--quiet', ...shallow, 'origin', ...target.fetch)
  git(folder, 'checkout', '--quiet', '--force', ...target.checkout)
  const commit = git(folder, 'rev-parse', 'HEAD')
  if (flag('persist-credentials')) persist(folder)
  setOutput('ref', target.ref)
  setOutput('commit', commit)
  info(`Checked out ${commit} (${git(folder, 'log', '-1', '--format=%s')})`)
})

/** As GitHub answers for a private repository that the token may not read: it is not there. */
function requireContents(): void {
  if (useOfToken('contents', 'read')) return
  info('remote: Repository not found.')
  info(`fatal: repository '${variable('GITHUB_SERVER_URL')}/${variable('GITHUB_REPOSITORY')}/' not found`)
  throw new Failure(
    "The process '/usr/bin/git' failed with exit code 128: the job's token has no 'contents: read', which a private repository needs.",
  )
}

/** An explicit ref wins; without one it is the event's ref at exactly the event's commit. */
function targetOf(folder: string): Target {
  const given = input('ref')
  if (/^[0-9a-f]{40}$/i.test(given)) return { fetch: [given], checkout: ['--detach', given], ref: given }
  const ref = given === '' ? variable('GITHUB_REF') : given
  const tip = given === '' ? variable('GITHUB_SHA') : undefined
  if (ref.startsWith('refs/heads/')) return branch(ref.slice('refs/heads/'.length), tip)
  if (ref.startsWith('refs/tags/')) return { fetch: [`+${ref}:${ref}`], checkout: [ref], ref }
  if (ref.startsWith('refs/')) {
    const local = ref.replace('refs/', 'refs/remotes/')
    return { fetch: [`+${tip ?? ref}:${local}`], checkout: [local], ref }
  }
  const known = git(folder, 'ls-remote', 'origin', `refs/heads/${ref}`, `refs/tags/${ref}`)
  if (known.includes(`refs/heads/${ref}`)) return branch(ref, undefined)
  if (known.includes(`refs/tags/${ref}`)) {
    return { fetch: [`+refs/tags/${ref}:refs/tags/${ref}`], checkout: [`refs/tags/${ref}`], ref }
  }
  throw new Failure(`A branch or tag with the name '${ref}' could not be found`)
}

function branch(name: string, tip: string | undefined): Target {
  const remote = `refs/remotes/origin/${name}`
  const fetch = [`+${tip ?? `refs/heads/${name}`}:${remote}`]
  return { fetch, checkout: ['-B', name, remote], ref: `refs/heads/${name}` }
}

/** Later steps find the token in git's configuration; the post part takes it out again. */
function persist(folder: string): void {
  const header = Buffer.from(`x-access-token:${input('token')}`).toString('base64')
  mask(header)
  const key = `http.${variable('GITHUB_SERVER_URL')}/.extraheader`
  git(folder, 'config', '--local', key, `AUTHORIZATION: basic ${header}`)
  saveState('folder', folder)
  saveState('key', key)
}

function empty(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true, force: true })
}

function git(cwd: string, ...args: readonly string[]): string {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' }
  const { status, stdout, stderr } = spawnSync('git', args, { cwd, env, encoding: 'utf8' })
  if (status === 0) return stdout.trim()
  info(stderr.trim())
  throw new Failure(`The process 'git' failed with exit code ${status}`)
}
