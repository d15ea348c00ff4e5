/** workflows/dependabot.yml, which people copy: every entry waits, is grouped or small, and has a title that ci.yml takes. */
import { existsSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { root } from '../../scripts/actions.ts'

const text = readFileSync(`${root}workflows/dependabot.yml`, 'utf8')
const days = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(90))

/** As far as it goes what the published schema of dependabot.yml says, and stricter where the pack is. */
const Update = v.pipe(
  v.strictObject({
    'package-ecosystem': v.picklist(['github-actions', 'npm', 'pip', 'docker', 'terraform']),
    directory: v.optional(v.pipe(v.string(), v.startsWith('/'))),
    directories: v.optional(v.pipe(v.array(v.pipe(v.string(), v.startsWith('/'))), v.minLength(1))),
    schedule: v.strictObject({ interval: v.literal('weekly') }),
    cooldown: v.strictObject({ 'default-days': v.pipe(days, v.minValue(7)), 'semver-major-days': v.optional(days) }),
    'commit-message': v.strictObject({ prefix: v.string(), include: v.literal('scope') }),
    groups: v.optional(
      v.record(
        v.string(),
        v.strictObject({
          patterns: v.array(v.string()),
          'update-types': v.optional(v.array(v.picklist(['major', 'minor', 'patch']))),
        }),
      ),
    ),
  }),
  v.check(({ directory, directories }) => (directory === undefined) !== (directories === undefined), 'one of the two'),
)
const { updates } = v.parse(v.strictObject({ version: v.literal(2), updates: v.array(Update) }), parse(text))

it('has an entry for each kind of file that templates and examples have', () => {
  expect(updates.map((update) => update['package-ecosystem'])).toEqual([
    'github-actions',
    'npm',
    'pip',
    'docker',
    'terraform',
  ])
})

it('names folders of the example, each marked for editing', () => {
  const others = updates.filter((update) => update['package-ecosystem'] !== 'github-actions')
  const folders = others.flatMap(({ directory, directories }) => directories ?? [directory ?? ''])
  expect(folders.length).toBeGreaterThan(3)
  expect(folders.filter((folder) => !existsSync(`${root}examples/fullstack${folder}`))).toEqual([])
  expect(text.match(/# EDIT/g)).toHaveLength(others.length)
})

it('sets apart by semantic version only what has such versions', () => {
  const apart = updates.filter(({ cooldown }) => cooldown['semver-major-days'] !== undefined)
  expect(apart.map((update) => update['package-ecosystem'])).toEqual(['npm', 'pip'])
})

it('gives its pull requests titles that ci.yml takes', () => {
  const [, types = ''] = /^ {2}TITLE_TYPES: (.+)$/m.exec(readFileSync(`${root}workflows/ci.yml`, 'utf8')) ?? []
  const prefixes = updates.map((update) => update['commit-message'].prefix)
  expect(prefixes.filter((prefix) => !types.split(' ').includes(prefix))).toEqual([])
})
