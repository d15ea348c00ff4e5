/**
 * What a job's Docker keeps: who it is logged in as, the images it has loaded, and its program. Real runners have it in the
 * home folder and in the daemon; here it is in the job's own temporary folder, so that no rehearsal touches either.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { variable } from '../action.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

export function dockerFolder(...path: readonly string[]): string {
  const folder = join(variable('RUNNER_TEMP'), '_docker')
  mkdirSync(folder, { recursive: true })
  return join(folder, ...path)
}

export function credentialsOf(registry: string): Credentials | undefined {
  const auth = readAuths()[registry]?.auth
  if (auth === undefined) return undefined
  const [username = '', ...password] = Buffer.from(auth, 'base64').toString().split(':')
  return { username, password: password.join(':') }
}

export function keepCredentials(registry: string, { username, password }: Credentials): void {
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  writeAuths({ ...readAuths(), [registry]: { auth } })
}

export function forgetCredentials(registry: string): void {
  const { [registry]: _, ...others } = readAuths()
  writeAuths(others)
}

type Auths = Readonly<Record<string, { readonly auth: string }>>

function readAuths(): Auths {
  const file = dockerFolder('config.json')
  if (!existsSync(file)) return {}
  const { auths }: { auths: Auths } = JSON.parse(readFileSync(file, 'utf8'))
  return auths
}

function writeAuths(auths: Auths): void {
  writeFileSync(dockerFolder('config.json'), JSON.stringify({ auths }), { mode: 0o600 })
}
