/** Opens stores as the action does. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ObjectStore } from '../../../actions/snapshot/store/object-store.ts'
import type { Objects } from '../../../actions/snapshot/store/objects.ts'
import { type OpenOptions, openObjects } from '../../../actions/snapshot/store/open-objects.ts'
import { parseStore } from '../../../actions/snapshot/store/spec.ts'
import type { Store } from '../../../actions/snapshot/store/store.ts'

export async function openAt(text: string, options: Partial<OpenOptions> = {}): Promise<Objects> {
  const spec = parseStore(text)
  if (spec.kind === 'artifact' || spec.kind === 'release') throw new Error(`${text} keeps no objects.`)
  return openObjects(spec, {
    series: 'production',
    env: {},
    workspace: tmpdir(),
    endpoint: undefined,
    signal: new AbortController().signal,
    log: silent,
    mask: () => {},
    ...options,
  })
}

export async function openStore(text: string, series: string, options: Partial<OpenOptions> = {}): Promise<Store> {
  return new ObjectStore(await openAt(text, { ...options, series }), series)
}

export function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'slipway-store-'))
}

const silent: OpenOptions['log'] = {
  debug: () => {},
  info: () => {},
  warning: () => {},
  group: (_, work) => work(),
}
