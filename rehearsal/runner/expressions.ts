/** Evaluates GitHub expressions and the template tokens that hold them, with GitHub's own library. */
import {
  Evaluator,
  type ExpressionTypes,
  type FunctionDefinition,
  isBasicExpression,
  isBoolean,
  isLiteral,
  isMapping,
  isScalar,
  Lexer,
  data as make,
  Parser,
  type TemplateToken,
  truthy,
} from './library.ts'

type Data = ExpressionTypes.ExpressionData
export type Value = null | string | number | boolean | readonly Value[] | { readonly [key: string]: Value }

/** What an expression may name: contexts by name, and functions beyond the built-in ones. */
export interface Scope {
  readonly contexts: Readonly<Record<string, Value>>
  readonly functions: readonly FunctionDefinition[]
}

/** @throws Error with the library's message when the expression is wrong or names what the scope lacks. */
function evaluate(expression: string, scope: Scope): Data {
  const functions = [...scope.functions]
  const tree = new Parser(lex(expression), Object.keys(scope.contexts), functions).parse()
  const contexts = new make.Dictionary()
  for (const [name, value] of Object.entries(scope.contexts)) contexts.add(name, toData(value))
  return new Evaluator(tree, contexts, new Map(functions.map((f) => [f.name.toLowerCase(), f]))).evaluate()
}

/** The library's lexer turns only the first `''` of a string into a quote. */
function lex(expression: string): ReturnType<InstanceType<typeof Lexer>['lex']>['tokens'] {
  return new Lexer(expression).lex().tokens.map((token) => {
    if (typeof token.value !== 'string' || !token.lexeme.startsWith("'")) return token
    return { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") }
  })
}

export function holds(condition: string, scope: Scope): boolean {
  return truthy(evaluate(condition, scope))
}

/** The text of a scalar, expressions evaluated. */
export function text(token: TemplateToken, scope: Scope): string {
  if (isBasicExpression(token)) return evaluate(token.expression, scope).coerceString()
  if (isLiteral(token)) return token.toString()
  throw new Error(`Expected a scalar, found a ${token.typeName()}`)
}

/** A mapping of scalars, `env:` or `with:`, expressions evaluated. */
export function textMap(token: TemplateToken | undefined, scope: Scope): Record<string, string> {
  if (token === undefined) return {}
  const result: Record<string, string> = {}
  for (const { key, value } of token.assertMapping('mapping')) result[key.toString()] = text(value, scope)
  return result
}

export function flag(token: TemplateToken | undefined, scope: Scope): boolean {
  if (token === undefined) return false
  return isBoolean(token) ? token.value : text(token, scope) === 'true'
}

export function number(token: TemplateToken | undefined, scope: Scope): number | undefined {
  if (token === undefined) return undefined
  const value = Number(text(token, scope))
  if (Number.isNaN(value)) throw new Error(`Expected a number, found '${text(token, scope)}'`)
  return value
}

/** Any token as plain data, expressions evaluated. */
export function plain(token: TemplateToken, scope: Scope): Value {
  if (isMapping(token)) return Object.fromEntries([...token].map(({ key, value }) => [`${key}`, plain(value, scope)]))
  if (isBoolean(token)) return token.value
  if (isScalar(token)) return isBasicExpression(token) ? fromData(evaluate(token.expression, scope)) : token.toString()
  return [...token.assertSequence('value')].map((item) => plain(item, scope))
}

function toData(value: Value): Data {
  return JSON.parse(JSON.stringify(value), make.reviver)
}

function fromData(value: Data): Value {
  return JSON.parse(JSON.stringify(value, make.replacer))
}

/** A function of the runner, for a {@link Scope}. */
export function defineFunction(
  name: string,
  maxArgs: number,
  call: (...args: readonly string[]) => boolean | string,
): FunctionDefinition {
  return {
    name,
    minArgs: name === 'hashFiles' ? 1 : 0,
    maxArgs,
    call: (...args) => toData(call(...args.map((arg) => arg.coerceString()))),
  }
}
