/** Text with variables in it: `${NAME}` stands for a value, `$${` for the characters `${` themselves. */
import type { Json, JsonTemplate, Template } from '../check.ts'

/** Text as it is written, nothing filled in yet. */
export type Written = readonly (string | { readonly variable: string })[]

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const OPENING = /\$\$\{|\$\{([^}]*)\}?/g

/** @returns why it is not a template, as what stands there and what to write instead, or its parts */
export function parseTemplate(text: string): Written | { readonly message: string; readonly hint: string } {
  const parts: Written[number][] = []
  let from = 0
  for (const { 0: all, 1: name, index } of text.matchAll(OPENING)) {
    parts.push(text.slice(from, index))
    if (name === undefined) parts.push(`\${`)
    else if (all.endsWith('}') && NAME.test(name)) parts.push({ variable: name })
    else return refuse(name)
    from = index + all.length
  }
  parts.push(text.slice(from))
  return joined(parts)
}

function refuse(name: string): { readonly message: string; readonly hint: string } {
  const shown = name.trim().slice(0, 40)
  if (name.startsWith('{')) {
    return {
      message: `\${{ … }} is the syntax of workflows, which stays as it is in a checks file.`,
      hint: `Write \${NAME}, and give the step an environment variable of that name.`,
    }
  }
  return {
    message: `"\${${shown}" opens a variable, but no name of one and no } follow.`,
    hint: `Write \${NAME} with letters, digits and _, or $\${ where the characters \${ themselves are meant.`,
  }
}

/** Empty strings left out, neighbouring ones made one. */
export function joined<T extends object>(parts: readonly (string | T)[]): readonly (string | T)[] {
  const result: (string | T)[] = []
  for (const part of parts) {
    const last = result.at(-1)
    if (part === '') continue
    if (typeof part === 'string' && typeof last === 'string') result[result.length - 1] = last + part
    else result.push(part)
  }
  return result
}

/** Names of the captures in it, each once. */
export function capturesOf(template: Template): readonly string[] {
  return [...new Set(template.flatMap((part) => (typeof part === 'string' ? [] : [part.capture])))]
}

/** @throws when a capture has no value: a check runs only after those that it needs have passed */
export function fill(template: Template, captures: ReadonlyMap<string, string>): string {
  return template.map((part) => (typeof part === 'string' ? part : captured(part.capture, captures))).join('')
}

export function fillJson(template: JsonTemplate, captures: ReadonlyMap<string, string>): Json {
  if (template === null || typeof template !== 'object') return template
  if ('text' in template) return fill(template.text, captures)
  if ('members' in template) {
    return Object.fromEntries(template.members.map(([key, value]) => [key, fillJson(value, captures)]))
  }
  return template.map((item) => fillJson(item, captures))
}

/** @throws as `fill` */
export function captured(name: string, captures: ReadonlyMap<string, string>): string {
  const value = captures.get(name)
  if (value === undefined) throw new Error(`The capture ${name} has no value.`)
  return value
}
