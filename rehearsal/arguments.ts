/** The command line of a rehearsal. */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { RehearsalError } from './errors.ts'
import type { RehearseOptions } from './options.ts'
import { eventNames } from './runner/triggers.ts'

export interface Arguments {
  readonly options: RehearseOptions
  readonly json: string | undefined
  readonly keep: boolean
  readonly verbose: boolean
}

export const help = `Rehearses a workflow on this machine: the real file, the real actions and the real wrangler, against an
embedded GitHub and an embedded Cloudflare Pages. It needs no account, no token and no Docker.

  npm run rehearse -- [FILE] [options]

FILE is the workflow, by default workflows/deploy-pages.yml.

  --repository DIR       the folder that stands for the repository (default: examples/site)
  --event EVENT          push, pull_request or workflow_dispatch (default: the first that the workflow has)
  --branch BRANCH        the branch that is pushed or dispatched on (main), or a pull request's head (feature)
  --actor LOGIN          who caused it; dependabot[bot] gets no secrets, as on GitHub
  --fork OWNER           the pull request comes from a fork of OWNER: no secrets, a token that cannot write
  --input NAME=VALUE     an input of workflow_dispatch; repeatable, as are the next two
  --secret NAME=VALUE    a secret; those not given are made up and listed
  --var NAME=VALUE       a variable; likewise
  --cancel-after STEP    cancels the run when the step of that name or id has ended
  --json FILE            writes jobs, steps, outputs, summaries, logs, deployments and every request
  --keep                 keeps the doubles listening and the files in place until Ctrl-C
  --verbose              prints the steps' logs in full
  --help                 prints this

Ctrl-C cancels the run as GitHub would: post steps still run. A second one ends everything at once.
Exit code: 0 when the workflow succeeds, 1 when it fails or is cancelled, 130 after Ctrl-C, 2 when it cannot be
rehearsed as asked.
`

const checkout = resolve(import.meta.dirname, '..')

/** @returns undefined when help is asked for @throws RehearsalError for what is not understood */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  const { values, positionals } = parse(args)
  if (values.help === true) return undefined
  if (positionals.length > 1) throw new RehearsalError(`One workflow at a time: ${positionals.join(', ')}. See --help.`)
  const event = eventNames.find((name) => name === values.event)
  if (values.event !== undefined && event === undefined) {
    throw new RehearsalError(`--event ${values.event}: rehearsed are ${eventNames.join(', ')}.`)
  }
  const { branch, actor, fork, 'cancel-after': cancelAfter } = values
  if (fork !== undefined && event !== 'pull_request') {
    throw new RehearsalError('--fork is about a pull request. Add --event pull_request.')
  }
  return {
    options: {
      workflow: positionals[0] ?? join(checkout, 'workflows', 'deploy-pages.yml'),
      repository: values.repository ?? join(checkout, 'examples', 'site'),
      ...given({ event, branch, actor, fork, cancelAfter }),
      inputs: pairs('--input', values.input),
      secrets: pairs('--secret', values.secret),
      vars: pairs('--var', values.var),
    },
    json: values.json,
    keep: values.keep === true,
    verbose: values.verbose === true,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        repository: { type: 'string' },
        event: { type: 'string' },
        branch: { type: 'string' },
        actor: { type: 'string' },
        fork: { type: 'string' },
        input: { type: 'string', multiple: true },
        secret: { type: 'string', multiple: true },
        var: { type: 'string', multiple: true },
        'cancel-after': { type: 'string' },
        json: { type: 'string' },
        keep: { type: 'boolean' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new RehearsalError(`${error instanceof Error ? error.message : error} See --help.`)
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function given<T extends Readonly<Record<string, unknown>>>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}

function pairs(option: string, list: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    list.map((item) => {
      const at = item.indexOf('=')
      if (at <= 0) throw new RehearsalError(`${option} ${item}: write it as NAME=VALUE.`)
      return [item.slice(0, at), item.slice(at + 1)]
    }),
  )
}
