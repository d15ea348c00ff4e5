/** What the README says of errors is what the action says. */
import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { root } from '../../scripts/actions.ts'

it('has each message that the README explains', async () => {
  const folder = `${root}actions/rotate-secret/`
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
  const texts = await Promise.all(names.map((name) => readFile(`${folder}${name}`, 'utf8')))
  const source = texts.join('\n').replaceAll("\\'", "'")
  const [, section = ''] = (await readFile(`${folder}README.md`, 'utf8')).split('## When it fails')
  const rows = section.split('\n').filter((line) => line.startsWith('| '))
  const messages = rows.slice(1).flatMap((row) => /^\| (?!---)(.*?) \|/.exec(row)?.[1] ?? [])
  // The rest of a message is what a run fills in.
  const parts = messages.flatMap((message) => message.replace(' (a warning)', '').split(/[….,():;]+/))
  const missing = parts.map((part) => part.trim()).filter((part) => part !== '' && !source.includes(part))
  expect(messages.length).toBeGreaterThan(12)
  expect(missing).toEqual([])
})
