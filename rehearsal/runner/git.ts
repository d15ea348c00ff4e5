/** Git, as the rehearsal uses it on its own copies. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf, RehearsalError } from '../errors.ts'

const exec = promisify(execFile)

/** Runs one command. @returns what it printed, trimmed @throws RehearsalError with what git says, or that there is none */
export type Git = (...args: readonly string[]) => Promise<string>

/**
 * Nothing of the caller's git configuration takes part, and the commits are nobody's.
 * @param date of commits, so that the same content gets the same SHA again; default: now
 * @param login of who makes them
 */
export function gitIn(cwd: string, date?: Date, login = 'rehearsal'): Git {
  const [name, email] = [login === 'rehearsal' ? 'Rehearsal' : login, `${login}@users.noreply.github.com`]
  const env = {
    ...gitEnvironment(),
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    ...(date && { GIT_AUTHOR_DATE: date.toISOString(), GIT_COMMITTER_DATE: date.toISOString() }),
  }
  return async (...args) => {
    try {
      return (await exec('git', [...args], { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
    } catch (error) {
      if (isMissing(error)) throw new RehearsalError('A rehearsal needs git, and there is none on PATH.')
      throw new RehearsalError(messageOf(error))
    }
  }
}

export function gitEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  return { ...env, GIT_DIR: undefined, GIT_WORK_TREE: undefined }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
