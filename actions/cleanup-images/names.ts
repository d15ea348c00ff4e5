/** What is cleaned up, and where it stands: GHCR writes owners and packages in lower case. */
import { ActionError } from '../../src/errors.ts'

export interface PackageName {
  readonly owner: string
  /** May have slashes. */
  readonly package: string
}

interface Given {
  readonly owner: string | undefined
  readonly package: string | undefined
}

/** As `owner/app`, which is the repository's name in the registry, too. */
export function pathOf({ owner, package: name }: PackageName): string {
  return `${owner}/${name}`
}

/** @throws ActionError for what can be no name of a package */
export function nameOf(given: Given, context: { readonly owner: string; readonly repo: string }): PackageName {
  const owner = (given.owner ?? context.owner).toLowerCase()
  const name = (given.package ?? context.repo).toLowerCase()
  if (!/^[a-z0-9][a-z0-9_.-]*$/.test(owner)) throw noName('owner', owner)
  // A component of a repository's name, as the OCI distribution specification has it.
  if (!/^[a-z0-9]+(?:(?:\.|_|__|-+|\/)[a-z0-9]+)*$/.test(name)) throw noName('package', name)
  return { owner, package: name }
}

function noName(input: string, value: string): ActionError {
  return new ActionError(`Input ${input} is "${value}", which is no name in a container registry.`, {
    hint:
      input === 'package'
        ? 'Give it what stands behind the owner in the name of the image, without a tag: "app" of ghcr.io/owner/app:latest.'
        : 'Give it a user or an organization, as "octo-org".',
  })
}

/**
 * The registry that belongs to a server: ghcr.io to github.com, and `containers.` before the name of any other.
 * @param override CONTAINER_REGISTRY_URL, for what stands elsewhere
 */
export function registryUrl(serverUrl: string, override: string | undefined): string {
  if (override) return originOf('The environment variable CONTAINER_REGISTRY_URL', override)
  const server = new URL(serverUrl)
  return server.hostname === 'github.com' ? 'https://ghcr.io' : `${server.protocol}//containers.${server.host}`
}

function originOf(what: string, text: string): string {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '') return url.origin
  throw new ActionError(`${what} is not the address of a registry.`, {
    hint: 'Write it as https://containers.example.com.',
  })
}
