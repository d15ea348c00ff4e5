/** The pack's address stands in address.json, and everywhere else as it is there. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { packRepository } from '../../rehearsal/folders.ts'
import { actionNames, root } from '../../scripts/actions.ts'
import { readAddress, rewrite, strangers } from '../../scripts/address.ts'
import { mentionsIn, parseAddress, readdress } from '../../scripts/pack-address.ts'

const OLD = { repository: 'old-org/pack', ref: 'v3' }
const NEW = { repository: 'new-org/pack.2', ref: '0123456789abcdef0123456789abcdef01234567' }
/** Put together, so that this file has no mention of another address itself. */
const OTHER = 'other/pack'
const names = ['snapshot', 'smoke-check']

describe('this repository', () => {
  it('is at one address', () => {
    expect(strangers(root, actionNames())).toEqual([])
    const mentions = mentionsIn(readFileSync(`${root}workflows/deploy-pages.yml`, 'utf8'), actionNames())
    expect(mentions.length).toBeGreaterThan(3)
    expect(mentions[0]).toMatchObject(readAddress())
  })

  it('is that of the rehearsal, and of the rule that lets its ref move', () => {
    const { repository } = readAddress()
    expect(packRepository).toBe(repository)
    const { rules } = parse(readFileSync(`${root}.github/zizmor.yml`, 'utf8'))
    const policies = rules['unpinned-uses'].config.policies
    expect(policies).toEqual({ [`${repository}/*`]: 'ref-pin', '*': 'hash-pin' })
    const dependabot = parse(readFileSync(`${root}workflows/dependabot.yml`, 'utf8'))
    expect(dependabot.updates[0].groups.slipway.patterns).toEqual([`${repository}*`])
  })
})

describe('a mention', () => {
  it.each([
    ['uses: OLD/actions/snapshot@v3', 'uses: NEW/actions/snapshot@REF'],
    ['uses: OLD/actions/NAME@v3 # as it is', 'uses: NEW/actions/NAME@REF # as it is'],
    ["'OLD/*': ref-pin", "'NEW/*': ref-pin"],
    [
      'https://raw.githubusercontent.com/OLD/v3/actions/smoke-check/x.json',
      'https://raw.githubusercontent.com/NEW/REF/actions/smoke-check/x.json',
    ],
    ['https://github.com/OLD/tree/v3/actions/smoke-check', 'https://github.com/NEW/tree/REF/actions/smoke-check'],
    ['GET /OLD/v3/dist/smoke-check/index.js', 'GET /NEW/REF/dist/smoke-check/index.js'],
    ['See OLD. And (OLD).', 'See NEW. And (NEW).'],
    // Not of the pack: another name that begins alike, another ref, GitHub's own action of the same name.
    ['OLD-tools/actions/check@v3', 'OLD-tools/actions/check@v3'],
    ['actions/snapshot@v3', 'actions/snapshot@v3'],
    // The pack's by its path, whoever's it was.
    ['uses: FORK/actions/snapshot@main', 'uses: NEW/actions/snapshot@REF'],
  ])('%s', (before, after) => {
    const at = (text: string) =>
      text
        .replaceAll('FORK', 'somebody/fork')
        .replaceAll('OLD', OLD.repository)
        .replaceAll('NEW', NEW.repository)
        .replaceAll('REF', NEW.ref)
    const rewritten = readdress(at(before), names, OLD, NEW)
    expect(rewritten).toBe(at(after))
    expect(readdress(rewritten, names, NEW, NEW)).toBe(rewritten)
  })
})

it.each(['slipway', 'my-org/slipway', 'my-org/slipway@', 'a/b/c@v1', 'my org/slipway@v1', 'a/b@x/y'])(
  'an address is not %s',
  (text) => {
    expect(() => parseAddress(text)).toThrow('is no address. Write it as my-org/slipway@REF')
  },
)

describe('a pack', () => {
  let folder = ''
  const at = (file: string) => join(folder, file)
  const write = (file: string, text: string) => {
    mkdirSync(dirname(at(file)), { recursive: true })
    writeFileSync(at(file), text)
  }

  beforeEach(() => {
    folder = `${mkdtempSync(join(tmpdir(), 'slipway-address-'))}/`
    write('address.json', JSON.stringify(OLD))
    write('README.md', `uses: ${OLD.repository}/actions/snapshot@v3\n`)
    write('.github/zizmor.yml', `'${OLD.repository}/*': ref-pin\n`)
    write('examples/a/b.yml', `one\nuses: ${OLD.repository}/actions/smoke-check@v3\n`)
    write('workflows/dependabot.yml', `patterns: ['${OLD.repository}*']\n`)
    write('actions/snapshot/x.schema.json', `{ "description": "What ${OLD.repository}/actions/snapshot writes." }\n`)
    write('dist/snapshot/index.js', `'${OLD.repository}'\n`)
    write('node_modules/x/y.md', `uses: ${OLD.repository}/actions/snapshot@v3\n`)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is checked line by line', () => {
    expect(strangers(folder, names)).toEqual([])
    write('examples/a/b.yml', `one\nuses: ${OTHER}/actions/smoke-check@v2\n`)
    expect(strangers(folder, names)).toEqual([`examples/a/b.yml:2: ${OTHER}@v2`])
  })

  it('is checked where it stands without a ref, too', () => {
    write('.github/zizmor.yml', `'${OTHER}/*': ref-pin\n`)
    write('workflows/dependabot.yml', `patterns: ['${OTHER}*']\n`)
    write('actions/snapshot/x.schema.json', `{ "description": "What ${OTHER}/actions/snapshot writes." }\n`)
    expect(strangers(folder, names)).toEqual([
      `.github/zizmor.yml:1: ${OTHER}`,
      `actions/snapshot/x.schema.json:1: ${OTHER}`,
      `workflows/dependabot.yml:1: ${OTHER}`,
    ])
    expect(rewrite(folder, names)).toHaveLength(3)
    expect(strangers(folder, names)).toEqual([])
  })

  it('moves as a whole when address.json was edited by hand', () => {
    write('address.json', JSON.stringify(NEW))
    write('docs/x.md', `See ${OLD.repository}.\n`)
    expect(strangers(folder, names)).toHaveLength(5)
    expect(rewrite(folder, names)).toHaveLength(6)
    expect(strangers(folder, names)).toEqual([])
    expect(readFileSync(at('docs/x.md'), 'utf8')).toBe(`See ${NEW.repository}.\n`)
    expect(readFileSync(at('workflows/dependabot.yml'), 'utf8')).toBe(`patterns: ['${NEW.repository}*']\n`)
  })

  it('moves to another address as a whole, but for what is built or installed', () => {
    expect(rewrite(folder, names, NEW)).toEqual([
      '.github/zizmor.yml',
      'README.md',
      'actions/snapshot/x.schema.json',
      'examples/a/b.yml',
      'workflows/dependabot.yml',
    ])
    expect(readAddress(folder)).toEqual(NEW)
    expect(strangers(folder, names)).toEqual([])
    expect(readFileSync(at('.github/zizmor.yml'), 'utf8')).toBe(`'${NEW.repository}/*': ref-pin\n`)
    expect(readFileSync(at('dist/snapshot/index.js'), 'utf8')).toContain(OLD.repository)
    expect(readFileSync(at('node_modules/x/y.md'), 'utf8')).toContain(OLD.repository)
  })

  it('takes what was written at another address home', () => {
    write('examples/a/b.yml', `uses: ${OTHER}/actions/smoke-check@v2\n`)
    expect(rewrite(folder, names)).toEqual(['examples/a/b.yml'])
    expect(readFileSync(at('examples/a/b.yml'), 'utf8')).toBe(`uses: ${OLD.repository}/actions/smoke-check@v3\n`)
    expect(rewrite(folder, names)).toEqual([])
  })
})
