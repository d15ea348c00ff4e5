/** GitHub's REST API, as the stand-ins ask it with the job's token. No dependencies. */
import { Failure, variable } from './action.ts'

/** A refusal, with the words that Octokit has for it. */
export class Refusal extends Failure {
  readonly status: number
  /** Of the first of `errors`, where there is one. */
  readonly code: string

  constructor(status: number, body: ErrorBody) {
    const { message = 'no message', errors = [], documentation_url: docs } = body
    const details = errors.length === 0 ? '' : `: ${errors.map((error) => JSON.stringify(error)).join(', ')}`
    super(`${message}${details}${docs === undefined ? '' : ` - ${docs}`}`)
    this.status = status
    this.code = errors[0]?.code ?? ''
  }
}

interface ErrorBody {
  readonly message?: string
  readonly errors?: readonly { readonly code?: string }[]
  readonly documentation_url?: string
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
}

export interface Api {
  readonly repository: string
  /** @param path below the repository @throws Refusal */
  ask<T>(path: string, call?: Call): Promise<T>
  /** undefined where GitHub knows no such thing. @throws Refusal for anything else */
  find<T>(path: string): Promise<T | undefined>
  /** All pages of a list. @throws Refusal */
  list<T>(path: string): Promise<readonly T[]>
  /** GitHub's time at its last answer. */
  now(): Date
}

export function apiWith(token: string, apiUrl = variable('GITHUB_API_URL')): Api {
  const repository = variable('GITHUB_REPOSITORY')
  let date = new Date()
  const send = async (url: string, { method = 'GET', body }: Call = {}) => {
    const headers = { authorization: `token ${token}`, accept: 'application/vnd.github+json' }
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    date = new Date(response.headers.get('date') ?? date)
    const text = await response.text()
    const answer = text === '' ? undefined : JSON.parse(text)
    if (!response.ok) throw new Refusal(response.status, answer ?? {})
    return { answer, next: /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1] }
  }
  const at = (path: string) => `${apiUrl}/repos/${repository}${path}`
  return {
    repository,
    ask: async (path, call) => (await send(at(path), call)).answer,
    async find(path) {
      try {
        return (await send(at(path))).answer
      } catch (error) {
        if (error instanceof Refusal && error.status === 404) return undefined
        throw error
      }
    },
    async list(path) {
      const all = []
      for (let url: string | undefined = at(path); url !== undefined; ) {
        const page: Awaited<ReturnType<typeof send>> = await send(url)
        all.push(...page.answer)
        url = page.next
      }
      return all
    },
    now: () => date,
  }
}
