/**
 * Which findings are known. Findings and alerts are multisets: what stands in two places needs two alerts.
 *
 * What people report of code scanning differs: that it makes an alert of each result, the same ones included
 * (google/osv-scanner#3093), and that it makes one alert of all that have rule and place in common, also across categories, of
 * which the alert then names any (xorbitsai/xagent#2035). So findings of one rule that SARIF puts on the same line are one
 * spot, for which one alert is enough: of a report that code scanning has made its alerts of nothing is new, either way.
 */
import type { Finding, Identity } from './finding.ts'

export interface Claims {
  readonly known: readonly Finding[]
  /** In their order. */
  readonly left: readonly Finding[]
}

export function claim(findings: readonly Finding[], alerts: readonly Identity[]): Claims {
  const supplies = new Map([...Map.groupBy(alerts, keyOf)].map(([key, here]) => [key, new Supply(here)]))
  const known = [...Map.groupBy(findings, keyOf)].flatMap(([key, here]) => claimIn(here, supplies.get(key)))
  const isKnown = new Set(known)
  return { known, left: findings.filter((finding) => !isKnown.has(finding)) }
}

function keyOf({ rule, path }: Identity): string {
  return JSON.stringify([rule, path])
}

/** Line 1 is what Trivy writes where it knows of no line: findings of many packages may share it. */
function isLocated({ line }: Identity): boolean {
  return line > 1
}

/** The alerts of one rule in one file. One with a line of its own answers for its package, any other for every package. */
class Supply {
  readonly #byPackage: Map<string | undefined, number>
  #loose: number

  constructor(alerts: readonly Identity[]) {
    const located = Map.groupBy(alerts.filter(isLocated), ({ packageName }) => packageName)
    this.#byPackage = new Map([...located].map(([packageName, { length }]) => [packageName, length]))
    this.#loose = alerts.filter((alert) => !isLocated(alert)).length
  }

  takeOf(packageName: string | undefined): boolean {
    const amount = this.#byPackage.get(packageName) ?? 0
    this.#byPackage.set(packageName, Math.max(0, amount - 1))
    return amount > 0
  }

  takeLoose(): boolean {
    this.#loose -= 1
    return this.#loose >= 0
  }
}

/** An alert goes first to whom no other can serve, so that as many spots as possible are known. */
function claimIn(findings: readonly Finding[], supply: Supply | undefined): readonly Finding[] {
  if (supply === undefined) return []
  const spots = Map.groupBy(findings.filter(isLocated), ({ line, packageName }) => JSON.stringify([line, packageName]))
  const exact = Map.groupBy(spots.values(), (spot) => supply.takeOf(spot[0]?.packageName))
  const shared = findings.filter((finding) => !isLocated(finding))
  const isShared =
    shared.length > 0 && (shared.some(({ packageName }) => supply.takeOf(packageName)) || supply.takeLoose())
  const loose = (exact.get(false) ?? []).filter(() => supply.takeLoose())
  return [...(exact.get(true) ?? []).flat(), ...(isShared ? shared : []), ...loose.flat()]
}
