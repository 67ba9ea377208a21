/** The evaluator of Wazuh's rules, against what Wazuh's documentation and source say. */
import t from 'tap'
import { readXml } from './xml.js'
import { decodeJson, WazuhRules } from './wazuh.js'

const base = '<rule id="1" level="0"><decoded_as>json</decoded_as><field name="kind">^dns$</field></rule>'

const rulesOf = (xml: string): WazuhRules => new WazuhRules(`<group name="g,">${base}${xml}</group>`)

const idOf = (rules: WazuhRules, fields: object, at = 0, agent = '001'): number | undefined =>
  rules.raise(JSON.stringify({ kind: 'dns', ...fields }), at, agent)?.rule.id

void t.test('XML: comments, entities, several roots', t => {
  t.match(readXml('<!-- a <b> --><a x="1&amp;2">t&lt;<b/> u </a>\n<c></c>'), [
    { name: 'a', attributes: { x: '1&2' }, text: 't< u', children: [{ name: 'b' }] },
    { name: 'c' },
  ])
  for (const wrong of ['<a>', '<a></b>', '</a>', '<a x=1></a>']) t.throws(() => readXml(wrong), wrong)
  t.end()
})

void t.test('the JSON decoder: paths, numbers and arrays as text', t => {
  const line = '{"a":{"b":[1,"x"]},"id.c":3,"big":1501277388061204,"f":1.5,"t":true,"none":[]}'
  const fields = { 'a.b': '[1,"x"]', 'id.c': '3', big: '1501277388061204.000000', f: '1.500000', t: 'true' }
  t.same(Object.fromEntries(decodeJson(line) ?? []), fields)
  t.same(Object.fromEntries(decodeJson(line, 'csv') ?? []), { ...fields, 'a.b': '1,x,' })
  t.equal(decodeJson('Nov 21 host'), undefined)
  t.end()
})

const patterns: readonly (readonly [pattern: string, value: string, matches: boolean])[] = [
  ['low|high', 'a HIGH b', true],
  ['^low$', 'lower', false],
  ['a.c', 'abc', false],
  ['a.c', 'xA.C', true],
  ['a\\.c', 'abc', true],
  ['\\.+', '', false],
  ['^\\w+$', 'a-b@c_1', true],
  ['\\d+ \\S', '12 x', true],
  ['a+', 'aa', false],
  ['\\(x\\)', '(x)', true],
]

void t.test('OS_Regex', t => {
  for (const [pattern, value, matches] of patterns) {
    const rules = rulesOf(
      `<rule id="2" level="3"><if_sid>1</if_sid><field name="v">${pattern}</field></rule>`,
    )
    t.equal(idOf(rules, { v: value }) === 2, matches, `${pattern} ${value}`)
  }
  const rules = rulesOf(
    '<rule id="2" level="3"><if_sid>1</if_sid><field name="v" type="pcre2">^(?:a|b)$</field></rule>',
  )
  t.same([idOf(rules, { v: 'a' }), idOf(rules, { v: 'A' }), idOf(rules, {})], [2, undefined, undefined])
  t.end()
})

void t.test('one rule is raised: the highest level first, then the first in the file, then its child', t => {
  const rule = (id: number, level: number, of: number, value: string) =>
    `<rule id="${id}" level="${level}"><if_sid>${of}</if_sid><field name="v">${value}</field></rule>`
  const rules = rulesOf(
    [rule(2, 5, 1, 'a'), rule(3, 5, 1, 'a|b'), rule(4, 9, 1, 'c'), rule(5, 1, 2, 'd')].join(''),
  )
  t.equal(idOf(rules, { v: 'ab' }), 2)
  t.equal(idOf(rules, { v: 'b' }), 3)
  t.equal(idOf(rules, { v: 'abc' }), 4)
  t.equal(idOf(rules, { v: 'ad' }), 5, 'a child, whatever its level')
  t.equal(idOf(rules, { v: 'x' }), undefined, 'level 0 raises nothing')
  t.equal(rules.raise('{"kind":"other","v":"a"}'), undefined)
  t.end()
})

const counting = (of: string) =>
  rulesOf(
    '<rule id="2" level="5"><if_sid>1</if_sid><field name="v">a</field><group>odd,</group></rule>' +
      `<rule id="3" level="9" frequency="3" timeframe="60">${of}<same_field>c</same_field></rule>`,
  )

for (const of of ['<if_matched_group>odd</if_matched_group>', '<if_matched_sid>2</if_matched_sid>'])
  void t.test(`${of}: each third in the time, of one agent, with the same field`, t => {
    const rules = counting(of)
    const ids = (times: readonly number[], more: object = {}, agent = '001') =>
      times.map(at => idOf(rules, { v: 'a', c: 'x', ...more }, at, agent))
    t.same(ids([0, 1, 2]), [2, 2, 3])
    t.same(ids([3, 4, 5]), [2, 2, 3], 'those before do not count again')
    t.same(ids([100, 161, 222]), [2, 2, 2], 'too slow')
    t.same([ids([300]), ids([301], { c: 'y' }), ids([302], {}, '002'), ids([303])].flat(), [2, 2, 2, 2])
    t.same(ids([400, 401, 402], { c: undefined }), [2, 2, 2], 'without the field there is nothing the same')
    t.end()
  })

void t.test('what it does not know it refuses', t => {
  for (const wrong of [
    '<rule id="1" level="3"></rule>',
    '<rule id="2" level="3"><if_sid>7</if_sid></rule>',
    '<rule id="2" level="3"><if_sid>1</if_sid><srcip>10.0.0.1</srcip></rule>',
    '<rule id="2" level="3"><if_sid>1</if_sid><field name="v" type="osmatch">a</field></rule>',
  ])
    t.throws(() => rulesOf(wrong), wrong)
  t.end()
})
