/** What stands between a run in this process and the far sides. */

export interface Limits {
  /** Ends the process, as far as anybody else can see, once this request, counted from 1, was carried out. */
  readonly crashAfter?: number
  /** The same right before it is. */
  readonly crashBefore?: number
  /** Called before each request, counted from 1; what it throws or answers is what the request meets. */
  readonly meet?: (number: number, request: string) => Promise<Response | undefined> | Response | undefined
  /** Called after it was carried out, with the answer; what it answers is what the run gets. */
  readonly answer?: (number: number, request: string, answer: Response) => Response
}

/** What a run that crashed has for an error. */
export const CRASHED = 'The process has ended.'

/** Requests are counted over both far sides. From a crash on none gets out, and no program is started. */
export function gate(
  requests: string[],
  { crashAfter, crashBefore, meet, answer }: Limits,
  crash: AbortController,
): typeof globalThis.fetch {
  const end = () => {
    crash.abort(new Error(CRASHED))
    return crash.signal.reason
  }
  return async (input, init) => {
    crash.signal.throwIfAborted()
    const url = new URL(input instanceof Request ? input.url : input.toString())
    const request = `${init?.method ?? 'GET'} ${url.pathname}`
    requests.push(request)
    const number = requests.length
    if (number === crashBefore) throw end()
    const met = await meet?.(number, request)
    if (met !== undefined) return met
    const answered = await fetch(input, init)
    if (number === crashAfter) throw end()
    return answer?.(number, request, answered) ?? answered
  }
}
