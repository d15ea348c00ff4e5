/**
 * A strict reader of OpenMetrics 1.0 text: the grammar of the specification, and the rules in its prose that a grammar
 * cannot say (families apart, each series once, a unit that ends the name). It reads gauges and counters.
 */
export interface MetricFamily {
  readonly name: string
  readonly type: string
  readonly unit: string | undefined
  readonly help: string | undefined
  readonly samples: readonly MetricSample[]
}

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/
const LABEL = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/y
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?Inf$|^NaN$/
const TYPES = ['gauge', 'counter', 'unknown']

/** @throws an Error that names the line, for everything that is not OpenMetrics */
export function readOpenMetrics(text: string): readonly MetricFamily[] {
  if (!text.endsWith('# EOF\n')) throw new Error('The text does not end with "# EOF" and a line feed.')
  const lines = text.slice(0, -'# EOF\n'.length).split('\n')
  if (lines.pop() !== '') throw new Error('"# EOF" does not stand on a line of its own.')
  const families = new Map<string, Building>()
  let current: Building | undefined
  for (const [index, line] of lines.entries()) {
    try {
      current = readLine(line, current, families)
    } catch (error) {
      throw new Error(`Line ${index + 1}: ${error instanceof Error ? error.message : error}\n${line}`)
    }
  }
  return [...families.values()].map(finish)
}

interface Building {
  readonly name: string
  type?: string
  unit?: string
  help?: string
  readonly samples: MetricSample[]
  readonly seen: Set<string>
}

function readLine(line: string, current: Building | undefined, families: Map<string, Building>): Building {
  const [, keyword, name, rest] = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/s.exec(line) ?? []
  if (keyword === undefined || name === undefined || rest === undefined) return readSample(line, current)
  if (!NAME.test(name)) throw new Error('not a metric name')
  const family = current?.name === name ? current : open(name, families)
  if (family.samples.length > 0) throw new Error('metadata behind samples')
  describe(family, keyword, rest)
  return family
}

function open(name: string, families: Map<string, Building>): Building {
  if (families.has(name)) throw new Error('a family stands in two places')
  const family: Building = { name, samples: [], seen: new Set() }
  families.set(name, family)
  return family
}

function describe(family: Building, keyword: string, rest: string): void {
  if (keyword === 'TYPE') {
    if (family.type !== undefined || !TYPES.includes(rest)) throw new Error('a second or unknown type')
    family.type = rest
  } else if (keyword === 'UNIT') {
    if (family.unit !== undefined || !family.name.endsWith(`_${rest}`))
      throw new Error('a unit that does not end the name')
    family.unit = rest
  } else {
    if (family.help !== undefined || !/^(?:[^"\\\n]|\\[\\"n])*$/.test(rest))
      throw new Error('a second or unescaped help')
    family.help = unescapeText(rest)
  }
}

function readSample(line: string, family: Building | undefined): Building {
  const [, name, labels, value] = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/s.exec(line) ?? []
  if (name === undefined || value === undefined) throw new Error('neither metadata nor a sample')
  if (family === undefined || name !== (family.type === 'counter' ? `${family.name}_total` : family.name)) {
    throw new Error('a sample outside of its family')
  }
  if (!NUMBER.test(value)) throw new Error('not a number')
  const set = readLabels(labels ?? '')
  const key = JSON.stringify(Object.entries(set).sort())
  if (family.seen.has(key)) throw new Error('a series twice')
  family.seen.add(key)
  family.samples.push({ labels: set, value: Number(value.replace('Inf', 'Infinity')) })
  return family
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let at = 0
  while (at < text.length) {
    LABEL.lastIndex = at
    const [all, name, value] = LABEL.exec(text) ?? []
    if (all === undefined || name === undefined || value === undefined) throw new Error('not a label')
    if (name in labels) throw new Error('a label twice')
    labels[name] = unescapeText(value)
    at += all.length
    if (at < text.length && text[at++] !== ',') throw new Error('no comma between two labels')
  }
  return labels
}

function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character))
}

function finish({ name, type = 'unknown', unit, help, samples }: Building): MetricFamily {
  return { name, type, unit, help, samples }
}
