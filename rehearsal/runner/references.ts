/** Which secrets and variables a workflow reads, found in its expressions. */
import {
  Binary,
  ContextAccess,
  type Expr,
  FunctionCall,
  Grouping,
  IndexAccess,
  isBasicExpression,
  Lexer,
  Literal,
  Logical,
  Parser,
  type TemplateToken,
  Token,
  Unary,
} from './library.ts'
import { find, type Workflow } from './workflow.ts'

export interface ContextReference {
  readonly context: 'secrets' | 'vars'
  readonly name: string
  /** Whether every use has a fallback: `vars.X || 'default'`. */
  readonly optional: boolean
  /** Whether some use compares it with nothing: `vars.X != ''`. */
  readonly asked: boolean
}

const contexts = 'github env vars secrets inputs needs strategy matrix steps job runner jobs'.split(' ')
const functions = ['success', 'failure', 'cancelled', 'always', 'hashFiles']

export function contextReferences(workflow: Workflow): readonly ContextReference[] {
  const found = new Map<string, ContextReference>()
  const tokens = [...Token.traverse(workflow.root, true)].map(([, token]) => token)
  for (const expression of [...tokens.flatMap(expressionsOf), ...workflow.conditions]) {
    for (const reference of referencesIn(parse(expression), false)) {
      const key = `${reference.context}.${reference.name.toLowerCase()}`
      const known = found.get(key)
      const optional = reference.optional && (known?.optional ?? true)
      found.set(key, { ...reference, optional, asked: reference.asked || (known?.asked ?? false) })
    }
  }
  return [...found.values()]
}

/** Names of the secrets that steps give to their actions as this input. */
export function secretsGivenAs(input: string, { jobs }: Workflow): readonly string[] {
  const tokens = jobs.flatMap(({ steps }) =>
    steps.flatMap(({ does }) => (does.kind === 'uses' ? (find(does.with, input) ?? []) : [])),
  )
  const references = tokens.flatMap(expressionsOf).flatMap((expression) => referencesIn(parse(expression), false))
  return references.filter(({ context }) => context === 'secrets').map(({ name }) => name)
}

function expressionsOf(token: TemplateToken): readonly string[] {
  return isBasicExpression(token) ? [token.expression] : []
}

function parse(expression: string): Expr {
  const known = functions.map((name) => ({ name, minArgs: 0, maxArgs: 255 }))
  return new Parser(new Lexer(expression).lex().tokens, contexts, known).parse()
}

function referencesIn(node: Expr, optional: boolean): readonly ContextReference[] {
  if (node instanceof IndexAccess) return [...named(node, optional), ...inside([node.expr, node.index], optional)]
  if (node instanceof FunctionCall) return inside(node.args, optional)
  if (node instanceof Binary) {
    const sides = [node.left, node.right]
    return inside(sides, optional).map((reference) => ({ ...reference, asked: sides.some(isNothing) }))
  }
  if (node instanceof Unary) return inside([node.expr], optional)
  if (node instanceof Grouping) return inside([node.group], optional)
  if (!(node instanceof Logical)) return []
  const either = node.operator.lexeme === '||'
  const last = node.args.at(-1)
  return node.args.flatMap((arg) => referencesIn(arg, optional || (either && arg !== last)))
}

function inside(nodes: readonly Expr[], optional: boolean): readonly ContextReference[] {
  return nodes.flatMap((node) => referencesIn(node, optional))
}

function named({ expr, index }: InstanceType<typeof IndexAccess>, optional: boolean): readonly ContextReference[] {
  if (!(expr instanceof ContextAccess) || !(index instanceof Literal)) return []
  const context = expr.name.lexeme.toLowerCase()
  if (context !== 'secrets' && context !== 'vars') return []
  return [{ context, name: index.literal.coerceString(), optional, asked: false }]
}

function isNothing(node: Expr): boolean {
  return node instanceof Literal && node.literal.coerceString() === ''
}
