/** What code scanning remembers. */
import type { Finding, Place, RuleFacts } from './findings.ts'

export interface Delivery {
  readonly commitSha: string
  /** `refs/heads/main` */
  readonly ref: string
  /** `.github/workflows/trivy.yml:config`; of an upload through the public API it is empty. */
  readonly analysisKey: string
  /** The job's matrix as JSON. */
  readonly environment: string
  readonly checkoutUri: string | undefined
  readonly sarif: Uint8Array
}

export interface Upload extends Delivery {
  readonly id: string
  /** ms since 1970. */
  readonly createdAt: number
  status: 'pending' | 'complete' | 'failed'
  errors: readonly string[]
  /** Whether somebody has asked how it stands. */
  asked: boolean
}

export interface Tool {
  readonly name: string
  readonly version: string | null
  readonly guid: string | null
}

export interface Analysis {
  readonly id: number
  readonly uploadId: string
  readonly ref: string
  readonly commitSha: string
  readonly analysisKey: string
  readonly environment: string
  readonly category: string
  readonly tool: Tool
  readonly results: number
  readonly rules: number
  readonly warning: string
  readonly createdAt: number
}

/** The alert in one branch, as one category has it. */
export interface Instance {
  readonly analysis: Analysis
  readonly message: string
  readonly place: Place
  readonly rule: RuleFacts
  readonly state: 'open' | 'fixed'
  /** ms since 1970. */
  readonly since: number
}

export interface Dismissal {
  readonly by: string
  readonly reason: 'false positive' | "won't fix" | 'used in tests'
  readonly comment: string | null
  readonly at: number
}

export interface Alert {
  readonly number: number
  readonly tool: string
  readonly key: Finding['key']
  readonly createdAt: number
  updatedAt: number
  /** By branch and category; the newest last. */
  readonly instances: Map<string, Instance>
  dismissal: Dismissal | undefined
}

export interface CodeScanning {
  /** Whether the repository's plan and settings allow it. */
  enabled: boolean
  readonly uploads: Upload[]
  /** Oldest first. */
  readonly analyses: Analysis[]
  readonly alerts: Alert[]
}

export function newCodeScanning(): CodeScanning {
  return { enabled: true, uploads: [], analyses: [], alerts: [] }
}
