/** What the second opinion is asked about, where act itself is not at hand. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { root } from '../../scripts/actions.ts'
import { cases, edited } from './cases.ts'

test('each template that act has to agree on has a case', () => {
  const asked = new Set(cases.map(({ template = 'deploy-pages.yml' }) => template))
  expect([...asked]).toEqual(expect.arrayContaining(['deploy-pages.yml', 'rotate-secrets.yml', 'snapshot.yml']))
})

test.each(cases)('$name changes something that its template has', async ({ template = 'deploy-pages.yml', edit }) => {
  const text = await readFile(`${root}workflows/${template}`, 'utf8')
  expect(edited(text, edit) === text).toBe(edit === undefined)
})
