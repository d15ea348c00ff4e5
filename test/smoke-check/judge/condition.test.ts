import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition, Json } from '../../../actions/smoke-check/check.ts'
import { type Subject, unmet } from '../../../actions/smoke-check/judge/condition.ts'
import { absent, equals, json, literal, text } from './setup.ts'

const context = { captures: new Map([['id', '42']]) }
const holds = (subject: Subject, condition: Condition) => unmet(subject, condition, context).length === 0
const wanted = (subject: Subject, condition: Condition) =>
  unmet(subject, condition, context)
    .map((one) => one.wanted)
    .join(' and ')

describe.each<readonly [operator: string, Condition, yes: readonly Subject[], no: readonly Subject[]]>([
  ['equals a string', equals('ok'), [json('ok'), text('ok')], [json('OK'), text(' ok'), json(['ok']), json(null)]],
  ['equals a number', equals(5), [json(5), text('5'), text('5.0')], [json('5'), text('5 s'), json(5.5), json([5])]],
  ['equals true', equals(true), [json(true), text('true')], [json('true'), json(1), text('TRUE')]],
  ['equals null', equals(null), [json(null), text('null')], [json(0), json(''), text('')]],
  [
    'equals an object, in any order',
    equals({ a: 1, b: [2] }),
    [json({ b: [2], a: 1 })],
    [json({ a: 1 }), json({ a: 1, b: [2], c: 0 }), text('{"a":1,"b":[2]}')],
  ],
  ['equals an array, in order', equals([1, 2]), [json([1, 2])], [json([2, 1]), json([1]), json({ 0: 1, 1: 2 })]],
  [
    'equals what a capture gives',
    { equals: { text: ['item-', { capture: 'id' }] } },
    [json('item-42')],
    [json('item-')],
  ],
  ['not a value', { not: { value: literal('ok') } }, [json('down'), json(1)], [json('ok'), absent]],
  ['not a condition', { not: { condition: { matches: '^5' } } }, [json('404'), text('200')], [json('500'), absent]],
  ['not to be absent', { not: { condition: { exists: false } } }, [json(null), text('')], [absent]],
  ['matches anywhere', { matches: 'a.c' }, [json('xabcx'), text('aéc')], [json('ac'), json(null), json(['abc'])]],
  ['matches a number as text', { matches: '^4\\d$' }, [json(42), text('42')], [json(142)]],
  ['matches by character', { matches: '^.$' }, [json('😀')], [json('ab')]],
  [
    'contains a part',
    { contains: literal('b') },
    [json('abc'), text('abc'), json(['a', 'b'])],
    [json('ac'), json(['abc']), json({ b: 1 })],
  ],
  [
    'contains an element',
    { contains: literal({ id: 1 }) },
    [json([{ id: 2 }, { id: 1 }])],
    [json([{ id: 1, more: 1 }]), text('{"id":1}')],
  ],
  ['contains not', { notContains: literal('Traceback') }, [json('fine'), text('')], [text('a Traceback b'), absent]],
  ['exists', { exists: true }, [json(null), text('')], [absent]],
  ['exists not', { exists: false }, [absent], [json(null), text('')]],
  ['type string', { type: 'string' }, [json(''), text('5')], [json(5), json(null), absent]],
  [
    'type number',
    { type: 'number' },
    [json(5), json(0.5), text('0.5'), text('1e3')],
    [json('5'), text('five'), text('')],
  ],
  ['type integer', { type: 'integer' }, [json(5), text('5')], [json(5.5), text('5.5')]],
  ['type boolean', { type: 'boolean' }, [json(false), text('true')], [json(0), text('yes')]],
  ['type null', { type: 'null' }, [json(null)], [json(0), json({})]],
  ['type array', { type: 'array' }, [json([])], [json({}), text('[]')]],
  ['type object', { type: 'object' }, [json({})], [json([]), json(null), text('{}')]],
  [
    'length',
    { length: 2 },
    [json('ab'), json('😀é'), json([1, 2]), json({ a: 1, b: 2 }), text('ab')],
    [json('a'), json([]), json(2)],
  ],
  [
    'length within a condition',
    { length: { gte: 1, lt: 3 } },
    [json([1]), text('ab')],
    [json([]), json([1, 2, 3]), json(2)],
  ],
  ['lt', { lt: 5 }, [json(4.9), text('4'), text(' -1 ')], [json(5), json('4'), text('4 s'), json(null)]],
  ['lte', { lte: 5 }, [json(5), text('5')], [json(5.1)]],
  ['gt', { gt: 5 }, [json(5.1), text('10')], [json(5), text('')]],
  ['gte', { gte: 5 }, [json(5), text('5')], [json(4), json([9])]],
  ['one of', { oneOf: [literal('a'), 5] }, [json('a'), json(5), text('5')], [json('b'), json('5'), absent]],
  ['all of several operators', { gte: 1, lt: 3 }, [json(1), json(2)], [json(0), json(3)]],
])('%s', (_operator, condition, yes, no) => {
  it.each(yes)('holds for %j', (subject) => expect(holds(subject, condition)).toBe(true))
  it.each(no)('does not hold for %j', (subject) => expect(holds(subject, condition)).toBe(false))
})

describe('what was wanted', () => {
  it.each<readonly [Condition, string]>([
    [{ equals: literal('a\nb') }, 'equal "a\\nb"'],
    [{ gte: 1, type: 'integer' }, 'be of type integer and be at least 1'],
    [{ length: { lt: 3 } }, 'be less than 3 in length'],
    [{ oneOf: [literal('a'), 1] }, 'be one of "a", 1'],
    [{ not: { condition: { matches: 'x' } } }, 'not match /x/'],
    [{ exists: true }, 'exist'],
  ])('of %j is said as "%s"', (condition, words) => expect(wanted(absent, condition)).toBe(words))

  it('names a regular expression that is none, and what is none proves nothing by not', () => {
    const problem = 'the regular expression is not valid'
    expect(unmet(json('a'), { matches: '(' }, context)).toEqual([{ wanted: 'match /(/', problem }])
    expect(unmet(json('a'), { not: { condition: { matches: '(' } } }, context)).toEqual([
      { wanted: 'not match /(/', problem },
    ])
  })
})

const anyJson = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json)
const oneOperator: fc.Arbitrary<Condition> = fc.oneof(
  anyJson.map(equals),
  anyJson.map((value) => ({ not: { value: literal(value) } })),
  fc.constantFrom<Condition>({ matches: 'a' }, { type: 'string' }, { type: 'number' }, { exists: true }, { length: 1 }),
  anyJson.map((value) => ({ contains: literal(value) })),
  anyJson.map((value) => ({ notContains: literal(value) })),
  fc
    .integer()
    .chain((limit) => fc.constantFrom<Condition>({ lt: limit }, { lte: limit }, { gt: limit }, { gte: limit })),
  fc.array(anyJson).map((values) => ({ oneOf: values.map(literal) })),
)

describe('laws', () => {
  it('every JSON value equals itself, read anew', () => {
    fc.assert(fc.property(anyJson, (value) => holds(json(JSON.parse(JSON.stringify(value))), equals(value))))
  })

  it('equality goes both ways and is what sorted JSON says', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (one, other) => {
        const both = holds(json(one), equals(other))
        expect(holds(json(other), equals(one))).toBe(both)
        expect(both).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)))
      }),
    )
  })

  it('of a condition and its contrary exactly one holds for what is there', () => {
    fc.assert(
      fc.property(anyJson, oneOperator, (value, condition) => {
        expect(holds(json(value), { not: { condition } })).toBe(!holds(json(value), condition))
      }),
    )
  })

  it('what is absent satisfies no operator, and neither its contrary, except exists', () => {
    fc.assert(
      fc.property(oneOperator, (condition) => {
        expect(holds(absent, condition)).toBe(false)
        expect(holds(absent, { not: { condition } })).toBe(condition.exists === true)
      }),
    )
  })

  it('numbers in text compare as the numbers in JSON do', () => {
    const limits = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(limits, limits, (value, limit) => {
        for (const condition of [{ lt: limit }, { lte: limit }, { gt: limit }, { gte: limit }]) {
          expect(holds(text(String(value)), condition)).toBe(holds(json(value), condition))
        }
        expect(holds(json(value), { lt: limit })).toBe(!holds(json(value), { gte: limit }))
      }),
    )
  })
})

function sorted(value: Json): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value === 0 ? 0 : value
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)])
    .concat([['object', true]])
}
