/** What faults have in store for the program of a step. */
import type { StepFault } from '../faults.ts'
import type { JobState } from './job-state.ts'
import type { StepLog } from './log.ts'

interface Fate {
  onStart(send: (signal: NodeJS.Signals) => void): void
  /** @param line as the program printed it */
  onLine(line: string): void
}

/** @param names all that the step is called by */
export function fateOf(names: readonly string[], { run: { faults } }: JobState, log: StepLog): Fate {
  const pending = new Set(faults.ofStep(names))
  let strike = (_fault: StepFault) => {}
  return {
    onStart(send) {
      strike = (fault) => {
        pending.delete(fault)
        faults.met(fault)
        log.write(`The rehearsal's fault: ${fault.spec}`)
        if (fault.blow === 'lose-runner') faults.loseRunner()
        else send(fault.blow)
      }
      for (const fault of pending) if (fault.text === undefined) strike(fault)
    },
    onLine(line) {
      for (const fault of pending) if (fault.text !== undefined && line.includes(fault.text)) strike(fault)
    },
  }
}
