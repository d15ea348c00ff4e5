/** What a container registry asks for and refuses, in words. */
import * as v from 'valibot'
import { Unreadable } from './unreadable.ts'

/** A longer wait costs more of a job's minutes than running it again. */
const LONGEST_WAIT_SECONDS = 60

/** The error body of the OCI distribution specification. */
const Errors = v.object({ errors: v.array(v.object({ code: v.string(), message: v.optional(v.string()) })) })

/**
 * Where the registry's token comes from.
 * @param challenge the header `www-authenticate`
 * @throws Unreadable where GitHub's token would go to another server than the registry's own
 */
export function tokenUrl(challenge: string, asked: { readonly address: string; readonly repository: string }): string {
  const parameters = new Map(
    [...challenge.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  )
  const realm = URL.parse(parameters.get('realm') ?? '')
  if (!/^bearer\s/i.test(challenge) || realm === null) {
    throw new Unreadable('the registry wants a login of a kind that is not known', {
      hint: 'Check CONTAINER_REGISTRY_URL: GHCR asks for a bearer token.',
    })
  }
  if (realm.origin !== asked.address) {
    throw new Unreadable(`the registry sends the login to another server, ${realm.origin}`, {
      hint: 'The token goes to the registry alone. Check CONTAINER_REGISTRY_URL, and that nothing stands between.',
    })
  }
  const service = parameters.get('service')
  if (service !== undefined) realm.searchParams.set('service', service)
  realm.searchParams.set('scope', `repository:${asked.repository}:pull`)
  return realm.href
}

/** @param repository as `owner/app` */
export function explainStatus(status: number, headers: Headers, body: string, repository: string): Unreadable {
  const said = saidBy(body)
  const message = `the registry answers ${status}${said === '' ? '' : `, "${said}"`}`
  if (status === 429 || status >= 500) return passing(message, headers)
  return new Unreadable(message, { hint: hintFor(status, repository) })
}

function passing(message: string, headers: Headers): Unreadable {
  const text = headers.get('retry-after') ?? ''
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : undefined
  if (seconds === undefined || seconds <= LONGEST_WAIT_SECONDS) {
    return new Unreadable(message, { passes: true, retryAfter: seconds === undefined ? undefined : seconds * 1000 })
  }
  return new Unreadable(`${message}, and asks to wait ${seconds} s`, { hint: `Run the job again in ${seconds} s.` })
}

function hintFor(status: number, repository: string): string {
  if (status === 401 || status === 403) {
    return (
      'Add "packages: write" to the job\'s permissions. If it is there, open the settings of the package, "Manage Actions ' +
      'access", and add this repository with the role Admin.'
    )
  }
  if (status === 404) {
    return (
      `Either something deletes versions of ${repository} at the same time, and running the job again helps, or GitHub lists a ` +
      'version that its registry no longer has: delete that version by hand, in the list of versions of the package.'
    )
  }
  if (status >= 300 && status < 400)
    return 'Let the runner reach the registry without a proxy or login page that sends it away.'
  return 'Check CONTAINER_REGISTRY_URL, and that nothing stands between the runner and the registry.'
}

function saidBy(body: string): string {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Errors), body)
  const [first] = parsed.success ? parsed.output.errors : []
  return first === undefined
    ? ''
    : [first.code, first.message].filter(Boolean).join(': ').replace(/\s+/g, ' ').slice(0, 300)
}
