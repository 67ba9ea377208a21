/** Fields out of the answers of commands: paths, types, limits, and what raises an alert. */
import t from 'tap'
import type { EnrichSettings } from '../config/schema-enrich.js'
import { parseConfig } from '../config/parse.js'
import { enrichedCharsMax, enrichedItemsMax, reportedCharsMax } from '../limits.js'
import { enrichedBy, merged, saysNothing } from './fields.js'

const entryWith = (fields: object, alert?: object): EnrichSettings => {
  const about = { command: 'c', when: ['NEW'], value: 'query', fields, ...(alert && { alert }) }
  const config = { commands: { c: { argv: ['true', '{value}'], accepts: 'host' } }, enrich: [about] }
  const parsed = parseConfig(JSON.stringify(config), 'f')
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  const [entry] = parsed.config.enrich
  if (!entry) throw new Error('no entry')
  return entry
}

const fieldOf = (result: unknown, type: string, path?: string): unknown =>
  enrichedBy(entryWith({ f: path === undefined ? type : { type, path } }), result).fields['x_c_f']

void t.test('a path leads through mappings and lists', t => {
  const result = { a: { b: [{ c: 1 }, { c: 2 }] }, f: 'own' }
  t.equal(fieldOf(result, 'string'), 'own', 'without a path: what has the name of the field')
  t.equal(fieldOf(result, 'count', 'a.b.1.c'), 2)
  t.strictSame(fieldOf(result, 'strings', 'a.b.*.c'), ['1', '2'])
  t.equal(fieldOf('a text', 'string', '.'), 'a text')
  t.strictSame(fieldOf(['x', 'y'], 'strings', '.'), ['x', 'y'])
  for (const path of ['a.x', 'a.b.7.c', 'a.b.length', 'f.length', 'toString', '__proto__.x', '*', 'a.*'])
    t.equal(fieldOf(result, 'string', path), undefined, path)
  t.equal(fieldOf(null, 'string', '.'), undefined)
  t.end()
})

void t.test('each type takes what it can hold', t => {
  const cases: readonly (readonly [type: string, value: unknown, taken: unknown])[] = [
    ['string', 7, '7'],
    ['string', ' a ', 'a'],
    ['string', '', undefined],
    ['string', {}, undefined],
    ['string', ['first', 'second'], 'first'],
    ['strings', 'one', ['one']],
    ['strings', ['', null, {}, 'a', 2], ['a', '2']],
    ['strings', [], undefined],
    ['count', '12', 12],
    ['count', -1, undefined],
    ['count', 1.5, undefined],
    ['count', 2 ** 60, undefined],
    ['double', '1.5', 1.5],
    ['double', 'x', undefined],
    ['double', '', undefined],
    ['double', true, undefined],
    ['bool', true, true],
    ['bool', 'False', false],
    ['bool', 1, true],
    ['bool', 'x', undefined],
    ['time', '2024-02-03T04:05:06Z', { time: Date.UTC(2024, 1, 3, 4, 5, 6) }],
    ['time', 'soon', undefined],
  ]
  for (const [type, value, taken] of cases)
    t.strictSame(fieldOf({ f: value }, type), taken, `${JSON.stringify(value)} as ${type}`)
  t.end()
})

void t.test('a long answer is cut', t => {
  t.equal(String(fieldOf({ f: 'a'.repeat(10_000) }, 'string')).length, enrichedCharsMax)
  const many = Array.from({ length: 1000 }, (_, i) => `item ${i}`)
  t.strictSame(fieldOf({ f: many }, 'strings'), many.slice(0, enrichedItemsMax))
  t.end()
})

void t.test('a field that says something raises the alert', t => {
  const otx = entryWith({ pulses: 'strings', bad: 'bool', n: 'count' }, { name: 'OTX', field: 'pulses' })
  t.strictSame(enrichedBy(otx, { pulses: ['one', 'two'] }).reported, { OTX: 'one' })
  t.equal(enrichedBy(otx, { pulses: ['x'.repeat(500)] }).reported.OTX?.length, reportedCharsMax)
  for (const result of [{ pulses: [] }, {}, null, { bad: true }])
    t.strictSame(enrichedBy(otx, result).reported, {}, JSON.stringify(result))
  const rated = entryWith({ bad: 'bool' }, { name: 'REPUTATION', field: 'bad' })
  t.strictSame(enrichedBy(rated, { bad: true }).reported, { REPUTATION: '' })
  t.strictSame(enrichedBy(rated, { bad: false }), { fields: { x_c_bad: false }, reported: {} })
  const scored = entryWith({ n: 'count' }, { name: 'REPUTATION', field: 'n' })
  t.strictSame(enrichedBy(scored, { n: 0 }).reported, {})
  t.strictSame(enrichedBy(scored, { n: 3 }).reported, { REPUTATION: '3' })
  t.end()
})

void t.test('the answers of several commands are one', t => {
  const one = { fields: { x_a_f: 1 }, reported: { OTX: 'a' } }
  const other = { fields: { x_b_f: 'b' }, reported: { OTX: 'b', REPUTATION: '' } }
  const both = merged([one, other])
  t.strictSame(both, { fields: { x_a_f: 1, x_b_f: 'b' }, reported: { OTX: 'a', REPUTATION: '' } })
  t.ok(saysNothing(merged([])))
  t.notOk(saysNothing(both))
  t.end()
})
