/** Names and sizes of secrets and variables: https://docs.github.com/actions/reference/security/secrets */
import { type Answer, failure } from '../answers.ts'

/** Bytes of a value. */
const LARGEST = 48 * 1024

/** The same for both, and `things` is what the complaint calls them. */
export function refuseName(name: string, docs: string, things: 'Secret' | 'Variable' = 'Secret'): Answer | undefined {
  if (!/^[A-Z_][A-Z0-9_]*$/i.test(name)) {
    const characters = 'alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_)'
    const start = 'Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).'
    return failure(422, `${things} names can only contain ${characters}. ${start}`, docs)
  }
  return /^GITHUB_/i.test(name) ? failure(422, `${things} names must not start with GITHUB_.`, docs) : undefined
}

/** The settings page says so of a value of more than 48 KB; the API's own words are published nowhere. */
export function refuseSize(value: string, docs: string): Answer | undefined {
  return Buffer.byteLength(value) > LARGEST ? failure(422, 'Value is too large.', docs) : undefined
}
