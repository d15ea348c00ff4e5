/** One record of requests and programs in their order, across both far sides. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Limits } from './recorder.ts'
import type { Scene } from './setup.ts'

export interface Journal {
  /** To be given to `rotate`. */
  readonly limits: Limits
  /** A command line, whose program notes its name and what it got on standard input. @param then more lines of the script */
  program(name: string, then?: string): string
  /** Writes, and what programs got: `PUT secrets/SESSION_KEY`, `verify: the value`. */
  written(): readonly string[]
  /** What this program got, each time. */
  given(name: string): readonly string[]
}

export function journalOf({ workspace }: Scene): Journal {
  const file = join(workspace, 'journal')
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [])
  return {
    limits: {
      meet(_, request) {
        appendFileSync(file, `${request}\n`)
        return undefined
      },
    },
    program(name, then = '') {
      const script = join(workspace, name)
      writeFileSync(script, `{ printf '${name}: '; cat; echo; } >> '${file}'\n${then}\n`)
      return `sh ${script}`
    },
    written: () =>
      lines()
        .filter((line) => line !== '' && !line.startsWith('GET '))
        .map(brief),
    given: (name) =>
      lines()
        .filter((line) => line.startsWith(`${name}: `))
        .map((line) => line.slice(name.length + 2)),
  }
}

/** Without what all requests have in common. */
export function brief(request: string): string {
  return request
    .replace(/\/client\/v4\/accounts\/[0-9a-f]+\//, '')
    .replace(/\/repos\/octo-org\/site\//, '')
    .replace(/\bactions\/secrets\b/, 'secrets')
}

/** Those of a run that were to change something. */
export function writesOf({ requests }: { readonly requests: readonly string[] }): readonly string[] {
  return requests.filter((request) => !request.startsWith('GET ')).map(brief)
}
