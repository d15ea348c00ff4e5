/** The folder that stands for the repository where nobody names one, and the title of a pull request. */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { help, parseArguments } from '../../rehearsal/arguments.ts'
import { checkout } from '../../rehearsal/folders.ts'
import { jobOf, printed, rehearseText } from '../support/rehearse.ts'

const repositoryOf = (...args: readonly string[]) => {
  const repository = parseArguments(args)?.options.repository ?? ''
  expect(existsSync(repository)).toBe(true)
  return relative(checkout, repository)
}

describe('the repository of a rehearsal', () => {
  it.each([
    ['ci.yml', 'examples/fullstack'],
    ['trivy.yml', 'examples/fullstack'],
    ['image.yml', 'examples/fullstack'],
    ['release.yml', 'examples/fullstack'],
    ['deploy-pages.yml', 'examples/site'],
    ['snapshot.yml', 'examples/site'],
  ])('of the pack’s %s is %s', (name, expected) => {
    expect(repositoryOf(join(checkout, 'workflows', name))).toBe(expected)
    expect(repositoryOf(relative(process.cwd(), join(checkout, 'workflows', name)))).toBe(expected)
  })

  it('of another file of such a name is the site, and always the one that is given', () => {
    expect(repositoryOf()).toBe('examples/site')
    expect(repositoryOf('/elsewhere/ci.yml')).toBe('examples/site')
    expect(repositoryOf(join(checkout, 'workflows/ci.yml'), '--repository', checkout)).toBe('')
  })

  it('stands in the help', () => {
    expect(help.replaceAll(/\s+/g, ' ')).toContain(
      "(default: examples/site, and examples/fullstack for the pack's own ci.yml, trivy.yml, image.yml and release.yml)",
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
