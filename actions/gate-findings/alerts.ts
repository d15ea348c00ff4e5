/** The alerts of code scanning on the default branch, as far as findings are held against them. */
import * as v from 'valibot'
import { explain, kindOfRefusal, unreadable } from './explain.ts'
import type { Identity } from './finding.ts'
import { pathInScanning } from './location.ts'
import type { Ports } from './ports.ts'

export interface Alert extends Identity {
  /** Where an alert is of several categories it is one of them, and GitHub chooses. */
  readonly category: string
  readonly isCritical: boolean
}

export interface Wanted {
  readonly tool: string
  readonly state: 'open' | 'dismissed'
}

export type Listing =
  | { readonly kind: 'alerts'; readonly alerts: readonly Alert[]; readonly isCut: boolean }
  /** `no-analysis`: nothing was uploaded yet. `off`: the repository has no code scanning. */
  | { readonly kind: 'no-analysis' | 'off' }

const AlertBody = v.object({
  number: v.number(),
  rule: v.object({
    id: v.nullish(v.string(), ''),
    security_severity_level: v.nullish(v.string(), ''),
  }),
  most_recent_instance: v.object({
    category: v.nullish(v.string(), ''),
    location: v.nullish(v.object({ path: v.nullish(v.string(), ''), start_line: v.nullish(v.number(), 1) })),
    message: v.nullish(v.object({ text: v.nullish(v.string(), '') })),
  }),
})
type AlertBody = v.InferOutput<typeof AlertBody>
const Page = v.array(AlertBody)

const PER_PAGE = 100
/** Of an upload code scanning keeps 5,000 results; twice as many alerts are a repository that nobody looks after. */
export const MOST_PAGES = 100

/** @throws ActionError when GitHub refuses for any other reason, or cannot be asked; the signal's reason */
export async function listAlerts(wanted: Wanted, ports: Ports): Promise<Listing> {
  const found = new Map<number, AlertBody>()
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const read = await readPage(wanted, page, ports)
    if (typeof read === 'string') return { kind: read }
    // One that is made meanwhile moves another to the next page: it comes twice and counts once.
    for (const alert of read) found.set(alert.number, alert)
    if (read.length < PER_PAGE) return { kind: 'alerts', alerts: alertsOf(found), isCut: false }
  }
  return { kind: 'alerts', alerts: alertsOf(found), isCut: true }
}

function alertsOf(found: ReadonlyMap<number, AlertBody>): readonly Alert[] {
  return [...found.values()].map(({ rule, most_recent_instance: { category, location, message } }) => ({
    rule: rule.id ?? '',
    path: pathInScanning(location?.path ?? ''),
    line: location?.start_line ?? 1,
    packageName: packageOf(message?.text ?? ''),
    category: category ?? '',
    isCritical: rule.security_severity_level === 'critical',
  }))
}

/** The first line of what Trivy's SARIF says of a vulnerability. */
function packageOf(message: string): string | undefined {
  return /^Package: (.+)/.exec(message)?.[1]?.trimEnd()
}

/** Without `ref` the alerts are those of the default branch. */
async function readPage(
  { tool, state }: Wanted,
  page: number,
  ports: Ports,
  again = true,
): Promise<readonly AlertBody[] | 'no-analysis' | 'off'> {
  const { owner, repo } = ports.context
  const asking = { owner, repo, tool_name: tool, state, per_page: PER_PAGE, page }
  try {
    const { data } = await ports.github.rest.codeScanning.listAlertsForRepo(asking)
    const parsed = v.safeParse(Page, data)
    if (parsed.success) return parsed.output
  } catch (error) {
    ports.runner.signal.throwIfAborted()
    const kind = kindOfRefusal(error)
    if (kind !== undefined) return kind
    throw explain(error, ports)
  }
  // An answer that was cut off on its way reaches us as an empty one.
  if (again) return readPage({ tool, state }, page, ports, false)
  throw unreadable(ports)
}
