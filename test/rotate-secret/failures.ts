/** Ways in which a request fails for good, and what a run has to make of each. */
import { expect } from 'vitest'
import { expectDone, type Kind } from './crashes.ts'
import type { Limits } from './recorder.ts'
import type { Ended } from './setup.ts'
import { startWorld } from './world.ts'

interface Failing {
  /** Whether it is carried out all the same. */
  readonly isDone: boolean
  /** What the run gets; it may throw. */
  answer(): Response
}

const json = (status: number, body: unknown) => Response.json(body, { status })

export const FAILURES: Readonly<Record<string, Failing>> = {
  'is carried out and answered with 500': { isDone: true, answer: () => json(500, { message: 'Server Error' }) },
  'is answered with 500': { isDone: false, answer: () => json(500, { message: 'Server Error' }) },
  'never arrives': { isDone: false, answer: lost },
  'is carried out, and its answer is lost': { isDone: true, answer: lost },
  'is refused with 403': {
    isDone: false,
    answer: () => json(403, { message: 'Resource not accessible by personal access token' }),
  },
  'is refused with 422': { isDone: false, answer: () => json(422, { message: 'Validation Failed' }) },
  'is answered with a page that says nothing': {
    isDone: false,
    answer: () => new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } }),
  },
}

function lost(): never {
  throw Object.assign(new TypeError('fetch failed'), { cause: new Error('read ECONNRESET') })
}

/** The same request fails as often as it is repeated. */
export function failAt(number: number, { isDone, answer }: Failing): Limits {
  let failed: string | undefined
  let last = number - 1
  const fail = (now: number, request: string): Response | undefined => {
    if (now === number) failed = request
    if (request !== failed || now !== last + 1) return undefined
    last = now
    return answer()
  }
  return isDone ? { answer: (now, request, answered) => fail(now, request) ?? answered } : { meet: fail }
}

/** Lets one request fail, looks at what is said of it, and lets the next run finish the rotation. */
export async function expectFailure(kind: Kind, pace: number, number: number, how: string): Promise<void> {
  const failing = FAILURES[how]
  if (failing === undefined) throw new Error(`No way to fail is called "${how}".`)
  await using world = await startWorld({ ...kind.options, pace })
  const ended = await world.rotate({}, undefined, failAt(number, failing))
  const point = `request ${number} (${ended.requests[number - 1]}) ${how}`
  expectExplained(ended, number, point)
  await kind.goOn(world, point)
  await expectDone(world, `${point}, and once more`)
}

/** Only when the token ends may stay unknown: a warning is no reason to stop. */
function expectExplained({ error, outputs, requests }: Ended, number: number, point: string): void {
  if (requests[number - 1]?.endsWith('/tokens/verify')) {
    expect(error, point).toBeUndefined()
    expect(outputs['result'], point).toBe('rotated')
    return
  }
  expect(error, point).toMatch(/GitHub|Cloudflare|deploy-pages/)
  expect(error, point).toMatch(NAMED)
  // What to do is the last line, a whole sentence.
  expect(error?.split('\n').slice(1).at(-1), point).toMatch(/^[A-Z].*\.$/)
}

/** The place, the secret or the workflow that it was about. */
const NAMED = /SESSION_KEY|repository|environment:production|organization:|dependabot|site|worker:api|deploy-pages|run/
