/** How the alias of a branch is called. */
import type { Deployment } from './deployment.ts'

/** Characters of the longest alias. */
const LONGEST_ALIAS = 28

/**
 * Documented is that `fix/api` becomes `fix-api` (developers.cloudflare.com/pages/configuration/preview-deployments). The
 * rest is as reported by somebody of Cloudflare (community.cloudflare.com/t/477633): hyphens go at both ends, then what
 * is longer is cut, and a name of which nothing is left gets a random one.
 */
export function aliasOf({ id, deployment_trigger }: Deployment): string {
  const { branch } = deployment_trigger.metadata
  const alias = branch
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST_ALIAS)
  return alias === '' ? `branch-${id.replaceAll('-', '').slice(0, 10)}` : alias
}
