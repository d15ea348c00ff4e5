/** Gives the steps that ask about vulnerabilities an address to ask at, and only those. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { advisoriesFile, type KnownAdvisories, readAdvisories } from './known.ts'
import { startAdvisories } from './server.ts'

/** What a script that asks is told, and a line about it for its log. */
export interface Asked {
  readonly env: Readonly<Record<string, string>>
  readonly note: string | undefined
}

export interface Advisories extends AsyncDisposable {
  /** @param env of the step */
  of(script: string, env: Readonly<Record<string, string>>): Promise<Asked>
}

/**
 * Listens when the first step asks.
 * @param repository the folder that stands for it
 * @throws RehearsalError when the repository's own file of advisories cannot be read
 */
export function openAdvisories(repository: string): Advisories {
  const known = readAdvisories(repository)
  const count = Object.values(known.npm).flat().length + known.pypi.length
  const stack = new AsyncDisposableStack()
  let opened: Promise<Opened> | undefined
  return {
    async of(script, env) {
      const [npm, python] = [/\bnpm audit\b/.test(script), /\bpip[-_]audit\b/.test(script)]
      if (!npm && !python) return { env: {}, note: undefined }
      opened ??= open(known, env, stack)
      const { origin, cache } = await opened
      const note = `The rehearsal answers what is known of vulnerabilities: ${count === 0 ? `nothing. ${advisoriesFile} may say more` : `what stands in ${advisoriesFile}`}.`
      return {
        env: {
          ...(npm && npmSettings({ registry: `${origin}/npm/`, cache })),
          ...(python && { PIP_AUDIT_OSV_URL: `${origin}/osv/v1/query` }),
        },
        note,
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

interface Opened {
  readonly origin: string
  /** npm keeps what an advisory means for a package by the advisory's id, and would believe it in the next real audit. */
  readonly cache: string
}

async function open(known: KnownAdvisories, env: Asked['env'], stack: AsyncDisposableStack): Promise<Opened> {
  const cache = await mkdtemp(join(tmpdir(), 'slipway-npm-'))
  stack.defer(() => rm(cache, { recursive: true, force: true, maxRetries: 3 }))
  const { origin } = stack.use(await startAdvisories(known, () => registryOf(env)))
  return { origin, cache }
}

/** npm takes either case, and the machine may have set either. */
function npmSettings(settings: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.entries(settings).map(([name, value]) => [`npm_config_${name}`, value] as const)
  return Object.fromEntries(
    names.flatMap(([name, value]) => [
      [name, value],
      [name.toUpperCase(), value],
    ]),
  )
}

/** The one that npm would ask in that step if nobody had changed it. */
async function registryOf(env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry'], { env, cwd: tmpdir() })
  return stdout.trim()
}
