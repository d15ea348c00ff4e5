/** Answers as api.github.com gives them: bodies, error bodies and pages. */

export interface Answer {
  readonly status: number
  /** Sent as JSON; `undefined` sends nothing at all. */
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One entry of `errors` in a 422 or 409 body. */
export interface FieldError {
  readonly resource: string
  readonly field: string
  readonly code: string
  readonly message?: string
  readonly [more: string]: unknown
}

export const REST_DOCS = 'https://docs.github.com/rest'

export function ok(body: unknown): Answer {
  return { status: 200, body }
}

/** Done, and nothing to say. */
export function noContent(): Answer {
  return { status: 204, body: undefined }
}

/** The content is elsewhere, at an address that needs no token. */
export function found(location: string): Answer {
  return { status: 302, body: undefined, headers: { location } }
}

export function created(body: unknown, location: string): Answer {
  return { status: 201, body, headers: { location } }
}

/** GitHub's error body: message, the errors where there are any, the operation's page, and the status once more. */
export function failure(status: number, message: string, docs: string, errors?: readonly FieldError[]): Answer {
  return {
    status,
    body: { message, ...(errors && { errors }), documentation_url: docs, status: String(status) },
  }
}

export function notFound(docs: string): Answer {
  return failure(404, 'Not Found', docs)
}

export function badCredentials(): Answer {
  return failure(401, 'Bad credentials', REST_DOCS)
}

/** @param by what GitHub calls the token's kind */
export function notAccessible(docs: string, by: 'integration' | 'personal access token'): Answer {
  return failure(403, `Resource not accessible by ${by}`, docs)
}

export interface Page<T> {
  readonly items: readonly T[]
  /** GitHub sends `link` only when there is more than one page. */
  readonly headers: Readonly<Record<string, string>>
}

const DEFAULT_PER_PAGE = 30
const MAX_PER_PAGE = 100

/** Cuts a list as `per_page` (100 at most, unless the operation has another limit) and `page` ask, and links the others. */
export function paginate<T>(
  all: readonly T[],
  url: string,
  perPageDefault = DEFAULT_PER_PAGE,
  perPageMax = MAX_PER_PAGE,
): Page<T> {
  const query = new URL(url).searchParams
  const asked = positive(query.get('per_page'))
  const perPage = asked === undefined ? perPageDefault : Math.min(asked, perPageMax)
  const page = positive(query.get('page')) ?? 1
  const last = Math.max(1, Math.ceil(all.length / perPage))
  const link = pageLinks(url, page, last)
  return { items: all.slice((page - 1) * perPage, page * perPage), headers: link ? { link } : {} }
}

function pageLinks(url: string, page: number, last: number): string {
  const to = (target: number, rel: string) => {
    const linked = new URL(url)
    linked.searchParams.set('page', String(target))
    return `<${linked.href}>; rel="${rel}"`
  }
  const back = page > 1 ? [to(Math.min(page - 1, last), 'prev'), to(1, 'first')] : []
  const forth = page < last ? [to(page + 1, 'next'), to(last, 'last')] : []
  return [...back, ...forth].join(', ')
}

function positive(text: string | null): number | undefined {
  const value = Number(text)
  return Number.isInteger(value) && value > 0 ? value : undefined
}
