/** Consumer groups among the settings of inputs: what fits together, and what an input is called. */
import t from 'tap'
import { feedName, inputs } from './schema-inputs.js'

const stream = { redis: 'redis://127.0.0.1:6379', stream: 'eve' }
const faults = (...list: readonly object[]): readonly string[] =>
  (inputs.schema.safeParse(list).error?.issues ?? []).map(
    ({ path, message }) => `${path.map(String).join('.')} ${message}`,
  )

void t.test('a group is of a stream, and the time of a group', t => {
  t.same(faults({ ...stream, group: 'ids', claim_after_seconds: 60, start: 'end' }), [])
  t.same(faults({ redis: stream.redis, list: 'eve', group: 'ids' }), ['0.group needs stream'])
  t.same(faults({ path: 'eve.json', group: 'ids' }), ['0.group needs stream'])
  t.same(faults({ ...stream, claim_after_seconds: 60 }), ['0.claim_after_seconds needs group'])
  t.match(faults({ ...stream, group: 'ids', claim_after_seconds: 0 }), [/^0\.claim_after_seconds/])
  t.match(faults({ ...stream, group: 'i\nds' }), [/^0\.group holds an unprintable character/])
  t.end()
})

void t.test('two groups of one stream in one daemon would count each entry twice', t => {
  t.match(faults({ ...stream, group: 'a' }, { ...stream, group: 'b' }), [/^1 is another input, too/])
  t.match(faults(stream, { ...stream, group: 'b' }), [/^1 is another input, too/])
  t.same(faults(stream, { ...stream, stream: 'other', group: 'b' }), [])
  t.end()
})

void t.test('the name of an input has its group: the cursor of a group is another one', t => {
  const [named] = inputs.schema.parse([{ ...stream, group: 'ids' }])
  t.equal(named && feedName(named), 'redis://127.0.0.1:6379/0 stream eve group ids')
  t.end()
})
