/** The lines by themselves, and against all that stands on a disk. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import picomatch from 'picomatch'
import { expect, it } from 'vitest'
import { parsePatterns } from '../../../actions/snapshot/content/patterns.ts'
import { collectPaths } from '../../../actions/snapshot/content/walk.ts'
import { plant, refusal } from './tree.ts'

function refusalOf(line: string): Promise<string> {
  return refusal(() => parsePatterns(['.', line], '/srv/checkout/site'))
}

it('refuses what leads out of the workspace, and says what to do instead', async () => {
  expect(await refusalOf('/etc/nginx')).toMatchInlineSnapshot(`
    "Input paths has the line "/etc/nginx", which may lead out of the workspace.
    Paths are relative to the root of the workspace, without "..". For what lies outside, copy it into the workspace in an earlier step, or take it with commands, as in "etc.tar: tar -cf - -C /etc nginx"."
  `)
  for (const line of ['../x', 'a/../../x', '!../x', 'C:\\x', 'C:/x', '/srv/checkout/site2/x', '..\\x', '..']) {
    expect(await refusalOf(line)).toMatch(/may lead out of the workspace/)
  }
  expect(await refusalOf('~/x')).toMatch(/begins with "~", which no shell expands here/)
})

it('refuses what it cannot read without a guess', async () => {
  expect(await refusalOf('dist\\js\\app.js')).toMatchInlineSnapshot(`
    "Input paths has the line "dist\\js\\app.js", which has a backslash.
    Write paths with "/", on Windows too. A backslash only takes a wildcard for the character that it is, one of *?[]{}()!+@,|, as in "pages/\\[id\\].js"."
  `)
  expect(await refusalOf('dist\\')).toMatch(/has a backslash/)
  expect(await refusalOf('v{1..12}/x')).toMatch(/has a range in braces/)
  expect(await refusalOf('!(a|b)')).toMatch(/can be read in two ways/)
  expect(await refusalOf('[z-a]')).toMatch(/is no glob that can be read/)
  expect(await refusalOf('!')).toMatch(/is empty/)
})

it('takes what begins with the workspace for what it is', () => {
  for (const workspace of ['/w', 'D:\\a\\site\\site']) {
    const { taken } = parsePatterns([`${workspace}/dist/*.js`, workspace], workspace)
    expect(taken.map(({ base, isLiteral }) => [base, isLiteral])).toEqual([
      ['dist', false],
      ['', true],
    ])
  }
})

const name = fc.constantFrom('a', 'b', '.c', 'd.js', '[x]', 'node_modules', '.git')
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
const segment = fc.oneof(
  name,
  fc.constantFrom(
    '*',
    '**',
    '*.js',
    '{a,b}',
    '[ab]',
    '@(a|b)',
    '?',
    'a*',
    '!(a)',
    '{a/b,.c}',
    '+(a)',
    '**.js',
    '\\[x\\]',
  ),
)
const glob = fc
  .array(segment, { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join('/'))
  .filter((line) => !line.startsWith('!'))
const line = fc.tuple(glob, fc.constantFrom('', '', '', '/')).map((parts) => parts.join(''))

/** A folder where the tree has a longer path, otherwise a file. */
function treeOf(paths: readonly string[]): Record<string, string> {
  const files = paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`)))
  return Object.fromEntries(files.map((file) => [file, 'x']))
}

function ancestors(of: string): readonly string[] {
  const names = of.split('/')
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}

/** By the definition, without walking: every path of the tree against every line. */
function expected(tree: Record<string, string>, lines: readonly string[], exclusions: readonly string[]) {
  const all = [...new Set(Object.keys(tree).flatMap(ancestors))]
  const isFolder = (one: string) => tree[one] === undefined
  const matches = (text: string, one: string) => {
    const plain = text.replace(/\/$/, '')
    const isMatch = picomatch(plain, { dot: true, windows: false })
    return (one === plain.replaceAll('\\', '') || isMatch(one)) && (!text.endsWith('/') || isFolder(one))
  }
  const isExcluded = (one: string) => ancestors(one).some((part) => exclusions.some((text) => matches(text, part)))
  const of = (text: string) => {
    const { base, isGlob } = picomatch.scan(text.replace(/\/$/, ''), { scanToEnd: true })
    const start = base.replaceAll('\\', '')
    const isHidden = (one: string) => one.slice(start.length).split('/').includes('.git')
    const isMeant = (one: string) => matches(text, one) && (!isGlob || one !== start)
    return all.filter((one) => ancestors(one).some(isMeant) && !isExcluded(one) && (!isHidden(one) || one === start))
  }
  return lines.map(of)
}

it('takes exactly what the lines say, whatever the tree', async () => {
  let taken = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(path, { minLength: 6, maxLength: 20 }),
      fc.array(line, { minLength: 1, maxLength: 2 }),
      fc.array(line, { maxLength: 2 }),
      async (paths, lines, exclusions) => {
        const tree = treeOf(paths)
        const root = plant(tree)
        const wanted = expected(tree, lines, exclusions)
        const collecting = collectPaths([...exclusions.map((text) => `!${text}`), ...lines], root)
        if (wanted.some((some) => some.length === 0)) {
          await expect(collecting).rejects.toThrow(/nothing/)
          return
        }
        const { entries } = await collecting
        taken += 1
        const found = entries.map((entry) => entry.path)
        expect(found).toEqual([...new Set(wanted.flat().flatMap(ancestors))].sort())
        for (const entry of entries)
          expect(lstatSync(join(root, entry.path)).isDirectory()).toBe(entry.type === 'directory')
      },
    ),
    { numRuns: 200, seed: 5 },
  )
  expect(taken).toBeGreaterThan(40)
})
