/** What expressions take from an output, and that one that never ends ends. */
import t from 'tap'
import { fromPython } from '../config/schema-commands.js'
import { commandMatchesMax, commandMatchMs } from '../limits.js'
import { handClock } from '../testing/hand-clock.js'
import { systemClock } from '../time/clock.js'
import { matchOutput, type MatchJob } from './match.js'
import { createOutputMatcher } from './output-matcher.js'

const job = (text: string, source: string, more: { flags?: string; all?: boolean } = {}): MatchJob => ({
  text,
  result: { source: fromPython(source), flags: more.flags ?? '', all: more.all ?? false },
  noCacheWhen: undefined,
})
const resultOf = (...of: Parameters<typeof job>) => matchOutput(job(...of)).result

void t.test('named groups are an object, unnamed ones a list, without groups it is the match', t => {
  t.same(resultOf('a=1 b=2', '(?P<k>\\w)=(?<v>\\d)'), { k: 'a', v: '1' })
  t.same(resultOf('a=1 b=2', '(\\w)=(\\d)(x)?'), ['a', '1', null])
  t.same(resultOf('a=1 b=2', '\\d'), '1')
  t.same(resultOf('a=1 b=2', 'z'), null)
  t.same(resultOf('a=1 b=2', '(\\w)=', { all: true }), [['a'], ['b']])
  t.same(resultOf('a=1 b=2', '(?P<k>\\w)=', { all: true }), [{ k: 'a' }, { k: 'b' }])
  t.same(resultOf('ab', 'z', { all: true }), [])
  t.same(resultOf('A\nb', '^b.?', { flags: 'ms' }), 'b')
  t.same(resultOf('x', '(?P<__proto__>x)'), JSON.parse('{"__proto__":"x"}'))
  t.end()
})

void t.test('an expression that matches nothing does so a bounded number of times', t => {
  t.equal(
    (resultOf('x'.repeat(2 * commandMatchesMax), '', { all: true }) as unknown[]).length,
    commandMatchesMax,
  )
  t.end()
})

void t.test('an output that must not be kept', t => {
  const noCacheWhen = { source: 'try later', flags: '' }
  t.same(matchOutput({ text: 'please try later', result: undefined, noCacheWhen }), {
    result: undefined,
    isKept: false,
  })
  t.equal(matchOutput({ text: 'ok', result: undefined, noCacheWhen }).isKept, true)
  t.end()
})

void t.test('groups as Python writes them', t => {
  t.equal(fromPython('(?P<a>x)(?P=a)'), '(?<a>x)\\k<a>')
  t.equal(fromPython('\\(?P<a>'), '\\(?P<a>', 'an escaped bracket begins no group')
  t.equal(fromPython('[(?P<a>]'), '[(?P<a>]', 'nor does one in a class')
  t.equal(fromPython('\\\\(?P<a>x)'), '\\\\(?<a>x)')
  t.end()
})

void t.test('one that would take for ever is ended, and the next gets a new thread', async t => {
  const matcher = createOutputMatcher(systemClock)
  t.teardown(matcher.close)
  const catastrophe = job(`${'a'.repeat(40)}b`, '^(a+)+$')
  let turns = 0
  const busy = setInterval(() => (turns += 1), 10)
  const [first, late, third] = await Promise.all([
    matcher.match(job('a=1', '\\d')),
    matcher.match(catastrophe),
    matcher.match(job('a=2', '\\d')),
  ])
  clearInterval(busy)
  t.same([first?.result, late, third?.result], ['1', undefined, '2'])
  t.ok(turns > 20, `the loop went on: ${turns} turns`)
})

void t.test('the start of the thread does not count: a busy machine is slow to start one', async t => {
  const clock = handClock(0)
  const deadlines: number[] = []
  const matcher = createOutputMatcher({
    sleep: (ms, signal) => {
      deadlines.push(ms)
      return clock.sleep(ms, signal)
    },
  })
  t.teardown(matcher.close)
  const first = matcher.match(job('a=1', '\\d'))
  // Its promises go on, but no message of the thread comes in before the loop turns.
  for (let i = 0; i < 100; i += 1) await Promise.resolve()
  t.same(deadlines, [], 'no time runs yet')
  clock.pass(100 * commandMatchMs)
  t.match(await first, { result: '1' })
  t.same(deadlines, [commandMatchMs])
})

void t.test('one that is closed before it is ready gives nothing', async t => {
  const matcher = createOutputMatcher(systemClock)
  const asked = matcher.match(job('a=1', '\\d'))
  for (let i = 0; i < 100; i += 1) await Promise.resolve()
  await matcher.close()
  t.equal(await asked, undefined)
})
