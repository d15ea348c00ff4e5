/** A step's log: obeys the workflow commands in what the step prints, and hides secrets in what it keeps. */
import { type Annotation, CommandReader } from './commands.ts'
import type { Masks } from './masks.ts'

export class StepLog {
  readonly lines: string[] = []
  readonly annotations: Annotation[] = []
  readonly outputs: Record<string, string> = {}
  readonly state: Record<string, string> = {}
  /** Set when the step used a command that GitHub has disabled. */
  refused = false
  readonly #reader = new CommandReader()
  readonly #masks: Masks
  readonly #debug: boolean
  readonly #onLine: (line: string) => void

  constructor(masks: Masks, debug: boolean, onLine: (line: string) => void) {
    this.#masks = masks
    this.#debug = debug
    this.#onLine = onLine
  }

  /** A line as the step printed it. */
  receive(line: string): void {
    const meaning = this.#reader.read(line)
    switch (meaning.kind) {
      case 'print':
        this.write(meaning.text)
        break
      case 'mask':
        this.#masks.add(meaning.value)
        break
      case 'annotation':
        this.annotate(meaning.annotation)
        break
      case 'group':
        this.write(`##[group]${meaning.title}`)
        break
      case 'endgroup':
        this.write('##[endgroup]')
        break
      case 'debug':
        if (this.#debug) this.write(`##[debug]${meaning.text}`)
        break
      case 'refused':
        this.refused = true
        this.error(meaning.message)
        break
      case 'output':
        this.outputs[meaning.name] = meaning.value
        break
      case 'state':
        this.state[meaning.name] = meaning.value
        break
    }
  }

  annotate(annotation: Annotation): void {
    this.annotations.push(this.#masks.hideIn(annotation))
    // Further lines are set in, so that they are not taken for annotations of their own.
    const [first = '', ...rest] = annotation.message.split('\n')
    for (const line of [first, ...rest.map((text) => `  ${text}`)]) this.write(`##[${annotation.level}]${line}`)
  }

  error(message: string): void {
    this.annotate({ level: 'error', message })
  }

  write(text: string): void {
    const line = this.#masks.hide(text)
    this.lines.push(line)
    this.#onLine(line)
  }
}
