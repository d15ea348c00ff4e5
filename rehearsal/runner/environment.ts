/** What of the caller's environment a job sees: an allowlist, so that no secret and no setting of the caller leaks in. */
import { delimiter, sep } from 'node:path'

const person = ['HOME', 'USER', 'LOGNAME', 'LANG', 'TZ', 'TMPDIR', 'SHELL']
const network = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']
const certificates = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

/** So that a registry mirror or a fresh cache of the caller serves the rehearsed `npm ci` too; npm takes either case. */
const npm = ['npm_config_cache', 'npm_config_registry', 'npm_config_userconfig', 'npm_config_cafile']

const allowed = new Set([...person, ...network, ...certificates, ...npm, ...npm.map((name) => name.toUpperCase())])

export function baseEnvironment(caller: NodeJS.ProcessEnv): Record<string, string> {
  const base: Record<string, string> = {}
  for (const [name, value] of Object.entries(caller)) {
    if (value !== undefined && (allowed.has(name) || name.startsWith('LC_'))) base[name] = value
  }
  base['PATH'] = cleanPath(caller['PATH'] ?? '')
  return { ...base, ...directLoopback(base) }
}

/** Passwords in the addresses of proxies and registries: jobs need them, and no log shows them. */
export function passwordsIn(base: Readonly<Record<string, string>>): readonly string[] {
  const urls = Object.values(base).flatMap((value) => URL.parse(value) ?? [])
  return urls.flatMap(({ password }) => (password === '' ? [] : [password, decodeURIComponent(password)]))
}

/** A proxy of the caller serves the way out; the doubles on the loopback are never behind it. */
function directLoopback(base: Readonly<Record<string, string>>): Record<string, string> {
  if (!Object.keys(base).some((name) => /^https?_proxy$/i.test(name))) return {}
  const hosts = [base['NO_PROXY'] ?? base['no_proxy'] ?? [], '127.0.0.1', 'localhost'].flat().join(',')
  return { NO_PROXY: hosts, no_proxy: hosts }
}

/** Without what `npm run` puts in front: a step must find no program of this checkout. */
function cleanPath(path: string): string {
  const injected = [`node_modules${sep}.bin`, `node_modules${sep}node${sep}bin`, 'node-gyp-bin']
  return path
    .split(delimiter)
    .filter((folder) => folder !== '' && !injected.some((end) => folder.replace(/[\\/]$/, '').endsWith(end)))
    .join(delimiter)
}
