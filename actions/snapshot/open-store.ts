import type { Runner } from '../../src/action.ts'
import type { GitHubContext } from '../../src/context.ts'
import type { GitHub } from '../../src/github.ts'
import type { Shared } from './inputs.ts'
import { openArtifactStore } from './store/artifact.ts'
import { ObjectStore } from './store/object-store.ts'
import { openObjects } from './store/open-objects.ts'
import { openReleaseStore } from './store/release.ts'
import type { Store } from './store/store.ts'

interface Around {
  readonly runner: Runner
  readonly context: GitHubContext
  readonly github: GitHub
  /** Absolute. */
  readonly workspace: string
}

/** The place that the input `store` names, for one series. */
export async function openStore(inputs: Shared, { runner, context, github, workspace }: Around): Promise<Store> {
  const { series, store, s3Endpoint: endpoint, trustedBranches, retentionDays, githubToken: token } = inputs
  const { env, signal, log, mask } = runner
  switch (store.kind) {
    case 'artifact':
      return openArtifactStore({ series, github, context, env, trustedBranches, retentionDays, signal, log })
    case 'release':
      return openReleaseStore({ series, github, context, token, signal, log })
    default: {
      const objects = await openObjects(store, { series, env, workspace, endpoint, signal, log, mask })
      return new ObjectStore(objects, series)
    }
  }
}
