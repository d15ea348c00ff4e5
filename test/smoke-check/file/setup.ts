import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Check, CheckSet } from '../../../actions/smoke-check/check.ts'
import { type ReadOptions, readChecks } from '../../../actions/smoke-check/file/read.ts'
import { ActionError } from '../../../src/errors.ts'

export const env = {
  BACKEND_URL: 'https://api.example.com',
  FRONTEND_URL: 'https://app.example.com',
  API_TOKEN: 'token-of-the-api',
}

/** Reads a file of this text, called smoke-checks.yml; without a text there is none. */
export async function read(
  text: string | Uint8Array | undefined,
  options: Partial<ReadOptions> = {},
): Promise<CheckSet> {
  const workspace = await mkdtemp(join(tmpdir(), 'slipway-checks-'))
  try {
    if (text !== undefined) await writeFile(join(workspace, 'smoke-checks.yml'), text)
    return await readChecks({
      urls: [],
      checksPath: text === undefined ? undefined : 'smoke-checks.yml',
      workspace,
      env,
      expectVersion: undefined,
      ip: 'auto',
      timeout: 10_000,
      connectTimeout: 5000,
      ...options,
    })
  } finally {
    await rm(workspace, { recursive: true })
  }
}

/** What a person is told of it. */
export async function refusal(
  text: string | Uint8Array | undefined,
  options: Partial<ReadOptions> = {},
): Promise<string> {
  try {
    await read(text, options)
  } catch (error) {
    if (error instanceof ActionError) return error.text
    throw error
  }
  throw new Error('It was not refused.')
}

/** A file with one check, given as the lines of its keys. */
export function oneCheck(...lines: readonly string[]): string {
  return [
    'version: 1',
    'checks:',
    '  - name: api',
    '    url: https://api.example.com/',
    ...lines.map((line) => `    ${line}`),
  ].join('\n')
}

export async function readOne(...lines: readonly string[]): Promise<Check> {
  const [check] = (await read(oneCheck(...lines))).checks
  if (check === undefined) throw new Error('There is no check.')
  return check
}
