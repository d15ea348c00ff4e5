import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import schema from '../../../actions/smoke-check/checks.schema.json' with { type: 'json' }
import { readChecks } from '../../../actions/smoke-check/file/read.ts'

const folder = fileURLToPath(new URL('../../../examples/checks/', import.meta.url))
const names = readdirSync(folder)

it('there is one for each kind of project', () => {
  expect(names.sort()).toEqual([
    'construction-api.yml',
    'container-api.yml',
    'django-react.yml',
    'nextjs-pages.yml',
    'saas-api.yml',
  ])
})

describe.each(names)('%s', (name) => {
  const text = readFileSync(folder + name, 'utf8')
  const variables = new Set(
    [...text.replace(/^\s*#.*$/gm, '').matchAll(/\$\{([A-Z_]+)\}/g)].map(([, variable = '']) => variable),
  )

  it('names the schema for editors, and every variable in its head', () => {
    expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${schema.$id}`)
    const head = text.slice(0, text.indexOf('\nversion:'))
    for (const variable of variables) expect(head).toContain(variable)
  })

  it('can be read with those variables, says how the version is served, and hides what is secret', async () => {
    const env = Object.fromEntries(
      [...variables].map((variable) => [
        variable,
        /_(URL|ORIGIN)$/.test(variable) ? 'https://x.example' : `secret-${variable}`,
      ]),
    )
    const options = { urls: [], checksPath: name, workspace: folder, env, expectVersion: 'abc' }
    const set = await readChecks({ ...options, ip: 'auto', timeout: 10_000, connectTimeout: 5000 })
    expect(set.checks.filter(({ version }) => version !== undefined)).toHaveLength(1)
    const secrets = [...variables].filter((variable) => !/_(URL|ORIGIN)$/.test(variable))
    expect(set.secrets).toEqual(expect.arrayContaining(secrets.map((variable) => `secret-${variable}`)))
    expect(set.secrets).not.toContain('https://x.example')
  })
})
