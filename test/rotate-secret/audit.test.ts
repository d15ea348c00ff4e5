/** The trail: who, what, when, which run, where, and what came of it. Never a value. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { refusalOf } from './refusal.ts'
import { DAY, NAME, OLD, PREVIOUS, REPO, type Scene, startScene } from './setup.ts'

const FILE = 'out/trail/rotations.jsonl'
const BRANCH = { audit: 'branch:audit' }
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

async function linesIn({ workspace }: Scene, file = FILE): Promise<readonly object[]> {
  return parse(await readFile(join(workspace, file), 'utf8'))
}

function linesOn({ github }: Scene): readonly object[] {
  return parse(github.readBranch('audit').files['rotations.jsonl'] ?? '')
}

function parse(text: string): readonly object[] {
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Object(JSON.parse(line)))
}

/** The first write of `NAME` is refused. */
const refused = {
  meet: (_: number, request: string) =>
    request.endsWith(`PUT /repos/octo-org/site/actions/secrets/${NAME}`)
      ? new Response('{"message":"Forbidden"}', { status: 403, headers: { 'content-type': 'application/json' } })
      : undefined,
}

describe('in a file', () => {
  const audit = { audit: `file:${FILE}` }

  it('has a line for a rotation, and its folder is made', async () => {
    await using scene = await startScene()
    const run = scene.newRun()
    await scene.rotate(audit, run)
    expect(await linesIn(scene)).toEqual([
      {
        at: TIME,
        action: 'rotate-secret',
        name: NAME,
        result: 'rotated',
        reason: 'age',
        actor: 'octocat',
        event: 'schedule',
        repository: 'octo-org/site',
        run_id: run.id,
        run_attempt: 1,
        run_url: `${scene.github.serverUrl}/octo-org/site/actions/runs/${run.id}`,
        targets: [
          {
            target: 'repository',
            verdict: 'done',
            done: [
              `${NAME}_NEXT has the new value`,
              `${PREVIOUS} has the old value`,
              `${NAME} has the new value`,
              `${NAME}_NEXT removed`,
            ],
            error: null,
          },
        ],
        previous_until: TIME,
        due_at: TIME,
        error: null,
      },
    ])
  })

  it('is appended to, one line for each run that has done something', async () => {
    await using scene = await startScene()
    await scene.rotate(audit)
    await scene.rotate(audit)
    scene.github.passTime(8 * DAY)
    await scene.rotate(audit)
    await scene.rotate({ ...audit, force: 'true' })
    expect(await linesIn(scene)).toMatchObject([
      { result: 'rotated', reason: 'age' },
      { result: 'retired', reason: 'grace', previous_until: null },
      { result: 'rotated', reason: 'force' },
    ])
  })

  it('has no line of a run that was refused', async () => {
    await using scene = await startScene()
    await scene.rotate({ ...audit, 'github-token': 'github_pat_gone' })
    await expect(linesIn(scene)).rejects.toThrow('ENOENT')
    scene.github.setSecret(REPO, `${NAME}_NEXT`, 'begun')
    expect((await scene.rotate({ ...audit, pending: '' })).error).toContain('and nothing was written')
    expect(await linesIn(scene)).toEqual([])
  })

  it('has no line of a dry run, not even a file', async () => {
    await using scene = await startScene()
    await scene.rotate({ ...audit, 'dry-run': 'true' })
    await expect(linesIn(scene)).rejects.toThrow('ENOENT')
  })

  it('has a line for a run that has failed, and for the one that went on', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate(audit, undefined, refused)
    expect(ended.error).toBeDefined()
    await scene.rotate(audit)
    expect(await linesIn(scene)).toMatchObject([
      {
        result: 'failed',
        reason: 'age',
        targets: [{ target: 'repository', verdict: 'failed', error: expect.stringContaining('Forbidden (403)') }],
        error: `${NAME} was not rotated: nothing uses the new value yet. GitHub refused to write ${NAME} to repository: Forbidden (403).`,
      },
      { result: 'resumed', reason: 'pending', error: null },
    ])
  })

  it('never has a value', async () => {
    await using scene = await startScene()
    await scene.rotate({ ...audit, 'verify-command': "sh -c 'echo said by a program; cat >&2; exit 1'" })
    await scene.rotate(audit)
    const text = await readFile(join(scene.workspace, FILE), 'utf8')
    expect((await linesIn(scene))[0]).toMatchObject({
      error: `${NAME} was not rotated: nothing uses the new value yet. The new value was not verified: sh failed with exit code 1.`,
    })
    expect(text).not.toContain('said by a program')
    for (const value of [OLD, scene.held()[NAME] ?? '']) {
      for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) {
        expect(text).not.toContain(Buffer.from(value).toString(encoding))
      }
    }
  })

  it('that cannot be written is found before anything is', async () => {
    await using scene = await startScene()
    await writeFile(join(scene.workspace, 'taken'), '')
    const ended = await scene.rotate({ audit: 'file:taken/trail.jsonl' })
    expect(refusalOf(ended)).toMatch(
      /^The trail cannot be written to taken\/trail\.jsonl: .+\.\nGive input audit a file that this job may write\.$/,
    )
  })

  it('that cannot be written any more fails the step, and says that the rotation stands', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate(audit, undefined, {
      async meet(_, request) {
        if (!request.startsWith('DELETE ')) return undefined
        await rm(join(scene.workspace, FILE))
        await mkdir(join(scene.workspace, FILE)) // even root cannot append to a folder
        return undefined
      },
    })
    expect(ended.outputs['result']).toBe('rotated')
    expect(ended.summary).toContain('**The trail lacks this run.** Its line is in the log.')
    expect(ended.error).toMatch(
      /^What this run did stands, and the trail \(out\/trail\/rotations\.jsonl\) does not say so: The trail cannot be written/,
    )
  })
})

describe('on a branch', () => {
  it('is a branch without a history in common with the code, and one commit a line', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate(BRANCH)
    expect(ended.error).toBeUndefined()
    scene.github.passTime(8 * DAY)
    await scene.rotate(BRANCH)
    scene.github.passTime(40 * DAY)
    await scene.rotate(BRANCH)
    const { commits, files } = scene.github.readBranch('audit')
    expect(Object.keys(files)).toEqual(['rotations.jsonl'])
    expect(linesOn(scene)).toMatchObject([{ result: 'rotated' }, { result: 'retired' }, { result: 'rotated' }])
    expect(commits.map(({ message }) => message)).toEqual([
      `${NAME}: rotated (run 5001)`,
      `${NAME}: retired (run 5002)`,
      `${NAME}: rotated (run 5003)`,
    ])
    expect(commits.map(({ parents }) => parents)).toEqual([[], [commits[0]?.sha], [commits[1]?.sha]])
  })

  it('is never rewritten: no push is forced, and what was there stays', async () => {
    await using scene = await startScene()
    await scene.rotate(BRANCH)
    const first = scene.github.readBranch('audit')
    scene.github.passTime(8 * DAY)
    await scene.rotate(BRANCH)
    const second = scene.github.readBranch('audit')
    expect(second.commits[0]).toEqual(first.commits[0])
    const [before, after] = [first, second].map(({ files }) => files['rotations.jsonl'] ?? '')
    expect(after?.startsWith(before ?? 'nothing')).toBe(true)
    const pushes = scene.github.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/git/refs/'))
    expect(pushes.map(({ body }) => Object(body).force)).toEqual([false])
  })

  it('has all lines of writers that met', async () => {
    await using scene = await startScene({ age: null })
    const names = ['ONE_KEY', 'TWO_KEY', 'THREE_KEY']
    const ended = await Promise.all(names.map((name) => scene.rotate({ ...BRANCH, name })))
    expect(ended.map(({ error }) => error)).toEqual([undefined, undefined, undefined])
    const { commits } = scene.github.readBranch('audit')
    expect(commits).toHaveLength(3)
    expect(
      linesOn(scene)
        .map((line) => Object(line).name)
        .toSorted(),
    ).toEqual(names.toSorted())
    const refused = scene.github.requests.filter(({ path, status }) => path.includes('/git/refs') && status === 422)
    expect(refused.length).toBeGreaterThan(0)
  })

  it('has a line for a run that has failed', async () => {
    await using scene = await startScene()
    await scene.rotate(BRANCH, undefined, refused)
    expect(linesOn(scene)).toMatchObject([{ result: 'failed', name: NAME }])
    expect(scene.github.readBranch('audit').commits[0]?.message).toBe(`${NAME}: failed (run 5001)`)
  })

  it.each([
    ['is not due', { age: DAY }, {}, 'not-due'],
    ['is dry', {}, { 'dry-run': 'true' }, 'dry-run'],
  ])('is not made by a run that %s', async (_, options, inputs, result) => {
    await using scene = await startScene(options)
    const ended = await scene.rotate({ ...BRANCH, ...inputs })
    expect(ended.outputs['result']).toBe(result)
    expect(() => scene.github.readBranch('audit')).toThrow()
  })

  it('is not the default branch', async () => {
    await using scene = await startScene()
    expect(refusalOf(await scene.rotate({ audit: 'branch:main' }))).toBe(
      "Input audit names the branch main, which is the repository's default branch.\nName a branch that does not exist yet, or that holds nothing but rotations.jsonl, as branch:audit.",
    )
  })

  it('is no branch of anything else', async () => {
    await using scene = await startScene()
    await foreignBranch(scene)
    expect(refusalOf(await scene.rotate({ audit: 'branch:docs' }))).toBe(
      'Input audit names the branch docs, which is a branch with other files.\nName a branch that does not exist yet, or that holds nothing but rotations.jsonl, as branch:audit.',
    )
  })

  it.each(['Repository rule violations found', 'Cannot update this protected ref.'])(
    'is told what a rule may block where one stands in the way: %s',
    async (message) => {
      await using scene = await startScene()
      const ended = await scene.rotate(BRANCH, undefined, {
        meet: (_, request) =>
          request.endsWith('POST /repos/octo-org/site/git/refs')
            ? new Response(JSON.stringify({ message }), {
                status: 422,
                headers: { 'content-type': 'application/json' },
              })
            : undefined,
      })
      expect(ended.outputs['result']).toBe('rotated')
      expect(ended.error).toContain(
        "A rule protects audit: let it block deletion and force pushes only, and neither the branch's creation nor updates by this workflow.",
      )
      expect(ended.summary).toContain('**The trail lacks this run.**')
    },
  )

  it('needs a permission of the job, which is found before anything is written', async () => {
    await using scene = await startScene()
    const reader = scene.github.issueToken('rotate', { actions: 'read', contents: 'read' })
    expect(refusalOf(await scene.rotate({ ...BRANCH, 'job-token': reader }))).toBe(
      'GitHub refused to append to the branch audit: Resource not accessible by integration (403).\nThe job\'s own token lacks a permission. Add "contents: write" to the job\'s permissions.',
    )
    expect(scene.held()).toEqual({ [NAME]: OLD })
  })

  it('never has a value', async () => {
    await using scene = await startScene()
    const updatedAt = new Date(Date.now() - 41 * DAY)
    scene.github.setSecret(REPO, PREVIOUS, 'the-value-before-the-last', { updatedAt })
    await scene.rotate(BRANCH)
    const text = JSON.stringify(scene.github.readBranch('audit'))
    for (const value of Object.values(scene.held())) expect(text).not.toContain(value)
  })
})

async function foreignBranch({ github }: Scene): Promise<void> {
  const headers = { authorization: `Bearer ${github.issueToken('other', { contents: 'write' })}` }
  const post = async (path: string, body: object): Promise<string> => {
    const url = `${github.apiUrl}/repos/octo-org/site/git/${path}`
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    return Object(await answer.json()).sha
  }
  const blob = await post('blobs', { content: 'text', encoding: 'utf-8' })
  const file = { mode: '100644', type: 'blob', sha: blob }
  const tree = await post('trees', {
    tree: [
      { ...file, path: 'rotations.jsonl' },
      { ...file, path: 'README.md' },
    ],
  })
  const sha = await post('commits', { message: 'Docs', tree, parents: [] })
  await post('refs', { ref: 'refs/heads/docs', sha })
}
