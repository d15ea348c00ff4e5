/** How a fault is written: the grammar of `--fault`. */
import { RehearsalError } from './errors.ts'
import { canKillSenders, type Kill } from './fault-kill.ts'

/** `site`: what visitors of the deployed sites meet; `host`: the container host, its hooks and its services. */
export type Side = 'github' | 'cloudflare' | 'site' | 'host'

/** An answer in the place of the double's own. */
export interface FaultAnswer {
  readonly kind: 'answer'
  /** `api`: as the API itself answers; `code`: a code of Cloudflare's API; `html`: a page of what stands before it. */
  readonly as: 'api' | 'code' | 'html'
  readonly status: number | undefined
  readonly code: number | undefined
  readonly message: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

export type What =
  | FaultAnswer
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'stall' | 'reset' | 'truncate' | 'stale' | 'lose-runner' }
  | ({ readonly kind: 'kill' } & Kill)

export interface RequestFault {
  readonly kind: 'request'
  /** As it was written. */
  readonly spec: string
  readonly side: Side
  /** Whether the double does what it was asked for before the fault sets in. */
  readonly applied: boolean
  readonly what: What
  /** How often it is applied; Infinity: for ever. */
  readonly times: number
  /** @param path below the API's base, without a query */
  matches(method: string, path: string): boolean
}

export interface StepFault {
  readonly kind: 'step'
  readonly spec: string
  /** The step's name or id. */
  readonly step: string
  /** What its program is sent; `lose-runner`: the machine is gone, and whatever runs of the job with it. */
  readonly blow: NodeJS.Signals | 'lose-runner'
  /** In a line of the step's output; without it the step is killed as soon as it runs. */
  readonly text: string | undefined
  readonly times: number
}

export type Fault = RequestFault | StepFault

export const faultGrammar = `A fault is one of these three; with *N it happens N times, without for ever.
  SIDE:METHOD PATH:WHAT[*N]    step:STEP:kill[=SIGNAL][@TEXT][*N]    step:STEP:lose-runner[@TEXT][*N]
  SIDE    github (its API, the runner's artifact service below /twirp, the storage of artifacts and assets below
          /storage, and the container registry below /v2), cloudflare (its API), site (what visitors of the deployed
          sites meet), or host (a container host: its deploy hooks below /deploy, and its services)
  METHOD  GET, POST, PATCH, PUT, DELETE, or * for any
  PATH    the end of the path (below the API's base), of whole segments: /deployments; * is one segment, ** any number
  WHAT    STATUS              an answer with this status, and what the service says with it: 503
          code=CODE[/STATUS]  an error of Cloudflare's API: code=8000000, code=10000/403
          html=STATUS         an error page of what stands before the API: html=502
            to each of these three may be added ;retry-after=SECONDS ;message=TEXT ;x-HEADER=VALUE
            they come instead of applying the request; with "applied-" before them after it: applied-html=502
          delay=DURATION      the request is applied and answered late: delay=2s, delay=300ms
          truncate            the request is applied, and the connection closed after half of the answer's body
          stale               of site: the addresses of the project and of its branches answer as they did before
                              the deployment; the first one's files then name another commit where they name theirs.
                              Of host: a service answers with the version before; a hook answers 200, and no new
                              version comes
          stall               the request is accepted and never answered
          reset               the connection is reset
          kill[=SIGNAL]       the process that sent the request is killed (SIGKILL; SIGTERM, SIGINT), never answered
          kill-step[=SIGNAL]  the same for the program of the step that this process belongs to
          lose-runner         the machine of the job is gone: all its processes are killed, and no post step runs
            these five happen before the request is applied; with "applied-" before their name, after it and before
            the answer: applied-reset
  STEP    the step's name or id; its post part is called "Post NAME"
  TEXT    it happens when a line of the step's output has this text; without it, when the step has started`

/** @throws RehearsalError that names the part which is not understood */
export function parseFault(spec: string): Fault {
  const times = /\*(\d+)$/.exec(spec)
  const count = times === null ? Number.POSITIVE_INFINITY : Number(times[1])
  if (count === 0) throw mistake(spec, `it would never happen: '*0'`, 'Write *1 or more, or leave it out for ever.')
  const body = times === null ? spec : spec.slice(0, times.index)
  return body.startsWith('step:') ? stepFault(spec, body, count) : requestFault(spec, body, count)
}

function stepFault(spec: string, body: string, times: number): StepFault {
  const parts = /^step:(.+?):(?:kill(?:=(\w+))?|(lose-runner))(?:@(.+))?$/.exec(body)
  if (parts === null) {
    const advice = 'Write it as step:STEP:kill[=SIGNAL][@TEXT] or step:STEP:lose-runner[@TEXT].'
    throw mistake(spec, 'not understood', advice)
  }
  const [, step = '', signal, lost, text] = parts
  return { kind: 'step', spec, step, blow: lost === 'lose-runner' ? lost : signalOf(spec, signal), text, times }
}

function requestFault(spec: string, body: string, times: number): RequestFault {
  const parts = /^([^:]*):(\S+) (\/[^:]*):(.+)$/.exec(body)
  if (parts === null) {
    throw mistake(
      spec,
      'not understood',
      `Write it as SIDE:METHOD PATH:WHAT, for example github:POST /deployments:503.`,
    )
  }
  const [, side = '', method = '', path = '', written = ''] = parts
  const applied = written.startsWith('applied-')
  const what = whatOf(spec, applied ? written.slice('applied-'.length) : written)
  if (applied && (what.kind === 'delay' || what.kind === 'truncate')) {
    throw mistake(spec, `'${written}'`, 'Before delay and truncate the request is applied in any case.')
  }
  if (side !== 'cloudflare' && what.kind === 'answer' && what.as === 'code') {
    throw mistake(spec, `'${written}'`, "Only Cloudflare's API has codes. Write the status.")
  }
  if (side !== 'site' && side !== 'host' && what.kind === 'stale') {
    throw mistake(spec, `'${written}'`, 'Only a site or a host can be stale: site:GET /version.json:stale.')
  }
  const pattern = pathPattern(path)
  return {
    kind: 'request',
    spec,
    side: sideOf(spec, side),
    applied: applied || what.kind === 'delay' || what.kind === 'truncate',
    what,
    times,
    matches: methodMatcher(spec, method, pattern),
  }
}

function sideOf(spec: string, side: string): Side {
  if (side === 'github' || side === 'cloudflare' || side === 'site' || side === 'host') return side
  throw mistake(spec, `there is no side '${side}'`, 'It is github, cloudflare, site, host or step.')
}

function methodMatcher(spec: string, method: string, pattern: RegExp): RequestFault['matches'] {
  if (!/^(GET|HEAD|POST|PUT|PATCH|DELETE|\*)$/.test(method)) {
    throw mistake(spec, `there is no method '${method}'`, 'It is GET, HEAD, POST, PUT, PATCH, DELETE or *.')
  }
  return (asked, path) => (method === '*' || method === asked) && pattern.test(path)
}

/** The pattern's first slash begins a segment, so that `/deployments` is no end of `/my-deployments`. */
function pathPattern(path: string): RegExp {
  const source = path.replace(/\*\*|\*|[^\w/]/g, (token) => {
    if (token === '**') return '.*'
    return token === '*' ? '[^/]+' : `\\${token}`
  })
  return new RegExp(`${source}$`)
}

function whatOf(spec: string, written: string): What {
  const [name = '', ...more] = written.split(';')
  const [, word = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(name) ?? []
  if (/^\d+$/.test(name) || word === 'code' || word === 'html') return answerWith(spec, name, word, value, more)
  if (more.length > 0) throw mistake(spec, `'${more[0]}'`, 'Only an answer can have more after a semicolon.')
  if (word === 'delay') return { kind: 'delay', ms: duration(spec, value) }
  if (word === 'kill' || word === 'kill-step') return killWith(spec, word, value)
  const plain = value === undefined ? plainWhats.find((kind) => kind === word) : undefined
  if (plain !== undefined) return { kind: plain }
  throw mistake(
    spec,
    `'${written}'`,
    `WHAT is a status, code=, html=, delay=, kill, kill-step, ${plainWhats.join(', ')}.`,
  )
}

const plainWhats = ['stall', 'reset', 'truncate', 'stale', 'lose-runner'] as const

function answerWith(
  spec: string,
  name: string,
  word: string,
  value: string | undefined,
  more: readonly string[],
): FaultAnswer {
  const [, code, codeStatus] = /^(\d+)(?:\/(\d+))?$/.exec(value ?? '') ?? []
  const as = word === 'code' || word === 'html' ? word : 'api'
  if (as === 'code' && code === undefined) throw mistake(spec, `'${name}'`, 'Write code=CODE or code=CODE/STATUS.')
  const status = { api: name, code: codeStatus, html: value ?? '' }[as]
  return {
    kind: 'answer',
    as,
    status: status === undefined ? undefined : errorStatus(spec, status),
    code: as === 'code' ? Number(code) : undefined,
    ...extras(spec, more),
  }
}

function errorStatus(spec: string, text: string): number {
  const status = Number(text)
  if (Number.isInteger(status) && status >= 400 && status < 600) return status
  throw mistake(spec, `'${text}' is no status of an error`, 'It is a number from 400 to 599.')
}

function extras(spec: string, more: readonly string[]): Pick<FaultAnswer, 'message' | 'headers'> {
  const pairs = more.map((item): readonly [string, string] => {
    const [, name = '', value = ''] = /^(message|retry-after|x-[\w-]+)=(.+)$/s.exec(item) ?? []
    if (name === '') throw mistake(spec, `';${item}'`, `Write ;retry-after=SECONDS, ;message=TEXT or ;x-HEADER=VALUE.`)
    return [name, value]
  })
  const { message, ...headers } = Object.fromEntries(pairs)
  return { message, headers }
}

function duration(spec: string, text: string | undefined): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text ?? '') ?? []
  if (number === undefined) throw mistake(spec, `'delay=${text ?? ''}'`, 'Write a number and ms, s or m: delay=2s.')
  return Number(number) * (unit === 'ms' ? 1 : unit === 's' ? 1000 : 60_000)
}

function killWith(spec: string, word: string, value: string | undefined): What {
  if (!canKillSenders) {
    throw mistake(spec, `only Linux tells who sent a request`, 'Use step:STEP:kill@TEXT on this machine.')
  }
  return { kind: 'kill', signal: signalOf(spec, value), step: word === 'kill-step' }
}

function signalOf(spec: string, name = 'SIGKILL'): NodeJS.Signals {
  if (name === 'SIGKILL' || name === 'SIGTERM' || name === 'SIGINT') return name
  throw mistake(spec, `'${name}' is no signal that is sent here`, 'It is SIGKILL, SIGTERM or SIGINT.')
}

function mistake(spec: string, what: string, advice: string): RehearsalError {
  return new RehearsalError(`--fault ${spec}: ${what}. ${advice}`)
}
