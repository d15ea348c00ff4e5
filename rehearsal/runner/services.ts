/** The `services:` of a job: which of them this machine can stand in for. */
import { findPostgres } from '../services/postgres.ts'
import { type Scope, text, textMap } from './expressions.ts'
import { isMapping, isSequence, isString, type MappingToken, type TemplateToken } from './library.ts'
import { find, type Job } from './workflow.ts'

export interface Service {
  readonly id: string
  readonly image: string
  readonly env: Readonly<Record<string, string>>
  /** On this machine: `any` is one that is free, undefined none at all. */
  readonly port: number | 'any' | undefined
}

/** The port of the image. */
export const postgresPort = 5432

const image = /^(docker\.io\/)?(library\/)?postgres(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/
const keys = ['image', 'env', 'ports', 'options']
const variables = ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB']

/** Names what of the services is not rehearsed. */
export function refuseServices(
  services: TemplateToken | undefined,
  refuse: (token: TemplateToken, message: string) => void,
): void {
  if (services === undefined) return
  if (!isMapping(services)) refuse(services, `'services' as one expression is not rehearsed.`)
  for (const { key, value } of isMapping(services) ? services : []) {
    const of = isString(value) ? value : find(value, 'image')
    if (of === undefined || !isString(of) || !image.test(of.value)) {
      refuse(
        of ?? value,
        `The service '${key}' is not rehearsed: its image is '${of}', and rehearsed is only postgres.`,
      )
    } else if (isMapping(value)) refuseInService(`${key}`, value, refuse)
  }
}

function refuseInService(
  id: string,
  service: MappingToken,
  refuse: (token: TemplateToken, message: string) => void,
): void {
  for (const { key } of service) {
    if (!keys.includes(`${key}`)) refuse(key, `'${key}' of the service '${id}' is not rehearsed.`)
  }
  const env = service.find('env')
  if (env !== undefined && !isMapping(env)) refuse(env, `'env' as one expression is not rehearsed.`)
  for (const { key } of env !== undefined && isMapping(env) ? env : []) {
    if (!variables.includes(`${key}`)) {
      refuse(key, `'${key}' of the service '${id}' is not rehearsed; ${variables.join(', ')} are.`)
    }
  }
  const ports = service.find('ports')
  const listed = ports === undefined || !isSequence(ports) ? [] : [...ports]
  if ((ports !== undefined && !isSequence(ports)) || listed.length > 1 || listed.some((port) => !isPort(port))) {
    refuse(ports ?? service, `'ports' of the service '${id}' is not rehearsed: it is one port, 5432 or HOST:5432.`)
  }
}

function isPort(token: TemplateToken): boolean {
  return /^(\d{1,5}:)?5432(\/tcp)?$/.test(token.toString())
}

/** @throws RehearsalError that says what to install, before anything runs */
export function checkServices(jobs: readonly Job[]): void {
  if (jobs.some(({ services }) => services !== undefined)) findPostgres()
}

export function servicesOf({ services }: Job, scope: Scope): readonly Service[] {
  if (services === undefined) return []
  return [...services.assertMapping('services')].map(({ key, value }) => {
    if (isString(value)) return { id: `${key}`, image: value.value, env: {}, port: undefined }
    const [port] = [...(find(value, 'ports')?.assertSequence('ports') ?? [])]
    return {
      id: `${key}`,
      image: `${find(value, 'image')}`,
      env: textMap(find(value, 'env'), scope),
      port: port === undefined ? undefined : portOf(text(port, scope)),
    }
  })
}

function portOf(text: string): number | 'any' {
  const [, host] = /^(\d+):/.exec(text) ?? []
  return host === undefined ? 'any' : Number(host)
}
