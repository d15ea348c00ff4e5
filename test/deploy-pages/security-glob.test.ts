/** Rules come from the pushed folder: no rule, however it is made, may hold the step up. */

import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Glob } from '../../actions/deploy-pages/glob.ts'
import { warnOfIgnoredLines } from '../../actions/deploy-pages/ignored-lines.ts'
import { chooseProbe } from '../../actions/deploy-pages/probe.ts'
import { readSite } from '../../actions/deploy-pages/site.ts'
import { workspace } from './setup.ts'

const plenty = () => ({ left: 1_000_000 })

/** What a rule means, by trying everything. */
function naive(rule: string, path: string): boolean {
  if (rule === '') return path === '' || path === '/'
  const [parameter] = /^:[A-Za-z]\w*/.exec(rule) ?? []
  const rest = rule.slice(parameter?.length ?? 1)
  const ends = Array.from({ length: path.length + 1 }, (_, end) => end)
  if (rule.startsWith('*')) return ends.some((end) => naive(rest, path.slice(end)))
  if (parameter === undefined) return path.startsWith(rule[0] ?? '') && path !== '' && naive(rest, path.slice(1))
  return ends.some((end) => end > 0 && !path.slice(0, end).includes('/') && naive(rest, path.slice(end)))
}

describe('a rule', () => {
  it.each([
    ['/js/*', '/js/app.js', true],
    ['/js/*', '/css/app.js', false],
    ['/users/:id', '/users/7', true],
    ['/users/:id', '/users/7/posts', false],
    ['/users/:id', '/users/', false],
    ['/about', '/about/', true],
    ['/a.c', '/abc', false],
    ['/*/:x/*', '/1/2/3', true],
  ])('%s and the path %s: %s', (rule, path, expected) => {
    expect(new Glob(rule).matches(path, plenty())).toBe(expected)
  })

  it('means what trying everything says', () => {
    const rule = fc.array(fc.constantFrom('/', 'a', 'b', '*', ':x', ':y/'), { maxLength: 7 })
    const path = fc.array(fc.constantFrom('/', 'a', 'b', 'x'), { maxLength: 7 })
    fc.assert(
      fc.property(rule, path, (rule, path) => {
        const [ruleText, pathText] = [rule.join(''), path.join('')]
        expect(new Glob(ruleText).matches(pathText, plenty())).toBe(naive(ruleText, pathText))
      }),
      { numRuns: 3000 },
    )
  })

  it('is given up when its work is used up', () => {
    const work = { left: 10 }
    expect(new Glob('/a*a*a*a*b').matches(`/${'a'.repeat(100)}`, work)).toBe(true)
    expect(work.left).toBeLessThanOrEqual(0)
  })
})

describe('a hundred rules made to hold the step up', () => {
  const evil = `/${'a*'.repeat(40)}`

  it('do not, in _redirects', async () => {
    const redirects = Array.from({ length: 100 }, (_, index) => `${evil}${index} /b`).join('\n')
    const names = Array.from({ length: 300 }, (_, index) => [`dist/${'a'.repeat(200)}${index}.js`, 'x'])
    await using folder = await workspace({ ...Object.fromEntries(names), 'dist/_redirects': redirects })
    const { site } = await readSite(join(folder.path, 'dist'))
    const started = performance.now()
    await chooseProbe(site, folder.path)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('do not, in _routes.json', async () => {
    const include = Array.from({ length: 99 }, (_, index) => `/${'a*'.repeat(45)}${index}`)
    const routes = JSON.stringify({ version: 1, include, exclude: [] })
    await using folder = await workspace({
      [`dist/${'a'.repeat(250)}.js`]: 'x',
      'dist/_worker.js': 'export default {}',
      'dist/_routes.json': routes,
    })
    const { site } = await readSite(join(folder.path, 'dist'))
    const started = performance.now()
    expect(await chooseProbe(site, folder.path)).toMatchObject({ mayDiffer: undefined })
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('do not, with spaces before a comment that is none', () => {
    const started = performance.now()
    warnOfIgnoredLines(undefined, `/a${' '.repeat(200_000)}/b`)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
