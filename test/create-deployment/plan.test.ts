import { describe, expect, it } from 'vitest'
import type { Deployment } from '../../actions/create-deployment/history.ts'
import { type Maker, readMaker, sameStep } from '../../actions/create-deployment/maker.ts'
import {
  findOwn,
  inactivationCandidates,
  planInactivation,
  planReap,
  planReuse,
  previousOf,
  reapCandidates,
  unfinished,
} from '../../actions/create-deployment/plan.ts'
import { STATES } from '../../actions/create-deployment/request.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)

const maker: Maker = {
  run_id: 42,
  run_attempt: 2,
  job: 'deploy',
  job_index: 0,
  step: 'record',
  environment: 'production',
  task: 'deploy',
  nonce: 'one',
}
const first: Maker = { ...maker, run_attempt: 1, nonce: 'first' }

function deployment(id: number, fields: Partial<Deployment> = {}): Deployment {
  return {
    id,
    url: `https://api.example.com/${id}`,
    sha: A,
    ref: A,
    task: 'deploy',
    createdAt: id * 1000,
    transient: false,
    production: true,
    environment: 'production',
    creator: 'github-actions[bot]',
    maker: undefined,
    ...fields,
  }
}

describe('a re-run', () => {
  const latest: Maker = { ...maker, run_attempt: 3 }
  const own = deployment(5, { maker: first })
  it.each<readonly [string, readonly Deployment[], string, number | undefined]>([
    ['takes up its own deployment', [own], A, 5],
    ['takes up its own before older ones', [own, deployment(4)], A, 5],
    ['takes up the newest of its own', [deployment(6, { maker: { ...first, run_attempt: 2 } }), own], A, 6],
    ['makes a new one beside that of the same attempt', [deployment(5, { maker: latest })], A, undefined],
    ['makes a new one where two of one attempt may be its own', [deployment(6, { maker: first }), own], A, undefined],
    [
      'makes a new one as long as two of any attempt may be its own',
      [deployment(7, { maker: { ...first, run_attempt: 2 } }), deployment(6, { maker: first }), own],
      A,
      undefined,
    ],
    [
      'makes a new one where the key was copied to another environment',
      [{ ...own, environment: 'staging' }],
      A,
      undefined,
    ],
    ['makes a new one where the key was copied to another task', [{ ...own, task: 'db' }], A, undefined],
    ['makes a new one where somebody else has used the key', [{ ...own, creator: 'mona' }], A, undefined],
    ['makes a new one where the key is of an account that is gone', [{ ...own, creator: undefined }], A, undefined],
    ['takes up its own whatever the case of the environment', [{ ...own, environment: 'Production' }], A, 5],
    [
      'takes up its own beside another task of the same run',
      [deployment(6, { task: 'db', maker: { ...first, task: 'db' } }), own],
      A,
      5,
    ],
    [
      'takes up its own beside another job of the same run',
      [deployment(6, { maker: { ...first, job: 'b' } }), own],
      A,
      5,
    ],
    ['makes a new one where there is none', [], A, undefined],
    ['makes a new one beside those of others', [deployment(5)], A, undefined],
    [
      'makes a new one when another run has deployed since',
      [deployment(6, { maker: { ...first, run_id: 43 } }), own],
      A,
      undefined,
    ],
    ['makes a new one when something else has deployed since', [deployment(6), own], A, undefined],
    [
      'makes a new one when its run has deployed another commit since',
      [deployment(6, { sha: B, maker: { ...first, job: 'b' } }), own],
      A,
      undefined,
    ],
    ['makes a new one for another commit', [own], B, undefined],
    ['takes up one of the same branch', [deployment(5, { maker: first, ref: 'main' })], 'main', 5],
  ])('%s', (_, listed, ref, expected) => {
    const plan = planReuse(listed, { maker: latest, ref, creator: 'github-actions[bot]' })
    expect(plan.kind === 'reuse' ? plan.deployment.id : undefined).toBe(expected)
    if (plan.kind === 'create') expect(plan.reason).toMatch(/^[A-Z].*\.$/)
  })

  it('is never the first attempt', () => {
    const target = { maker: first, ref: A, creator: undefined }
    expect(planReuse([deployment(5, { maker: first })], target).kind).toBe('create')
  })

  it('takes up its own whoever has made it, where its token tells nothing of an account', () => {
    const listed = [{ ...own, creator: 'mona' }]
    expect(planReuse(listed, { maker, ref: A, creator: undefined })).toMatchObject({ kind: 'reuse' })
  })

  it('says what to change where two may be its own, and nothing where another run has come in between', () => {
    const two = [deployment(6, { maker: first }), own]
    const target = { maker, ref: A, creator: undefined }
    expect(planReuse(two, target)).toEqual({
      kind: 'create',
      reason:
        'Deployments 5 and 6 carry the same key, both from attempt 1 of this run: which of them this job has made cannot be told, and neither is taken up.',
      hint: 'Where several jobs call one reusable workflow, let each caller pass a name of its own to the input key.',
    })
    expect(planReuse([deployment(7), ...two], target)).not.toHaveProperty('hint')
  })
})

describe('the key', () => {
  it.each<readonly [Partial<Maker>, boolean]>([
    [{ run_attempt: 7 }, true],
    [{ run_id: 43 }, false],
    [{ job: 'other' }, false],
    [{ job_index: 1 }, false],
    [{ step: 'other' }, false],
    [{ environment: 'staging' }, false],
    [{ task: 'deploy:migrations' }, false],
    [{ key: 'docs' }, false],
    [{ nonce: 'two' }, true],
    [{ finish: false }, true],
  ])('of a deployment with %j is the same: %s', (difference, same) => {
    expect(sameStep(maker, { ...maker, ...difference })).toBe(same)
  })

  it.each<readonly [string, unknown, Maker | undefined]>([
    ['an object', { slipway: maker, version: '1' }, maker],
    ['text, as some clients send it', JSON.stringify({ slipway: maker }), maker],
    ['nothing', '', undefined],
    ['text that is no JSON', 'v1.2.3', undefined],
    ['null', null, undefined],
    ['something else under our name', { slipway: 'v1' }, undefined],
  ])('is read from a payload that is %s', (_, payload, expected) => {
    expect(readMaker(payload)).toEqual(expected)
  })
})

describe('the deployment of a lost answer', () => {
  it.each<readonly [string, Deployment, number | undefined]>([
    ['is one of this execution of the step', deployment(6, { maker }), 6],
    ['is not of another caller of the same workflow', deployment(6, { maker: { ...maker, nonce: 'two' } }), undefined],
    ['is not of an earlier attempt', deployment(6, { maker: first }), undefined],
    ['is not of a version without nonces', deployment(6, { maker: { ...maker, nonce: undefined } }), undefined],
    ['is not of another step', deployment(6, { maker: { ...maker, step: 'other' } }), undefined],
    ['is not of something else', deployment(6), undefined],
  ])('%s', (_, listed, expected) => {
    expect(findOwn([listed], maker)?.id).toBe(expected)
  })
})

describe('the previous deployment', () => {
  const listed = [deployment(6, { task: 'db' }), deployment(5), deployment(4)]
  it.each<readonly [string, string, number | undefined, number | undefined]>([
    ['is the newest for the task', 'deploy', undefined, 5],
    ['is older than the deployment itself', 'deploy', 5, 4],
    ['is missing for a new task', 'deploy:docs', undefined, undefined],
  ])('%s', (_, task, id, expected) => {
    expect(previousOf(listed, task, id)?.id).toBe(expected)
  })
})

describe('reaping', () => {
  const rule = { task: 'deploy', before: 9, createdBefore: 5000 }
  it.each<readonly [string, Deployment, boolean]>([
    ['an old one of this action', deployment(4, { maker: first }), true],
    ['one that is not old enough', deployment(5, { maker: first }), false],
    ['one of another task', deployment(4, { maker: { ...first, task: 'db' }, task: 'db' }), false],
    ['one whose key names another task', deployment(4, { maker: { ...first, task: 'db' } }), false],
    ['one whose key names another environment', deployment(4, { maker: first, environment: 'staging' }), false],
    ['one that was left unfinished on purpose', deployment(4, { maker: { ...first, finish: false } }), false],
    ['one that something else has made', deployment(4), false],
    ['the own one', deployment(9, { maker: first, createdAt: 1 }), false],
    ['a newer one', deployment(10, { maker: first, createdAt: 1 }), false],
  ])('looks at %s: %s', (_, listed, expected) => {
    expect(reapCandidates([listed], rule).length === 1).toBe(expected)
  })

  it.each(
    [...STATES, undefined].map(
      (state) => [state, ['in_progress', 'queued', 'pending', undefined].includes(state)] as const,
    ),
  )('takes one whose newest state is %s for unfinished: %s', (state, expected) => {
    expect(unfinished([{ deployment: deployment(1), state }]).length === 1).toBe(expected)
  })

  it('sets those to error whose run is over or gone, the newest first and no more than the limit', () => {
    const made = (id: number, runId: number) => ({ ...deployment(id), maker: { ...first, run_id: runId } })
    const left = [made(5, 15), made(4, 14), made(3, 13), made(2, 12), made(1, 12)]
    const runs = new Map([
      [15, 'going on'],
      [14, 'gone'],
      [12, 'over'],
    ] as const)
    expect(planReap(left, runs, 10).map(({ id }) => id)).toEqual([4, 2, 1])
    expect(planReap(left, runs, 2).map(({ id }) => id)).toEqual([4, 2])
  })
})

describe('inactivating', () => {
  const rule = { task: 'deploy', runId: 42, before: 5 }
  it.each<readonly [string, Partial<Deployment>, boolean]>([
    ['a production deployment', { production: true }, true],
    ['a transient one', { production: false, transient: true }, true],
    ['one that GitHub sees to', { production: false }, false],
  ])('looks at %s: %s', (_, fields, expected) => {
    expect(inactivationCandidates([deployment(4, fields)], rule).length === 1).toBe(expected)
    expect(inactivationCandidates([deployment(5, fields), deployment(6, fields)], rule)).toEqual([])
  })

  it.each<readonly [string, Partial<Deployment>, boolean]>([
    ['one of another run', { maker: { ...first, run_id: 41 } }, true],
    ['one of another job of the same run', { maker: { ...first, job: 'other' } }, false],
    ['one of another task', { task: 'deploy:migrations' }, false],
  ])('takes the place of %s: %s', (_, fields, expected) => {
    expect(inactivationCandidates([deployment(4, fields)], rule).length === 1).toBe(expected)
  })

  it.each([...STATES, undefined])('leaves alone what is not live: %s', (state) => {
    const planned = planInactivation([{ deployment: deployment(4), state }], 10)
    expect(planned.length === 1).toBe(state === 'success')
  })

  it('keeps to its limit', () => {
    const live = [3, 2, 1].map((id) => ({ deployment: deployment(id), state: 'success' as const }))
    expect(planInactivation(live, 2).map(({ id }) => id)).toEqual([3, 2])
  })
})
