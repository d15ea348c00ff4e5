/** A runner in this process, which keeps what it is told. */
import type { Runner } from '../../src/action.ts'
import { InputReader, maskAll } from '../../src/input.ts'

export interface Told {
  readonly outputs: Record<string, string>
  readonly sections: string[]
  readonly lines: string[]
  readonly warnings: string[]
  /** Of steps that failed and went on. */
  readonly failures: string[]
  readonly masks: string[]
}

export interface RunnerOptions {
  readonly signal?: AbortSignal
  readonly env?: Runner['env']
  /** Called with each line of the log. */
  readonly onLine?: (line: string) => void
}

export function recordingRunner(
  inputs: Readonly<Record<string, string | undefined>>,
  { signal = new AbortController().signal, env = {}, onLine }: RunnerOptions = {},
): { readonly runner: Runner; readonly told: Told } {
  const told: Told = { outputs: {}, sections: [], lines: [], warnings: [], failures: [], masks: [] }
  const mask = (form: string) => void told.masks.push(form)
  const runner: Runner = {
    input: new InputReader((name, { exact } = { exact: false }) => {
      const value = inputs[name] ?? ''
      return exact ? value : value.trim()
    }, mask),
    env,
    log: {
      debug() {},
      info(message) {
        told.lines.push(message)
        onLine?.(message)
      },
      warning: (message) => void told.warnings.push(message),
      group: (_, work) => work(),
    },
    signal,
    mask: (value) => maskAll(value, mask),
    summarize: (markdown) => void told.sections.push(markdown),
    setOutput(name, value) {
      told.outputs[name] = value
    },
    fail: (error) => void told.failures.push(error.text),
    exportVariable() {},
    saveState() {},
    getState: () => '',
  }
  return { runner, told }
}
