interface File {
  readonly name: string
  readonly text: string
}
export function findMistakes(text: string): readonly string[]
export function format(text: string): string
export function readsOnlyItself(files: readonly File[]): boolean
