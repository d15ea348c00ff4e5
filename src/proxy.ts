import * as http from 'node:http'
import { ActionError, messageOf } from './errors.ts'

const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']

/**
 * Sends every request of this process through the proxy that the environment names, except to the hosts in NO_PROXY.
 * Node can do that by itself from 24.14 on; without a proxy an older one will do.
 *
 * @throws ActionError when there is a proxy and this Node cannot use it, or its address is none
 */
export function useProxy(env: Readonly<Record<string, string | undefined>>): void {
  const name = VARIABLES.find((variable) => env[variable])
  if (name === undefined) return
  // Typed as present, and missing from the Node of older runners.
  const { setGlobalProxyFromEnv }: { readonly setGlobalProxyFromEnv?: typeof http.setGlobalProxyFromEnv } = http
  if (setGlobalProxyFromEnv === undefined) {
    throw new ActionError(`${name} is set, but this runner's Node ${process.version} cannot use a proxy.`, {
      hint: 'Update the runner: from Node 24.14 on it can. Or unset the variable, if the runner reaches the network without it.',
    })
  }
  try {
    setGlobalProxyFromEnv(env)
  } catch (error) {
    throw new ActionError(`${name} names no proxy that can be used: ${messageOf(error)}.`, {
      hint: 'Write its address in full, as in http://proxy.example.com:8080.',
      cause: error,
    })
  }
}
