/** workflows/README.md names every template, and exactly the secrets and variables that each refers to. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { root } from '../../scripts/actions.ts'
import { templateNames } from '../../scripts/templates.ts'

const readme = readFileSync(`${root}workflows/README.md`, 'utf8')
const rows = [...readme.matchAll(/^\| \[`([\w-]+\.yml)`\]\(([^)]+)\) \|(.*)\|$/gm)].map(
  ([, name = '', link = '', rest = '']) => ({ name, link, cells: rest.split(' | ').map((cell) => cell.trim()) }),
)

it('has a row for each template, and for nothing else', () => {
  expect(rows.map(({ name }) => name)).toEqual(templateNames())
})

it('has a picture of all of them', () => {
  const [, picture = ''] = /```mermaid\n([\s\S]*?)```/.exec(readme) ?? []
  const words = readme.slice(readme.indexOf('The same in words'), readme.indexOf('## Copy and edit'))
  for (const name of [...templateNames(), 'dependabot.yml']) expect(picture).toContain(name)
  for (const name of templateNames()) expect(words).toContain(name)
})

it('links to what is there', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link)
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter((link) => !existsSync(`${root}workflows/${link}`))).toEqual([])
})

it('links to headings of its own that are there', () => {
  const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
  const links = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, link = '']) => link)
  expect(links.length).toBeGreaterThan(0)
  expect(links.filter((link) => !headings.includes(link))).toEqual([])
})

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}

it('takes the variables that a job without an environment reads for those of the repository', () => {
  const [, sentence = ''] = /\n(.+) have to be variables of the repository/.exec(readme) ?? []
  const named = [...sentence.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name)
  const read = templateNames().flatMap((name) => varsWithoutEnvironment(name))
  expect([...named].sort()).toEqual([...new Set(read)].sort())
})

function varsWithoutEnvironment(name: string): readonly string[] {
  const { jobs }: { readonly jobs: Readonly<Record<string, { environment?: unknown }>> } = parse(
    readFileSync(`${root}workflows/${name}`, 'utf8'),
  )
  const open = Object.values(jobs).filter(({ environment }) => environment === undefined)
  return [...JSON.stringify(open).matchAll(/\bvars\.([A-Z_]+)/g)].map(([, variable = '']) => variable)
}

it('lists the environments that templates name', () => {
  const section = readme.slice(readme.indexOf('## Environments'), readme.indexOf('## Branch protection'))
  const listed = [...section.matchAll(/^\| `([a-z]+)` \|.*\| (.+) \|$/gm)].flatMap(([, environment, templates = '']) =>
    templates.split(', ').map((template) => `${template.replaceAll('`', '')}: ${environment}`),
  )
  const named = templateNames().flatMap((name) =>
    [...new Set(environmentsOf(name))].map((environment) => `${name}: ${environment}`),
  )
  expect([...listed].sort()).toEqual([...named].sort())
})

describe.each(rows)('$name', ({ name, link, cells }) => {
  const [purpose = '', when = '', settings = '', , command = ''] = cells
  const text = readFileSync(`${root}workflows/${name}`, 'utf8')

  it('stands there with its purpose, its events and a command that rehearses it', () => {
    expect(link).toBe(name)
    expect(purpose.length).toBeGreaterThan(20)
    expect(when).not.toBe('')
    expect(command).toMatch(new RegExp(`^\`npm run rehearse -- workflows/${name}(?: --[a-z]+ [^\`]+)?\`$`))
    const [, repository = 'examples/site'] = / --repository (\S+)/.exec(command) ?? []
    expect(existsSync(`${root}${repository.replace('`', '')}`)).toBe(true)
  })

  it('stands there with the secrets and variables that it refers to', () => {
    const listed = [...settings.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, setting]) => setting)
    expect([...listed].sort()).toEqual(settingsOf(text))
    if (listed.length === 0) expect(settings).toBe('none')
  })
})

/** Of expressions, not of comments; the job's own token is none. */
function settingsOf(text: string): readonly string[] {
  const code = JSON.stringify(parse(text))
  const found = [...code.matchAll(/\b(?:secrets|vars)\.([A-Z][A-Z0-9_]*)\b/g)].map(([, name = '']) => name)
  return [...new Set(found)].filter((name) => name !== 'GITHUB_TOKEN').sort()
}

/** One that depends on the event may be any that a script of the template chooses. */
function environmentsOf(name: string): readonly string[] {
  const text = readFileSync(`${root}workflows/${name}`, 'utf8')
  const { jobs }: { readonly jobs: Readonly<Record<string, { environment?: { name?: string } }>> } = parse(text)
  const names = Object.values(jobs).flatMap(({ environment }) => environment?.name ?? [])
  return names.flatMap((one) =>
    one.includes('${{') ? [...text.matchAll(/\benvironment=([a-z]+)\b/g)].map(([, chosen = '']) => chosen) : [one],
  )
}
