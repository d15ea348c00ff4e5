import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cut, DESCRIPTION_LIMIT, parseRequiredContexts } from '../../actions/create-deployment/request.ts'
import { SHA } from '../support/context.ts'
import { startScenario, writesOf } from './setup.ts'

describe('what GitHub is asked for', () => {
  it('carries every optional input in the form of the API', async () => {
    await using scenario = await startScenario()
    for (const context of ['build', 'test (20)']) scenario.github.addCheck(SHA, { context, state: 'success' })
    const main = await scenario.main({
      inputs: {
        environment: 'preview/feature',
        ref: 'main',
        task: 'deploy:migrations',
        description: 'By hand',
        payload: '{"version": "1.2.3", "notes": ["a", 1, null]}',
        'required-contexts': '  build\n\n  test (20)\n',
        'auto-merge': 'true',
        'transient-environment': 'true',
        'production-environment': 'false',
      },
    })
    expect(main.exitCode).toBe(0)
    expect(writesOf(scenario.github)[0]?.[1]).toEqual({
      ref: 'main',
      task: 'deploy:migrations',
      environment: 'preview/feature',
      description: 'By hand',
      auto_merge: true,
      required_contexts: ['build', 'test (20)'],
      transient_environment: true,
      production_environment: false,
      payload: {
        version: '1.2.3',
        notes: ['a', 1, null],
        slipway: expect.objectContaining({ environment: 'preview/feature', task: 'deploy:migrations' }),
      },
    })
  })

  it('leaves required_contexts to GitHub for "all"', async () => {
    await using scenario = await startScenario()
    await scenario.main({ inputs: { 'required-contexts': 'all' } })
    expect(writesOf(scenario.github)[0]?.[1]).not.toHaveProperty('required_contexts')
  })

  it('cuts a long description on a code point, for the deployment and for each status', async () => {
    await using scenario = await startScenario()
    const inputs = { description: '🚢'.repeat(200) }
    const main = await scenario.main({ inputs })
    await scenario.post(main, 'success', { inputs })

    const [deployment] = scenario.github.deployments
    const expected = `${'🚢'.repeat(139)}…`
    expect(deployment?.description).toBe(expected)
    expect(deployment?.statuses.map(({ description }) => description)).toEqual([expected, expected])
  })
})

describe('cut', () => {
  it('keeps whole code points, at most as many as the limit, and marks what it has left out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 1, max: 200 }), (text, limit) => {
        const short = cut(text, limit)
        const points = [...text]
        expect([...short].length).toBe(Math.min(points.length, limit))
        expect(short).toBe(points.length <= limit ? text : `${points.slice(0, limit - 1).join('')}…`)
        if (text.isWellFormed()) expect(short.isWellFormed()).toBe(true)
      }),
    )
  })

  it('leaves a text of exactly the limit as it is', () => {
    const text = 'é'.repeat(DESCRIPTION_LIMIT)
    expect(cut(text)).toBe(text)
    expect(cut(`${text}x`)).toBe(`${'é'.repeat(DESCRIPTION_LIMIT - 1)}…`)
  })
})

describe('required contexts', () => {
  it.each([
    [['none'], []],
    [['all'], undefined],
    [['build'], ['build']],
    [
      ['build', 'test'],
      ['build', 'test'],
    ],
  ])('reads %j as %j', (lines, expected) => {
    expect(parseRequiredContexts(lines)).toEqual(expected)
  })

  it.each([[[]], [['none', 'build']], [['build', 'all']]])('refuses %j', (lines) => {
    expect(() => parseRequiredContexts(lines)).toThrow(/^Input required-contexts is /)
  })
})
