import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type GitHub, startGitHub } from '../../rehearsal/github/server.ts'
import { personal } from './github-secrets-support.ts'
import { client, octokit, owner, REPO, REPOSITORY, type Reply, repo, SHA, startWithHistory } from './github-support.ts'

const GIT = `${REPO}/git`
const MONA = { name: 'Mona', email: 'mona@example.com', date: '2026-03-01T11:00:00+01:00' }
const FILES = { 'a.txt': 'one\n', 'a/b/c.txt': 'two\n', 'a-b': 'ä', 'z/ü.md': '' }

function ask(github: GitHub) {
  return client(github, { contents: 'write' })
}

function post(github: GitHub, path: string, body: unknown): Promise<Reply> {
  return ask(github)(`${GIT}${path}`, { method: 'POST', body })
}

async function shaOf(reply: Promise<Reply>): Promise<string> {
  const { status, body } = await reply
  expect([status, body]).toEqual([201, expect.objectContaining({ sha: expect.stringMatching(/^[0-9a-f]{40}$/) })])
  return Object(body).sha
}

function inline(files: Readonly<Record<string, string>>) {
  return Object.entries(files).map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }))
}

function treeOf(github: GitHub, files: Readonly<Record<string, string>>, base_tree?: string): Promise<string> {
  return shaOf(post(github, '/trees', { tree: inline(files), ...(base_tree && { base_tree }) }))
}

async function commitOn(github: GitHub, parent: string, files: Readonly<Record<string, string>>, message = 'Note') {
  const tree = await treeOf(github, files)
  return shaOf(post(github, '/commits', { message, tree, parents: [parent] }))
}

test.each([
  ['POST', '/blobs', 'write', 'blobs#create-a-blob'],
  ['GET', '/blobs/1', 'read', 'blobs#get-a-blob'],
  ['POST', '/trees', 'write', 'trees#create-a-tree'],
  ['GET', '/trees/1', 'read', 'trees#get-a-tree'],
  ['POST', '/commits', 'write', 'commits#create-a-commit'],
  ['GET', '/commits/1', 'read', 'commits#get-a-commit-object'],
  ['POST', '/refs', 'write', 'refs#create-a-reference'],
  ['PATCH', '/refs/heads/main', 'write', 'refs#update-a-reference'],
] as const)('%s git%s needs to %s contents', async (method, path, level, page) => {
  await using github = await startWithHistory()
  const little = client(github, { contents: level === 'write' ? 'read' : 'none' })
  const reply = await little(`${GIT}${path}`, { method })
  expect(reply).toMatchObject({ status: 403, body: { documentation_url: `https://docs.github.com/rest/git/${page}` } })
  expect(reply.headers.get('x-accepted-github-permissions')).toBe(`contents=${level}`)
})

describe('the names of objects', () => {
  test('are those that Git gives them', async () => {
    await using github = await startWithHistory()
    using folder = mkdtempDisposableSync(join(tmpdir(), 'slipway-git-data-'))
    const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: folder.path, encoding: 'utf8' }).trim()
    git('init', '--quiet')
    for (const [path, content] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder.path, path)), { recursive: true })
      writeFileSync(join(folder.path, path), content)
    }
    git('add', '.')
    const tree = await treeOf(github, FILES)
    expect(tree).toBe(git('write-tree'))
    const message = 'Keep a record\n\nOf every rotation.'
    const committer = { ...MONA, name: 'Bot', date: '2026-03-01T10:00:05Z' }
    const sha = await shaOf(post(github, '/commits', { message, tree, author: MONA, committer }))
    expect(sha).toBe(git('hash-object', '-t', 'commit', objectFile(folder.path, tree, message)))
    expect(await shaOf(post(github, '/blobs', { content: 'one\n' }))).toBe(git('hash-object', 'a.txt'))
  })

  test('are equal where the content is', async () => {
    await using github = await startWithHistory()
    const blob = await shaOf(post(github, '/blobs', { content: 'eins' }))
    const same = await shaOf(post(github, '/blobs', { content: 'ZWlucw==', encoding: 'base64' }))
    expect(same).toBe(blob)
    const bySha = { tree: [{ path: 'x/y', mode: '100644', type: 'blob', sha: blob }] }
    expect(await shaOf(post(github, '/trees', bySha))).toBe(await treeOf(github, { 'x/y': 'eins' }))
    expect(await treeOf(github, { b: '', a: '' })).toBe(await treeOf(github, { a: '', b: '' }))
    expect(await treeOf(github, { a: '' })).not.toBe(await treeOf(github, { b: '' }))
  })
})

/** The commit as Git would write it. */
function objectFile(folder: string, tree: string, message: string): string {
  const seconds = Date.parse(MONA.date) / 1000
  const who = (name: string, at: number) => `${name} <mona@example.com> ${at} +0000`
  const text = `tree ${tree}\nauthor ${who('Mona', seconds)}\ncommitter ${who('Bot', seconds + 5)}\n\n${message}`
  const file = join(folder, 'commit-object')
  writeFileSync(file, text)
  return file
}

describe('blobs', () => {
  test('come back as they went in, in lines of Base64', async () => {
    await using github = await startWithHistory()
    const bytes = Buffer.from(Array.from({ length: 200 }, (_, at) => at))
    const given = { content: bytes.toString('base64'), encoding: 'base64' }
    const sha = await shaOf(post(github, '/blobs', given))
    const { data } = await octokit(github).git.getBlob({ owner, repo, file_sha: sha })
    expect(data).toMatchObject({ sha, size: 200, encoding: 'base64' })
    expect(data.content.split('\n')[0]).toHaveLength(60)
    expect(Buffer.from(data.content, 'base64')).toEqual(bytes)
    expect((await ask(github)(`${GIT}/blobs/${SHA.main}`)).status).toBe(404)
  })
})

describe('trees', () => {
  test('list their own entries, and with recursive all below them', async () => {
    await using github = await startWithHistory()
    const sha = await treeOf(github, FILES)
    const paths = async (query: string) => {
      const { body } = await ask(github)(`${GIT}/trees/${sha}${query}`)
      return Object(body).tree.map(({ type, path }: Record<string, string>) => `${type} ${path}`)
    }
    expect(await paths('')).toEqual(['blob a-b', 'blob a.txt', 'tree a', 'tree z'])
    const below = ['blob a-b', 'blob a.txt', 'tree a', 'tree a/b', 'blob a/b/c.txt', 'tree z', 'blob z/ü.md']
    expect(await paths('?recursive=1')).toEqual(below)
  })

  test('on a base change only what they name, and null removes', async () => {
    await using github = await startWithHistory()
    const base = await treeOf(github, { 'a/b': '1', 'a/c': '2', d: '3', e: '4' })
    const changed = { 'a/b': 'new', 'd/f': 'a directory now', a2: 'new' }
    const nothing = ['a/c', 'e'].map((path) => ({ path, mode: '100644', type: 'blob', sha: null }))
    const tree = await shaOf(post(github, '/trees', { base_tree: base, tree: [...inline(changed), ...nothing] }))
    expect(tree).toBe(await treeOf(github, changed))
    const removed = { base_tree: base, tree: [{ path: 'a', mode: '040000', type: 'tree', sha: null }] }
    expect(await shaOf(post(github, '/trees', removed))).toBe(await treeOf(github, { d: '3', e: '4' }))
    const file = await treeOf(github, { a: 'a file now' }, base)
    expect(file).toBe(await treeOf(github, { a: 'a file now', d: '3', e: '4' }))
  })

  test('take another tree for a directory', async () => {
    await using github = await startWithHistory()
    const inner = await treeOf(github, { 'x/y': '1' })
    const entry = { path: 'a/b', mode: '040000', type: 'tree', sha: inner }
    expect(await shaOf(post(github, '/trees', { tree: [entry] }))).toBe(await treeOf(github, { 'a/b/x/y': '1' }))
  })

  test('the tree of a commit that is only told of can be a base, and is got by the branch too', async () => {
    await using github = await startWithHistory()
    const { data } = await octokit(github).git.getCommit({ owner, repo, commit_sha: SHA.main })
    expect(await treeOf(github, { a: '1' }, data.tree.sha)).toBe(await treeOf(github, { a: '1' }))
    const empty = { sha: data.tree.sha, tree: [], truncated: false }
    for (const name of [data.tree.sha, SHA.main, 'main']) {
      expect((await ask(github)(`${GIT}/trees/${name}`)).body).toMatchObject(empty)
    }
    expect((await ask(github)(`${GIT}/trees/${'e'.repeat(40)}`)).status).toBe(404)
  })

  const entry = { path: 'a', mode: '100644', type: 'blob' }
  const NONE = 'e'.repeat(40)
  test.each([
    [{ tree: [], base_tree: NONE }, 'base_tree is not a valid tree oid'],
    [{ tree: [{ ...entry, sha: NONE }] }, `tree.sha ${NONE} is not a valid blob`],
    [{ tree: [{ ...entry, sha: null }] }, 'GitRPC::BadObjectState'],
    [{ tree: [entry] }, 'Must supply either tree.sha or tree.content. '],
    [{ tree: [{ ...entry, sha: NONE, content: '' }] }, 'Must supply either tree.sha or tree.content. '],
    [{ tree: [{ path: 'a', content: '' }] }, 'Must supply a valid tree.mode'],
    [{ tree: [{ ...entry, path: '/a', content: '' }] }, 'tree.path contains a malformed path component'],
    [{ tree: [{ ...entry, path: '.git/config', content: '' }] }, 'tree.path contains a malformed path component'],
    [{}, `Invalid request.\n\n"tree" wasn't supplied.`],
  ])('%j is refused', async (body, message) => {
    await using github = await startWithHistory()
    const reply = await post(github, '/trees', body)
    expect(reply).toMatchObject({ status: 422, body: { message: expect.stringContaining(message) } })
  })
})

describe('commits', () => {
  test('are by who asks, at the time of the clock', async () => {
    await using github = await startWithHistory()
    github.setTime(new Date('2026-03-01T10:00:00.500Z'))
    const tree = await treeOf(github, { a: '1' })
    const body = { message: 'Note', tree, parents: [SHA.main] }
    const date = '2026-03-01T10:00:00Z'
    const bot = { name: 'github-actions[bot]', email: '41898282+github-actions[bot]@users.noreply.github.com', date }
    const own = await post(github, '/commits', body)
    expect(own).toMatchObject({
      status: 201,
      body: { author: bot, committer: bot, tree: { sha: tree }, message: 'Note' },
    })
    const person = personal(github, { permissions: { contents: 'write' } })
    expect((await person(`${GIT}/commits`, { method: 'POST', body })).body).toMatchObject({
      author: { name: 'octocat', email: expect.stringMatching(/^\d+\+octocat@users\.noreply\.github\.com$/) },
    })
  })

  test('are by whom they name, and the committer is the author unless another is named', async () => {
    await using github = await startWithHistory()
    const tree = await treeOf(github, { a: '1' })
    const utc = { ...MONA, date: '2026-03-01T10:00:00Z' }
    const one = await post(github, '/commits', { message: 'Note', tree, author: MONA })
    expect(one.body).toMatchObject({ author: utc, committer: utc, parents: [] })
    const committer = { name: 'Bot', email: 'bot@example.com', date: '2026-03-02T10:00:00Z' }
    const other = await post(github, '/commits', { message: 'Note', tree, author: MONA, committer })
    expect(other.body).toMatchObject({ author: utc, committer })
  })

  test('are in the history that every other operation sees', async () => {
    await using github = await startWithHistory()
    const sha = await commitOn(github, SHA.main, { a: '1' }, 'Keep a record')
    const kit = octokit(github, { contents: 'write' })
    await kit.git.updateRef({ owner, repo, ref: 'heads/main', sha })
    const got = await kit.repos.getCommit({ owner, repo, ref: 'main' })
    const object = await kit.git.getCommit({ owner, repo, commit_sha: sha })
    expect(got.data).toMatchObject({ sha, parents: [{ sha: SHA.main }] })
    expect(object.data).toMatchObject({ sha, message: 'Keep a record', tree: { sha: got.data.commit.tree.sha } })
    expect(object.data.author).toEqual(got.data.commit.author)
    expect((await kit.git.getRef({ owner, repo, ref: 'heads/main' })).data.object.sha).toBe(sha)
  })

  test('need a tree and parents that are there', async () => {
    await using github = await startWithHistory()
    const tree = await treeOf(github, { a: '1' })
    const none = 'e'.repeat(40)
    const refused = async (body: object) => Object((await post(github, '/commits', body)).body).message
    expect(await refused({ message: 'x', tree: none })).toBe('Tree SHA does not exist')
    expect(await refused({ message: 'x', tree, parents: [none] })).toBe(
      'Parent SHA does not exist or is not a commit object',
    )
    expect(await refused({ tree })).toBe(`Invalid request.\n\n"message" wasn't supplied.`)
    expect((await ask(github)(`${GIT}/commits/${none}`)).status).toBe(404)
  })
})

describe('refs', () => {
  test('are created once', async () => {
    await using github = await startWithHistory()
    const body = { ref: 'refs/heads/records', sha: SHA.orphan }
    expect(await post(github, '/refs', body)).toMatchObject({
      status: 201,
      body: { ref: 'refs/heads/records', object: { type: 'commit', sha: SHA.orphan } },
    })
    expect(await post(github, '/refs', body)).toMatchObject({
      status: 422,
      body: { message: 'Reference already exists', status: '422' },
    })
  })

  test.each(['heads/x', 'refs/x', 'refs/heads/a b', 'refs/heads/a..b', 'refs/heads/', 'refs/heads/x.lock'])(
    'are not called %s',
    async (ref) => {
      await using github = await startWithHistory()
      expect(await post(github, '/refs', { ref, sha: SHA.main })).toMatchObject({
        status: 422,
        body: { message: `${ref} is not a valid ref name.` },
      })
    },
  )

  test('are at a commit that is there', async () => {
    await using github = await startWithHistory()
    const sha = 'e'.repeat(40)
    const message = 'Object does not exist'
    expect(await post(github, '/refs', { ref: 'refs/heads/x', sha })).toMatchObject({ status: 422, body: { message } })
    const moved = await ask(github)(`${GIT}/refs/heads/main`, { method: 'PATCH', body: { sha } })
    expect(moved).toMatchObject({ status: 422, body: { message } })
  })

  test('move forward, and elsewhere only by force', async () => {
    await using github = await startWithHistory()
    const move = (ref: string, body: object) => ask(github)(`${GIT}/refs/${ref}`, { method: 'PATCH', body })
    expect(await move('heads/main', { sha: SHA.topic })).toMatchObject({
      status: 422,
      body: { message: 'Update is not a fast forward', status: '422' },
    })
    expect((await move('heads/main', { sha: SHA.base })).status).toBe(422)
    expect((await move('heads/main', { sha: SHA.main })).status).toBe(200)
    expect(await move('heads/main', { sha: SHA.topic, force: true })).toMatchObject({
      status: 200,
      body: { ref: 'refs/heads/main', object: { sha: SHA.topic } },
    })
    const message = 'Reference does not exist'
    expect(await move('heads/nowhere', { sha: SHA.main })).toMatchObject({ status: 422, body: { message } })
  })
})

describe('two at once', () => {
  test('of two who create a ref, one is told that it exists', async () => {
    await using github = await startWithHistory()
    const shas = [SHA.main, SHA.topic]
    const replies = await Promise.all(shas.map((sha) => post(github, '/refs', { ref: 'refs/heads/records', sha })))
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 422])
  })

  test('of two who add to one commit, the second starts again from the first one', async () => {
    await using github = await startWithHistory()
    const kit = octokit(github, { contents: 'write' })
    const move = (sha: string) => kit.git.updateRef({ owner, repo, ref: 'heads/main', sha })
    const [mine, theirs] = await Promise.all([
      commitOn(github, SHA.main, { mine: '1' }),
      commitOn(github, SHA.main, { theirs: '1' }),
    ])
    const results = await Promise.allSettled([move(mine), move(theirs)])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results).toContainEqual({
      status: 'rejected',
      reason: expect.objectContaining({ message: expect.stringContaining('Update is not a fast forward') }),
    })
    const { data } = await kit.git.getRef({ owner, repo, ref: 'heads/main' })
    await move(await commitOn(github, data.object.sha, { again: '1' }))
    expect(github.readBranch('main').commits.map(({ sha }) => sha)).not.toContain(
      data.object.sha === mine ? theirs : mine,
    )
  })
})

describe('a branch as a test reads it', () => {
  test('has its commits oldest first, and the text of its files', async () => {
    await using github = await startWithHistory()
    const sha = await commitOn(github, SHA.orphan, FILES, 'Keep a record')
    await post(github, '/refs', { ref: 'refs/heads/records', sha })
    expect(github.readBranch('records')).toEqual({
      commits: [
        { sha: SHA.orphan, message: 'Begin anew', parents: [] },
        { sha, message: 'Keep a record', parents: [SHA.orphan] },
      ],
      files: FILES,
    })
    expect(() => github.readBranch('nowhere')).toThrow('There is no branch "nowhere" to read.')
  })
})

test('an empty repository has no Git data', async () => {
  await using github = await startGitHub({ repository: REPOSITORY })
  for (const path of ['/blobs', '/trees', '/commits', '/refs']) {
    expect(await post(github, path, {})).toMatchObject({ status: 409, body: { message: 'Git Repository is empty.' } })
  }
})
