/** Image names as Docker reads them: `ghcr.io/owner/name:tag@sha256:…`. */
import { Failure } from '../action.ts'

export interface Reference {
  /** `ghcr.io` */
  readonly registry: string
  /** `owner/name` */
  readonly name: string
  readonly tag?: string
  readonly digest?: string
}

export const REGISTRY = 'ghcr.io'

const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/

/** @throws Failure for what Docker refuses, and for every registry but the embedded one */
export function parseReference(text: string): Reference {
  const [rest = '', digest] = text.split('@')
  const [, path = '', tag] = /^(.*?)(?::([^:/]+))?$/.exec(rest) ?? []
  const [registry = '', ...names] = path.split('/')
  const name = names.join('/')
  if (name !== name.toLowerCase()) {
    throw new Failure(`invalid reference format: repository name (${name}) must be lowercase`)
  }
  if (tag !== undefined && !TAG.test(tag)) throw new Failure(`invalid tag "${text}": invalid reference format`)
  if (digest !== undefined && !DIGEST.test(digest)) throw new Failure(`invalid reference format: ${text}`)
  if (registry !== REGISTRY) {
    throw new Failure(
      `The rehearsal has one registry, ${REGISTRY}, and '${text}' names another. Use ${REGISTRY}/OWNER/NAME.`,
    )
  }
  if (!PATH.test(name)) throw new Failure(`invalid reference format: ${text}`)
  return { registry, name, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
}

/** As Docker prints it. */
export function nameOf({ registry, name, tag, digest }: Reference): string {
  return `${registry}/${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}
