import type { Runner } from '../../src/action.ts'
import type { GitHubContext } from '../../src/context.ts'
import type { Sleep } from '../../src/retry.ts'
import type { PackageName } from './names.ts'
import type { Packages } from './packages.ts'
import type { Registry } from './registry.ts'

export interface Ports {
  readonly runner: Runner
  readonly context: GitHubContext
  readonly name: PackageName
  readonly packages: Packages
  readonly registry: Registry
  readonly sleep: Sleep
  /** ms since 1970 */
  readonly now: () => number
}
