/** What the tests of the embedded code scanning share: small SARIF files, and ways to upload them. */
import { gzipSync } from 'node:zlib'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { client, REPO, SHA } from './github-support.ts'

export const SCANNING = `${REPO}/code-scanning`

export interface Hit {
  readonly rule?: string
  readonly path?: string
  readonly line?: number
  readonly text?: string
  /** Of `partialFingerprints`. */
  readonly hash?: string
}

export interface RunOptions {
  readonly category?: string
  readonly tool?: string
  /** `security-severity` of each rule. */
  readonly rules?: Readonly<Record<string, string>>
}

const RULES = { critical: '9.5', high: '7.0', medium: '5.5', low: '2.0', none: '0.0' }

export function runOf(hits: readonly Hit[], { category, tool = 'Trivy', rules = RULES }: RunOptions = {}) {
  return {
    tool: { driver: { name: tool, version: '0.70.0', rules: Object.entries(rules).map(ruleOf) } },
    ...(category !== undefined && { automationDetails: { id: category } }),
    results: hits.map(resultOf),
  }
}

function ruleOf([id, score]: readonly [string, string]) {
  return {
    id,
    name: 'Kind',
    shortDescription: { text: `About ${id}` },
    defaultConfiguration: { level: Number(score) >= 7 ? 'error' : 'warning' },
    properties: { tags: ['security', id], 'security-severity': score },
  }
}

function resultOf({ rule = 'high', path = 'package-lock.json', line = 1, text = 'Found', hash }: Hit) {
  const physicalLocation = { artifactLocation: { uri: path }, region: { startLine: line } }
  const partialFingerprints = hash === undefined ? {} : { partialFingerprints: { primaryLocationLineHash: hash } }
  return { ruleId: rule, message: { text }, locations: [{ physicalLocation }], ...partialFingerprints }
}

export function sarif(...runs: readonly unknown[]) {
  return { version: '2.1.0', runs }
}

export function packed(content: unknown): string {
  return gzipSync(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64')
}

export function scanner(github: GitHub) {
  const ask = client(github, { 'security-events': 'write' })
  const list = (what: string, query = '') => ask(`${SCANNING}/${what}${query}`)
  return {
    ask,
    post: (content: unknown, more: object = {}) =>
      ask(`${SCANNING}/sarifs`, {
        method: 'POST',
        body: { commit_sha: SHA.main, ref: 'refs/heads/main', sarif: packed(content), ...more },
      }),
    /** Uploads, waits, and gives how it ended. */
    async upload(content: unknown, more: object = {}) {
      const { body } = await this.post(content, more)
      const { id } = Object(body)
      await ask(`${SCANNING}/sarifs/${id}`)
      return Object((await ask(`${SCANNING}/sarifs/${id}`)).body)
    },
    alerts: async (query = '') => Object((await list('alerts', query)).body),
    analyses: async (query = '') => Object((await list('analyses', query)).body),
    list,
  }
}

/** `rule path:line state` */
export function brief(alerts: readonly unknown[]): readonly string[] {
  return alerts.map((alert) => {
    const { rule, state, most_recent_instance: newest } = Object(alert)
    return `${rule.id} ${newest.location.path}:${newest.location.start_line} ${state}`
  })
}
