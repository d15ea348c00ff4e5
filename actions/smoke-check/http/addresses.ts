/** Which addresses a host has, which of them may be used, and which are public. */
import { lookup as dnsLookup } from 'node:dns'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { IpChoice } from '../exchange.ts'
import { list } from '../judge/show.ts'
import { codeOf, Failure } from './failure.ts'

/** All addresses of a host in the resolver's order; rejects with an error of node:dns. */
export type Lookup = (host: string, family: 0 | 4 | 6) => Promise<readonly string[]>

/** Threads for the resolver. It may use half of libuv's, four if nothing is said, and two names that hang would hold it. */
const THREADS = 64

/**
 * The system's resolver, so that /etc/hosts and split DNS count as for every other program. It cannot be called off, and
 * few threads serve the whole process: requests that ask for the same at the same time share one answer.
 */
export function systemLookup(): Lookup {
  process.env['UV_THREADPOOL_SIZE'] ??= String(THREADS) // read when a thread is first needed, and never again
  const asking = new Map<string, Promise<readonly string[]>>()
  return (host, family) => {
    const key = `${family} ${host}`
    const known = asking.get(key)
    if (known !== undefined) return known
    const answer = ask(host, family).finally(() => asking.delete(key))
    asking.set(key, answer)
    return answer
  }
}

/** Names that the system's resolver is being asked for, by whomever, those first that have taken longest. */
const underWay = new Set<{ readonly host: string }>()

/** Whether the system's resolver is being waited for, by whomever. */
export function isLookingUp(): boolean {
  return underWay.size > 0
}

/** What else holds the system's resolver up, as `, and neither had b.example`; empty when nothing does. */
export function besides(host: string): string {
  const others = [...new Set([...underWay].map((asked) => asked.host))].filter((other) => other !== host)
  if (others.length === 0) return ''
  const more = others.length > 3 ? [`${others.length - 3} more`] : []
  return `, and neither had ${list([...others.slice(0, 3), ...more], 'nor')}`
}

function ask(host: string, family: 0 | 4 | 6): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const asked = { host }
    underWay.add(asked)
    dnsLookup(host, { all: true, family, order: 'verbatim' }, (error, found) => {
      underWay.delete(asked)
      if (error) reject(error)
      else resolve([...new Set(found.map(({ address }) => address))])
    })
  })
}

/** undefined when the resolver has to be asked. */
export function knownAddress(host: string, resolve: ReadonlyMap<string, string>): string | undefined {
  return resolve.get(host) ?? (isIP(host) > 0 ? host : undefined)
}

/** @throws Failure when an address that was given is none, or is of the wrong family */
export function checkFamily(host: string, address: string, ip: IpChoice): void {
  const family = isIP(address)
  const subject = host === address ? address : `${address}, to which resolve sends ${host},`
  if (family === 0) {
    throw new Failure('address', `${subject} is not an IP address.`, 'Give an IPv4 or IPv6 address under resolve.')
  }
  if (ip !== 'auto' && family !== Number(ip)) {
    const hint = `Set ip to ${family} or auto, or give an IPv${ip} address.`
    throw new Failure('address', `${subject} is an IPv${family} address, and ip: ${ip} wants IPv${ip}.`, hint)
  }
}

/** In words, why a host has no address. */
export function explainLookup(host: string, ip: IpChoice, error: unknown): Failure {
  const code = codeOf(error)
  if (code === 'EAI_AGAIN' || code === 'ETIMEOUT' || code === 'ESERVFAIL') {
    const hint = "Look at this machine's resolver and at the domain's name servers."
    return new Failure('dns', `No name server answered for ${host} (${code}).`, hint)
  }
  if (code !== 'ENOTFOUND' && code !== 'ENODATA') {
    return new Failure(
      'dns',
      `The name ${host} could not be looked up (${code || String(error)}).`,
      'Look at how the name is written.',
    )
  }
  if (ip === 'auto') {
    const hint = 'Look at how it is written and at the records of its zone; a new record can take its time to be seen.'
    return new Failure('dns', `The name ${host} does not exist in DNS (${code}).`, hint)
  }
  const record = ip === '6' ? 'AAAA' : 'A'
  const hint = `Add an ${record} record, or do not ask for ip: ${ip}.`
  return new Failure('dns', `The name ${host} has no IPv${ip} address (no ${record} record, ${code}).`, hint)
}

/** Alternating between the families, beginning with the resolver's first choice, as RFC 8305 section 4 has it. */
export function interleave(addresses: readonly string[]): readonly string[] {
  const [first] = addresses
  if (first === undefined) return []
  const same = addresses.filter((address) => isIP(address) === isIP(first))
  const other = addresses.filter((address) => isIP(address) !== isIP(first))
  const longer = Math.max(same.length, other.length)
  return Array.from({ length: longer }, (_, index) => [same[index], other[index]])
    .flat()
    .filter((address) => address !== undefined)
}

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96')

/** Azure's wire server, which every machine there reaches and no other: hosted runners of GitHub are such machines. */
const WIRE_SERVER = '168.63.129.16'

/** Whether it can be reached from everywhere; an address that holds an IPv4 address is as public as that one. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast' && parsed.toString() !== WIRE_SERVER
  if (parsed.isIPv4MappedAddress()) return isPublic(parsed.toIPv4Address().toString())
  const bytes = parsed.toByteArray()
  if (parsed.match(NAT64)) return isPublic(bytes.slice(12).join('.'))
  if (parsed.range() === '6to4') return isPublic(bytes.slice(2, 6).join('.'))
  return parsed.range() === 'unicast' && parsed.match(GLOBAL_UNICAST)
}

/**
 * Refuses a redirect that leaves the public network, whoever controls the name: one private address among several is
 * enough, for which of them is connected to is up to the network.
 *
 * @throws Failure
 */
export function refusePrivate(host: string, addresses: readonly string[]): void {
  const address = addresses.find((candidate) => !isPublic(candidate))
  if (address === undefined) return
  const shown = address === host ? host : `${host} (${address})`
  throw new Failure(
    'address',
    `A public server redirects to ${shown}, which is not a public address; it was not connected to.`,
    'Mend the redirect. If the private address is meant, give it as the url of a check.',
  )
}
