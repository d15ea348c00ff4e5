/** What a run says that was refused while it looked. */
import { expect } from 'vitest'
import { writesOf } from './journal.ts'
import { type Ended, NAME } from './setup.ts'

const BEGINNING = `${NAME} was not rotated, and nothing was written. `

/** The error without the beginning that all of them share, after it was seen that nothing of the secret was written. */
export function refusalOf(ended: Ended): string {
  const { error = 'It was not refused.' } = ended
  expect(writesOf(ended).filter((write) => !write.includes(' git/'))).toEqual([]) // what a trail would be written with
  expect(error.slice(0, BEGINNING.length)).toBe(BEGINNING)
  return error.slice(BEGINNING.length)
}

const TIME = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g

/** The error without its dates, after it was seen that nothing was written, and that the summary says so. */
export function refusal(ended: Ended): string {
  const text = refusalOf(ended)
  expect(ended.outputs['result']).toBeUndefined()
  expect(ended.summary).toMatch(
    /^### Secret `SESSION_KEY`: \*\*refused\*\*\n\n> SESSION\\_KEY was not rotated, and nothing was written\. /,
  )
  return text.replaceAll(TIME, 'TIME')
}
