import type { Answer } from './answers.ts'
import type { Requirement } from './permissions.ts'
import type { Call } from './state.ts'

/** One operation of the API: what it answers, and what a token needs for it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Hono's pattern. */
  readonly path: string
  /** Any token will do where it is absent. */
  readonly needs?: Requirement
  /** What will do as well. */
  readonly instead?: Requirement
  /** Whether it answers for the other known repositories too. Default: for the own one alone. */
  readonly others?: boolean
  readonly docs: string
  readonly answer: (call: Call) => Answer | Promise<Answer>
}
