import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutToBytes, environmentOf, resolveTarget } from '../../actions/deploy-pages/target.ts'

const none = { branch: undefined, commitHash: undefined, commitMessage: undefined }
const head = {
  sha: 'c0ffee',
  branch: 'feature/x',
  isSecondHand: false,
  fork: undefined,
  doubt: undefined,
  message: 'Say hello',
}

describe('what Cloudflare is told', () => {
  it('is the head that the run is about', () => {
    expect(resolveTarget(none, head)).toEqual({
      branch: 'feature/x',
      commitHash: 'c0ffee',
      commitMessage: 'Say hello',
    })
  })

  it('is what the inputs say where they say something', () => {
    const inputs = { branch: 'main', commitHash: 'beef', commitMessage: 'Mine' }
    expect(resolveTarget(inputs, head)).toMatchObject({ branch: 'main', commitHash: 'beef', commitMessage: 'Mine' })
  })

  it('needs a branch when the run is for a tag', () => {
    expect(() => resolveTarget(none, { ...head, branch: undefined })).toThrow(/Nothing says which branch/)
    expect(resolveTarget({ ...none, branch: 'main' }, { ...head, branch: undefined }).branch).toBe('main')
  })
})

describe('a run that does not say whose code it builds', () => {
  const doubtful = { ...head, branch: undefined, doubt: 'the event issue_comment does not say whose code is built' }

  it('needs a branch, and is told why', () => {
    expect(() => resolveTarget(none, doubtful)).toThrow(
      'Nothing says which branch this is: the event issue_comment does not say whose code is built.',
    )
    expect(resolveTarget({ ...none, branch: 'pr-7' }, doubtful).branch).toBe('pr-7')
  })
})

describe('a fork', () => {
  const fork = { ...head, fork: 'Mallory', branch: 'main' }

  it('never keeps the name of its branch, nor the one that the workflow gives', () => {
    expect(resolveTarget(none, fork)).toMatchObject({ branch: 'fork-mallory-main' })
    expect(resolveTarget({ ...none, branch: 'main' }, fork).branch).toBe('fork-mallory-main')
  })

  it('has a branch even when GitHub names none', () => {
    expect(resolveTarget(none, { ...fork, branch: undefined }).branch).toBe('fork-mallory-head')
  })

  it('reaches production under no name of owner and branch', () => {
    const production = fc.string().filter((name) => !name.startsWith('fork-'))
    fc.assert(
      fc.property(fc.string(), fc.string(), production, (owner, branch, productionBranch) => {
        const target = resolveTarget(none, { ...head, fork: owner, branch })
        expect(target.branch).toMatch(/^fork-[a-z0-9-]*$/)
        expect(environmentOf(target.branch, productionBranch)).toBe('preview')
      }),
    )
  })
})

describe('a commit message', () => {
  it('is cut to 384 bytes, never within a character', () => {
    expect(resolveTarget({ ...none, commitMessage: 'é'.repeat(300) }, head).commitMessage).toBe('é'.repeat(192))
    expect(resolveTarget({ ...none, commitMessage: `x${'🚢'.repeat(100)}` }, head).commitMessage).toBe(
      `x${'🚢'.repeat(95)}`,
    )
  })

  it('keeps the longest beginning that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, limit) => {
        const cut = cutToBytes(text, limit)
        expect(text.startsWith(cut)).toBe(true)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit)
        const next = text.slice(cut.length).codePointAt(0)
        if (next !== undefined) expect(Buffer.byteLength(cut + String.fromCodePoint(next))).toBeGreaterThan(limit)
      }),
    )
  })
})
