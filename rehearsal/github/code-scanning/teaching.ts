/** What a rehearsal or a test tells the embedded GitHub of code scanning. */
import type { State } from '../state.ts'
import type { Dismissal } from './records.ts'

/** @throws Error when there is no alert of this number */
export function dismissAlert(state: State, number: number, reason: Dismissal['reason'], by: string): void {
  const alert = state.codeScanning.alerts.find((known) => known.number === number)
  if (!alert) throw new Error(`No alert ${number} to dismiss. Upload an analysis first.`)
  const at = state.clock.now()
  alert.dismissal = { by, reason, comment: null, at }
  alert.updatedAt = at
}
