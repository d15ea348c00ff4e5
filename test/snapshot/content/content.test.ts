import { expect, it } from 'vitest'
import { combine } from '../../../actions/snapshot/content/content.ts'
import type { Entry } from '../../../actions/snapshot/content/entry.ts'
import { refusal } from './tree.ts'

function file(path: string, source: string): Entry {
  return { type: 'file', path, source, modifiedAt: 7, file: '/x', size: 1, mode: 0o644 }
}

function folder(path: string, mode = 0o755, source = 'path: x'): Entry {
  return { type: 'directory', path, source, modifiedAt: 7, mode }
}

const fromPath = (path: string) => file(path, 'path: x')
const fromCommand = (path: string) => file(path, 'command: pg_dump')

it('puts both in order, with the folders that commands need', () => {
  const entries = combine(
    [folder('db', 0o700), fromPath('db/a'), fromPath('z')],
    [fromCommand('db/sub/b'), fromCommand('a')],
  )
  expect(entries).toEqual([
    fromCommand('a'),
    folder('db', 0o700),
    fromPath('db/a'),
    folder('db/sub', 0o755, 'command: pg_dump'),
    fromCommand('db/sub/b'),
    fromPath('z'),
  ])
  expect(combine([fromPath('z')], [])).toEqual([fromPath('z')])
  expect(combine([], [fromCommand('a')])).toEqual([fromCommand('a')])
})

it('refuses two things in one place', async () => {
  expect(await refusal(() => combine([fromPath('db.sql')], [fromCommand('db.sql')]))).toMatchInlineSnapshot(`
    ""db.sql" is there twice.
    Give the file of "command: pg_dump" another name than "db.sql", or exclude what paths takes there."
  `)
  expect(await refusal(() => combine([fromPath('DB.sql')], [fromCommand('db.sql')]))).toMatch(/are the same on a file/)
  expect(await refusal(() => combine([fromPath('db')], [fromCommand('db/x')]))).toMatch(/"db" is a file, and "db\/x"/)
  expect(await refusal(() => combine([folder('DB')], [fromCommand('db/x')]))).toMatch(/are the same on a file/)
  expect(await refusal(() => combine([folder('db')], [fromCommand('db')]))).toMatch(/"db" is there twice/)
  const link: Entry = { type: 'link', path: 'db', target: 'x', source: 'path: x', modifiedAt: 7 }
  expect(await refusal(() => combine([link], [fromCommand('db/x')]))).toMatch(
    /"db" is a link, and "db\/x" needs a folder/,
  )
})

it('refuses to make a snapshot of nothing', async () => {
  expect(await refusal(() => combine([], []))).toMatchInlineSnapshot(`
    "There is nothing to take: neither paths nor commands names anything.
    Give paths what to take from the workspace, as "dist", or commands a program whose output to keep, as "database.sql: pg_dump app"."
  `)
})
