/** Opens the places that keep objects. The client of a cloud is loaded only by those who use it. */
import type { Log } from '../../../src/action.ts'
import { openDirectory } from './directory.ts'
import './object-parts.ts' // of both clouds: here, too, so that it is bundled once
import type { Objects } from './objects.ts'
import type { StoreSpec } from './spec.ts'

export type ObjectsSpec = Extract<StoreSpec, { kind: 'directory' | 's3' | 'azure' }>

export interface OpenOptions {
  readonly series: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly workspace: string
  /** The input `s3-endpoint`. */
  readonly endpoint: string | undefined
  readonly signal: AbortSignal
  readonly log: Log
  /** Registers a value that must never stand in the log. */
  readonly mask: (secret: string) => void
}

/** @throws ActionError when credentials are missing, or the folder cannot be used */
export async function openObjects(spec: ObjectsSpec, options: OpenOptions): Promise<Objects> {
  switch (spec.kind) {
    case 'directory':
      return openDirectory(spec.path, options)
    case 's3':
      return (await import('./s3.ts')).openS3(spec, options)
    case 'azure':
      return (await import('./azure.ts')).openAzure(spec, options)
  }
}
