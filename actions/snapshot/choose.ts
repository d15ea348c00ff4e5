import { ActionError } from '../../src/errors.ts'
import type { VerifyInputs } from './inputs.ts'
import { isEncrypted } from './names.ts'
import type { Ports } from './ports.ts'
import { report } from './report.ts'
import { newestGood } from './retention/freshness.ts'
import { select, type Wanted } from './select.ts'
import type { Snapshot, Store } from './store/store.ts'

export interface Chosen {
  readonly snapshot: Snapshot
  /** The id of the newest other good one, with another archive, should this one be damaged. */
  readonly instead: string | undefined
}

/** The snapshot that the input `snapshot` means. */
export async function choose(
  { snapshot: wanted, series, identities }: Pick<VerifyInputs, 'snapshot' | 'series' | 'identities'>,
  store: Store,
  ports: Ports,
): Promise<Chosen> {
  const listing = await store.list()
  report(listing, ports)
  const commitOfTag = wanted.kind === 'tag' ? await resolveTag(wanted.tag, ports) : undefined
  const { snapshot, notes } = select(listing, wanted, {
    commitOfTag,
    now: ports.now(),
    where: `of the series ${series} in ${store.place}`,
  })
  requireEncryption(snapshot, wanted, identities)
  for (const note of notes) ports.runner.log.warning(note)
  const { name } = snapshot.manifest.archive
  const others = listing.snapshots.filter(({ manifest }) => manifest.archive.name !== name)
  return { snapshot, instead: newestGood({ ...listing, snapshots: others }, ports.now())?.manifest.id }
}

/**
 * Whoever can write to a store can put an archive there that is not encrypted, and date it as the newest. With an identity
 * at hand an encrypted one is expected.
 */
function requireEncryption({ manifest }: Snapshot, wanted: Wanted, identities: readonly string[]): void {
  if (wanted.kind === 'id' || identities.length === 0 || isEncrypted(manifest.archive.name)) return
  throw new ActionError(`The snapshot ${manifest.id} is not encrypted, and an identity was given.`, {
    hint: 'Somebody may have put it there. If you know it, give its id as the input snapshot, or leave identity out.',
  })
}

/** undefined when the repository has no such tag. */
async function resolveTag(tag: string, { github, context }: Ports): Promise<string | undefined> {
  const { owner, repo } = context
  try {
    const { data } = await github.rest.repos.getCommit({ owner, repo, ref: `refs/tags/${tag}` })
    return data.sha
  } catch (error) {
    const status = error instanceof Error && 'status' in error ? error.status : undefined
    if (status === 404 || status === 422) return undefined
    throw new ActionError(
      `Which commit the tag ${tag} is at could not be read from GitHub (${String(status ?? error)}).`,
      {
        hint:
          status === 403
            ? 'Give the job "contents: read", or name the snapshot by its id or its commit.'
            : 'Run the step again, or name the snapshot by its id or its commit.',
        cause: error,
      },
    )
  }
}
