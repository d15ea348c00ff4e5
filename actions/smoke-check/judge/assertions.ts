/** Conditions of a check on the JSON, the headers, the cookies and the body of an answer. */
import type { Check, Condition } from '../check.ts'
import type { Finding, Observation } from '../result.ts'
import { describeBody, readJson } from './body.ts'
import { describe, hasPattern, type Subject, type Unmet, unmet } from './condition.ts'
import { type Found, finding } from './finding.ts'
import { headerLines, headerValue, setCookie } from './headers.ts'
import { select } from './json-path.ts'
import { isSecretPath } from './secret-members.ts'
import { count, show } from './show.ts'
import { decodeText } from './text.ts'
import { explainNotJudged, within } from './within.ts'

/** Something that a condition is about, and how it is called in a sentence. */
interface Place {
  readonly name: string
  readonly subject: Subject
  /** Its value is not shown, since its name says that it is secret. */
  readonly isSecret?: boolean
}

/** A path that selects several values wants each of them to hold; one that selects none is absent (RFC 9535 nodelist). */
export function judgeJson(check: Check, observation: Observation): readonly Finding[] {
  if (check.json.length === 0) return []
  const json = readJson(observation.response, observation.redact)
  if (!json.ok) return [notJson(check, observation, json.problem)]
  return check.json.flatMap(([path, condition]) => {
    const assertion = `json ${path}`
    const selection = select(path, json.value, observation.budget)
    if (!selection.ok)
      return [finding(check, assertion, { message: `${path} cannot be looked up: ${selection.problem}.` })]
    const places = selection.matches.map((match): Place => {
      const name = selection.matches.length === 1 ? path : match.path
      return {
        name: `The JSON at ${name}`,
        subject: { kind: 'json', value: match.value },
        isSecret: isSecretPath(match.path),
      }
    })
    const absent: Place = { name: `The JSON at ${path}`, subject: { kind: 'absent' } }
    return judgePlaces(check, observation, assertion, places.length === 0 ? [absent] : places, condition)
  })
}

/** Repeated lines of a header are judged as one value, joined with commas; those of set-cookie each alone. */
export function judgeHeaders(check: Check, observation: Observation): readonly Finding[] {
  const { response } = observation
  return check.headers.flatMap(([header, condition]) => {
    const name = header.toLowerCase()
    const lines = name === 'set-cookie' ? headerLines(response, name) : [headerValue(response, name)]
    const called =
      headerLines(response, name).length > 1 ? `The header ${name}, sent more than once,` : `The header ${name}`
    const places = (lines.length === 0 ? [undefined] : lines).map((line) => ({
      name: called,
      subject: textSubject(line),
    }))
    return judgePlaces(check, observation, `header ${name}`, places, condition)
  })
}

/** A cookie's value is what this answer sets last; one that it deletes is absent. */
export function judgeCookies(check: Check, observation: Observation): readonly Finding[] {
  const { response, now } = observation
  return check.cookies.flatMap(([name, condition]) => {
    const subject = textSubject(setCookie(response, name, now)?.value)
    const followed = subject.kind === 'absent' && response.hops.length > 0
    const hint = followed ? 'Cookies of redirects are not looked at: set redirects to none to judge those.' : ''
    return judgePlaces(check, observation, `cookie ${name}`, [{ name: `The cookie ${name}`, subject }], condition, hint)
  })
}

/** An empty body is absent. */
export function judgeBody(check: Check, observation: Observation): readonly Finding[] {
  const { body: condition } = check
  const { response } = observation
  if (condition === undefined) return []
  const decoded = decodeText(response)
  if (!decoded.ok) {
    const message = `The body is ${describeBody(response, observation.redact)}, so that its text cannot be judged.`
    return [finding(check, 'body', { message, hint: 'Correct the charset in content-type, or leave body out.' })]
  }
  if (response.truncated && needsWhole(condition)) return [cutOff(check, observation, condition)]
  const subject = textSubject(decoded.text === '' ? undefined : decoded.text)
  const found = judgePlaces(check, observation, 'body', [{ name: 'The body', subject }], condition)
  return found.map((one) =>
    response.truncated
      ? { ...one, message: `${one.message} Only its first ${count(response.body.length, 'byte')} were read.` }
      : one,
  )
}

export function judgeBodySize(check: Check, { response }: Observation): readonly Finding[] {
  const { maxBodySize } = check
  if (maxBodySize === undefined || (!response.truncated && response.body.length <= maxBodySize)) return []
  const served = `${response.truncated ? 'more than ' : ''}${count(response.body.length, 'byte')}`
  const message = `The body has ${served}; at most ${count(maxBodySize, 'byte')} were wanted.`
  return [finding(check, 'body max-size', { message, hint: 'Serve less, or raise body.max-size.' })]
}

function notJson(check: Check, { response }: Observation, problem: string): Finding {
  const hint = response.truncated
    ? 'Raise body.max-size, or ask for less.'
    : 'Check the path of url and the header accept: is it the API that answers here, or the page of a front end or proxy?'
  return finding(check, 'json', { message: `JSON was wanted, but the body is ${problem}.`, hint })
}

/** One finding for all places: the first that is wrong, and how many more are. */
function judgePlaces(
  check: Check,
  context: Observation,
  assertion: string,
  places: readonly Place[],
  condition: Condition,
  hint = '',
): readonly Finding[] {
  const judgeAll = () => places.flatMap((place) => wrong(place, unmet(place.subject, condition, context)))
  const judged = hasPattern(condition) ? within(judgeAll, context.budget) : { value: judgeAll() }
  if (typeof judged === 'string') return [finding(check, assertion, givenUp(condition, context, judged))]
  const [first, ...more] = judged.value
  if (first === undefined) return []
  const others = more.length === 0 ? '' : ` ${more.length} of ${count(places.length - 1, 'other value')} not either.`
  return [finding(check, assertion, { message: `${sentence(first, context)}${others}`, hint })]
}

interface Wrong {
  readonly place: Place
  readonly missing: readonly Unmet[]
}

function wrong(place: Place, missing: readonly Unmet[]): readonly Wrong[] {
  return missing.length === 0 ? [] : [{ place, missing }]
}

function sentence({ place: { name, subject, isSecret = false }, missing }: Wrong, { redact }: Observation): string {
  const wanted = missing.map((one) => one.wanted).join(' and ')
  if (subject.kind === 'absent') return `${name} is absent; it must ${wanted}.`
  const notes = new Set(missing.flatMap(({ problem, note }) => problem ?? note ?? []))
  const why = notes.size === 0 ? '' : ` (${[...notes].join('; ')})`
  const value = isSecret && typeof subject.value === 'string' ? '"***"' : show(subject.value, redact)
  return `${name} is ${value}; it must ${wanted}${why}.`
}

function givenUp(condition: Condition, context: Observation, judged: 'slow' | 'used up'): Found {
  return {
    message: explainNotJudged(`whether it does ${describe(condition, context)}`, judged),
    hint: 'Simplify the regular expression: repetition within repetition, as in (a+)+, can take for ever.',
  }
}

/** What the first part of a text cannot tell, unlike that it holds something. */
function needsWhole({ matches: _matches, contains: _contains, exists: _exists, ...rest }: Condition): boolean {
  return Object.values(rest).some((operator) => operator !== undefined)
}

function cutOff(check: Check, observation: Observation, condition: Condition): Finding {
  const read = count(observation.response.body.length, 'byte')
  return finding(check, 'body', {
    message: `The body is longer than the ${read} that were read of it, so that nobody knows whether it does ${describe(condition, observation)}.`,
    hint: 'Raise body.max-size, or ask for less.',
  })
}

function textSubject(value: string | undefined): Subject {
  return value === undefined ? { kind: 'absent' } : { kind: 'text', value }
}
