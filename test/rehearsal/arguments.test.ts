/** The folder that stands for the repository where nobody names one, and the title of a pull request. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { help, parseArguments } from '../../rehearsal/arguments.ts'
import { checkout } from '../../rehearsal/folders.ts'
import { scenarios } from '../../rehearsal/permissions/scenarios.ts'
import { jobOf, printed, rehearseText } from '../support/rehearse.ts'

const repositoryOf = (...args: readonly string[]) => {
  const repository = parseArguments(args)?.options.repository ?? ''
  expect(existsSync(repository)).toBe(true)
  return relative(checkout, repository)
}

describe('the repository of a rehearsal', () => {
  const own = Object.entries(scenarios).map(
    ([name, [first]]) => [name, `examples/${first?.repository ?? 'site'}`] as const,
  )

  it.each(own)('of the pack’s %s is %s', (name, expected) => {
    expect(repositoryOf(join(checkout, 'workflows', name))).toBe(expected)
    expect(repositoryOf(relative(process.cwd(), join(checkout, 'workflows', name)))).toBe(expected)
  })

  it('is one for all scenarios of a template, and for some not the site', () => {
    for (const known of Object.values(scenarios)) {
      expect(new Set(known.map(({ repository = 'site' }) => repository)).size).toBe(1)
    }
    expect(own).toContainEqual(['ci.yml', 'examples/fullstack'])
    expect(own).toContainEqual(['deploy-pages.yml', 'examples/site'])
  })

  it('is the one that the commands of workflows/README.md name', async () => {
    const readme = await readFile(join(checkout, 'workflows/README.md'), 'utf8')
    const commands = [
      ...readme.matchAll(/`npm run rehearse -- workflows\/([\w-]+\.yml)(?: --repository ([^\s`]+))?[^`]*`/g),
    ]
    expect(commands.length).toBeGreaterThanOrEqual(own.length)
    for (const [, name = '', named] of commands) {
      expect([name, named ?? 'examples/site']).toEqual([name, repositoryOf(join(checkout, 'workflows', name))])
    }
  })

  it('of another file of such a name is the site, and always the one that is given', () => {
    expect(repositoryOf()).toBe('examples/site')
    expect(repositoryOf('/elsewhere/ci.yml')).toBe('examples/site')
    expect(repositoryOf(join(checkout, 'workflows/ci.yml'), '--repository', checkout)).toBe('')
  })

  it('stands in the help', () => {
    expect(help.replaceAll(/\s+/g, ' ')).toContain(
      "(default: examples/site, and examples/fullstack for the pack's own ci.yml, image.yml, release.yml and trivy.yml)",
    )
  })
})

describe('the title of a pull request', () => {
  const show = jobOf(
    `- { name: Show, env: { TITLE: '\${{ github.event.pull_request.title }}' }, run: 'echo "$TITLE"' }`,
  )
  const ofPull = show.replace('on: push', 'on: pull_request')

  it('is a Conventional Commit, or what is given', async () => {
    expect(printed(await rehearseText(ofPull, { branch: 'lights' }), 'Show')).toEqual(['feat: work on lights'])
    const { options } = parseArguments(['--title', 'Something else']) ?? {}
    expect(printed(await rehearseText(ofPull, { title: options?.title ?? '' }), 'Show')).toEqual(['Something else'])
  })

  it('belongs to a pull request', async () => {
    await expect(rehearseText(show, { title: 'x' })).rejects.toThrow('--title is about a pull request.')
  })
})
