/** GitHub's own parser and expression evaluator. Everything else of the runner gets them from here. */
import '../json-modules.ts'

// Dynamic, so that the hook above is in place before Node links these packages.
const reader = await import('@actions/workflow-parser/workflows/yaml-object-reader')
const parser = await import('@actions/workflow-parser')
const actionParser = await import('@actions/workflow-parser/actions/action-parser')
const expressions = await import('@actions/expressions')
const tokens = await import('@actions/workflow-parser/templates/tokens/template-token')
const results = await import('@actions/expressions/result')
const ast = await import('@actions/expressions/ast')
const { StringToken } = await import('@actions/workflow-parser/templates/tokens/string-token')

// The library is made for editors and reads expressions out of a block scalar's source, with its indentation and,
// under `>`, its line breaks. A runner needs the value, so the tokens come without their source here.
const readLiteral = Reflect.get(reader.YamlObjectReader, 'getLiteralToken')
Reflect.set(reader.YamlObjectReader, 'getLiteralToken', (...args: readonly unknown[]) => {
  const token = Reflect.apply(readLiteral, reader.YamlObjectReader, args)
  return token instanceof StringToken ? new StringToken(token.file, token.range, token.value, undefined) : token
})

export const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = parser
export const { isBasicExpression, isBoolean, isLiteral, isMapping, isScalar, isSequence, isString } = parser
export const { parseAction } = actionParser
export const { Evaluator, Lexer, Parser, data } = expressions
export const { truthy } = results
export const { TemplateToken: Token } = tokens
export const { ContextAccess, FunctionCall, IndexAccess, Literal, Logical, Binary, Unary, Grouping } = ast

export type { data as ExpressionTypes, Expr } from '@actions/expressions'
export type { FunctionDefinition } from '@actions/expressions/funcs/info'
export type { WorkflowTemplate } from '@actions/workflow-parser'
export type { EventsConfig, Step as ConvertedStep } from '@actions/workflow-parser/model/workflow-template'
export type { BasicExpressionToken } from '@actions/workflow-parser/templates/tokens/basic-expression-token'
export type { MappingToken } from '@actions/workflow-parser/templates/tokens/mapping-token'
export type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
