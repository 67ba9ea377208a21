/** Commands as they are declared: nothing but the declared words runs, one run serves many, and what is kept. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { commandHitsMax } from '../limits.js'
import { openStore } from '../store/store.js'
import { systemClock, type Clock } from '../time/clock.js'
import { commandsOf, shellProgram, type Declaration } from './testing/commands.js'

/** A program that writes its words into a file, each run in a line of its own, and then runs more lines. */
const recorder = (t: Test, ...lines: readonly string[]) => {
  const dir = t.testdir()
  const file = join(dir, 'runs')
  const path = shellProgram(dir, 'recorder', `{ printf '<%s>' "$#" "$@"; echo; } >>${file}`, ...lines)
  const runs = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
  return { path, runs, dir }
}

/** The time of the system, which the test moves on. */
const moved = (): Clock & { readonly pass: (ms: number) => void } => {
  let ahead = 0
  return {
    now: () => systemClock.now() + ahead,
    sleep: systemClock.sleep,
    pass: ms => void (ahead += ms),
  }
}

const hostile = [
  ...['-h evil', '-h', '--help', ';id', '$(id)', '`id`', 'a.com;id', 'a.com\nid', 'a.com\0', 'a.com -x'],
  ...['x'.repeat(64 * 1024), 'a.com|id', '@file', '*', "a.com'", 'a.com\u202e', '>x', '&& id', ''],
]

for (const accepts of ['domain', 'host', 'ip', 'cidr'])
  void t.test(`hostile values run nothing (${accepts})`, async t => {
    const { path, runs } = recorder(t)
    const { ask, stats } = await commandsOf(t, { c: { argv: [path, '--', '{value}'], accepts } })
    for (const value of hostile)
      t.match(await ask('c', value), { kind: 'refused', reason: 'bad-value', why: /\w/ })
    t.same(runs(), [])
    t.match(stats('c'), { refused: hostile.length, runs: 0 })
  })

void t.test('a value that is accepted is one word, whatever a shell would make of it', async t => {
  const { path, runs, dir } = recorder(t)
  const argv = [path, '-x', 'at={value}!', '$(id)', ';id']
  const { answer } = await commandsOf(t, { c: { argv, accepts: '/(?s).*/' } })
  const values = ['$(touch x)', ';touch x', '`touch x`', 'a b', '*', '"', '$HOME', '{value}']
  for (const value of values) t.match(await answer('c', value), { exit: 0, value })
  t.same(
    runs(),
    values.map(value => `<4><-x><at=${value}!><$(id)><;id>`),
  )
  t.notOk(existsSync(join(dir, 'x')))
})

void t.test('IDN reaches the program in A-labels', async t => {
  const { path, runs } = recorder(t)
  const { answer } = await commandsOf(t, { c: { argv: [path, '{value}'], accepts: 'host' } })
  t.equal((await answer('c', 'BÜCHER.de.')).value, 'xn--bcher-kva.de')
  t.same(runs(), ['<1><xn--bcher-kva.de>'])
})

void t.test('1,000 questions about one value make one run', async t => {
  const { path, runs } = recorder(t, 'sleep 0.3; echo "$1"')
  const { answer, stats } = await commandsOf(t, { c: { argv: [path, '{value}'], accepts: 'domain' } })
  const spellings = ['example.com', 'www.example.com', 'EXAMPLE.com.', 'a.b.example.com']
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, i) => answer('c', spellings[i % 4] ?? '')),
  )
  t.same(runs(), ['<1><example.com>'])
  t.ok(answers.every(({ result, cached }) => result === 'example.com\n' && !cached))
  t.match(stats('c'), { runs: 1, shared: 999, cached: 0 })
  t.match(await answer('c', 'example.com'), { cached: true, result: 'example.com\n', exit: 0 })
  t.same(runs().length, 1)
})

void t.test('an answer is kept for keep_hours, and counted', async t => {
  const { path, runs } = recorder(t, 'date +%N')
  const clock = moved()
  const declared = { c: { argv: [path, '{value}'], accepts: 'host', keep_hours: 2 } }
  const { answer, kept, stats } = await commandsOf(t, declared, { clock })
  const first = await answer('c', 'a')
  t.match(first, { cached: false, age: 0 })
  clock.pass(3_600_000)
  t.match(await answer('c', 'a'), { cached: true, result: first.result, age: /^360\d$/ })
  t.match([...(kept('c', 'key', { offset: 0, limit: 9 }) ?? [])], [{ value: 'a', hits: 1 }])
  t.match(stats('c'), { cached: 1, cache: { answers: 1, hits: 1 } })
  clock.pass(3_600_001)
  t.match(await answer('c', 'a'), { cached: false, age: 0 })
  t.equal(runs().length, 2)
})

void t.test('hits are counted in the store when they are many', async t => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const { answer } = await commandsOf(t, { c: { argv: ['true', '{value}'], accepts: 'host' } }, { store })
  for (let i = 0; i < commandHitsMax + 1; i += 1) await answer('c', 'a')
  t.equal(store.commandAnswers().sums('c').hits, commandHitsMax)
})

const laws: readonly (readonly [name: string, more: object, exit: number, runs: readonly number[]])[] = [
  // How often it has run after the first question, after a second one, and after one a hundred years later.
  ['keep_hours 0 keeps nothing', { keep_hours: 0 }, 0, [1, 2, 3]],
  ['keep_hours -1 has no end', { keep_hours: -1 }, 0, [1, 1, 1]],
  ['keep_hours -2 has no end', { keep_hours: -2 }, 0, [1, 1, 1]],
  ['a failure is kept for a short time', {}, 1, [1, 1, 2]],
  ['a failure is not kept with keep_errors_hours 0', { keep_errors_hours: 0 }, 1, [1, 2, 3]],
  ['a failure is not kept longer than an answer', { keep_hours: 0, keep_errors_hours: 9 }, 1, [1, 2, 3]],
  ['a failure ends with keep_hours -2, too', { keep_hours: -2 }, 1, [1, 1, 2]],
  ['no_cache_when is found', { no_cache_when: '/QU[o]ta/' }, 0, [1, 2, 3]],
  ['no_cache_when is not found', { no_cache_when: '/^quota$/' }, 0, [1, 1, 2]],
]

for (const [name, more, exit, wanted] of laws)
  void t.test(name, async t => {
    const { path, runs } = recorder(t, `echo over quota; exit ${exit}`)
    const clock = moved()
    const { answer } = await commandsOf(
      t,
      { c: { argv: [path, '{value}'], accepts: 'host', ...more } },
      { clock },
    )
    const seen: number[] = []
    for (const ms of [0, 0, 100 * 365 * 86_400_000]) {
      clock.pass(ms)
      t.match(await answer('c', 'a'), { exit, result: 'over quota\n' })
      seen.push(runs().length)
    }
    t.same(seen, wanted)
  })

void t.test('what is kept survives a restart, but not a change of the declaration', async t => {
  const { path, runs, dir } = recorder(t)
  const file = join(dir, 'a.sqlite')
  const ask = async (declared: Declaration) => {
    const store = openStore(file)
    const { answer, close } = await commandsOf(t, { c: declared }, { store })
    const { cached } = await answer('c', 'a')
    await close()
    store.close()
    return cached
  }
  const argv = [path, '{value}']
  t.equal(await ask({ argv, accepts: 'host' }), false)
  t.equal(await ask({ argv, accepts: 'host' }), true)
  t.equal(await ask({ argv, accepts: 'host', timeout_seconds: 3 }), true)
  t.equal(await ask({ argv: [...argv, '-x'], accepts: 'host' }), false)
  t.equal(runs().length, 2)
})

void t.test('an answer is forgotten, by any spelling of its value', async t => {
  const { path, runs } = recorder(t)
  const { answer, forget } = await commandsOf(t, { c: { argv: [path, '{value}'], accepts: 'host' } })
  await answer('c', 'a.com')
  t.equal(forget('c', 'A.com.'), true)
  t.equal(forget('c', 'a.com'), false)
  t.equal(forget('c', '-x'), false)
  t.equal(forget('x', 'a.com'), undefined)
  await answer('c', 'a.com')
  t.equal(runs().length, 2)
})

void t.test('what goes wrong is said', async t => {
  const dir = t.testdir()
  const late = shellProgram(dir, 'late', 'echo begun; exec sleep 60')
  const declared = {
    late: { argv: [late, '{value}'], accepts: 'host', timeout_seconds: 0.2 },
    much: { argv: ['yes', '{value}'], accepts: 'host', output_bytes_max: 10 },
    none: { argv: ['/nonexistent/whois', '{value}'], accepts: 'host' },
    mine: { argv: ['/etc/passwd', '{value}'], accepts: 'host' },
    bytes: { argv: ['printf', '\\377\\0%s', '{value}'], accepts: 'host' },
    nul: { argv: ['printf', '\\0%s', '{value}'], accepts: 'host' },
    killed: { argv: [shellProgram(dir, 'killed', 'kill -9 $$'), '{value}'], accepts: 'host' },
    cut: { argv: ['printf', 'aä%s', '{value}'], accepts: 'host', output_bytes_max: 2 },
  }
  const { answer, ask, stats } = await commandsOf(t, declared)
  t.match(await answer('late', 'a'), {
    ...{ exit: null, signal: 'SIGTERM', result: 'begun\n' },
    error: 'it ran longer than timeout_seconds: 0.2',
  })
  t.match(await answer('much', 'a'), { result: 'a\n'.repeat(5), error: /output_bytes_max: 10/ })
  const refused = { kind: 'refused', reason: 'not-started' }
  t.match(await ask('none', 'a'), {
    ...refused,
    why: '/nonexistent/whois is not there: install it, or give its path in argv',
  })
  t.match(await ask('mine', 'a'), { ...refused, why: /may not be run/ })
  t.match(stats('none'), { runs: 0, failed: 1, running: 0 })
  t.match(await answer('bytes', 'a'), { result: '/wBh', encoding: 'base64', exit: 0 })
  t.match(await answer('nul', 'a'), { result: 'AGE=', encoding: 'base64', exit: 0 })
  t.match(await answer('killed', 'a'), { exit: null, signal: 'SIGKILL', error: 'it was ended by SIGKILL' })
  t.strictSame((await answer('cut', 'a')).result, 'a', 'half a character is left out')
  t.match(await ask('other', 'a'), { kind: 'refused', reason: 'unknown-command' })
})

void t.test('results, with their types', async t => {
  const output = 'Creation Date: 1995-08-14T04:00:00Z\\nHops: 12\\nLoss: 0.5\\nNote: none\\n'
  const argv = ['printf', `${output}%s`, '{value}']
  const regex =
    'Date: (?P<created>\\S+)\\s+Hops: (?P<hops>\\d+)\\s+Loss: (?P<loss>\\S+)\\s+Note: (?P<note>\\w+)'
  const types = { created: 'date', hops: 'int', loss: 'float', note: 'int' }
  const { answer } = await commandsOf(t, {
    object: { argv, accepts: 'host', result: { regex, types } },
    list: {
      argv,
      accepts: 'host',
      result: { regex: '^(\\w+): (\\d+)$', flags: ['multiline'], types: { 2: 'int' } },
    },
    all: { argv, accepts: 'host', result: { regex: '\\d+', all: true, types: { 1: 'int' } } },
    none: { argv, accepts: 'host', result: { regex: 'nowhere' } },
    nones: { argv, accepts: 'host', result: { regex: 'nowhere', all: true } },
  })
  t.strictSame((await answer('object', 'a')).result, {
    ...{ created: '1995-08-14T04:00:00.000Z', hops: 12, loss: 0.5, note: null },
  })
  t.strictSame((await answer('list', 'a')).result, ['Hops', 12])
  t.strictSame((await answer('all', 'a')).result, [1995, 8, 14, 4, 0, 0, 12, 0, 5])
  t.strictSame((await answer('none', 'a')).result, null)
  t.strictSame((await answer('nones', 'a')).result, [])
})

void t.test('where the result is required, a run that finds nothing has failed', async t => {
  const { path, runs } = recorder(t, 'echo over quota')
  const of = (more: object) => ({
    argv: [path, '{value}'],
    ...{ accepts: 'host', keep_hours: 9, keep_errors_hours: 0 },
    result: { required: true, ...more },
  })
  const { answer } = await commandsOf(t, {
    one: of({ regex: 'Created: (.*)' }),
    all: of({ regex: 'Created: (.*)', all: true }),
    there: of({ regex: 'over' }),
  })
  const error = 'its expression found nothing in the output'
  for (let asked = 0; asked < 2; asked += 1) {
    t.match(await answer('one', 'a'), { result: null, exit: 0, error, cached: false })
    t.match(await answer('all', 'a'), { result: [], exit: 0, error, cached: false })
    t.strictSame((await answer('there', 'a')).error, undefined)
  }
  t.equal(runs().length, 5, 'failures are not kept, the answer is')
})

void t.test('an expression that would take for ever fails the run, and stops nothing', async t => {
  const argv = ['printf', `${'a'.repeat(40)}b%s`, '{value}']
  const { answer } = await commandsOf(t, {
    c: { argv, accepts: 'host', result: { regex: '^(a+)+$' }, keep_errors_hours: 0 },
    ok: { argv, accepts: 'host', result: { regex: 'b' } },
  })
  const late = answer('c', 'x')
  const began = systemClock.now()
  await new Promise(resolve => setImmediate(resolve))
  t.ok(systemClock.now() - began < 200)
  t.match(await late, { result: null, exit: 0, error: /too long/ })
  t.match(await answer('ok', 'x'), { result: 'b' })
})

void t.test('a program gets PATH, LC_ALL and what env names, and no more', async t => {
  const argv = ['env', '--', 'A={value}', 'env']
  const { answer } = await commandsOf(
    t,
    { c: { argv, accepts: 'host', env: ['HOME', 'TOKEN=x y', 'GONE', 'PATH'] } },
    { variables: { HOME: '/h', SECRET: 's', PATH: '/usr/bin:/bin' } },
  )
  const { result } = await answer('c', 'v')
  const variables = (typeof result === 'string' ? result : '').split('\n')
  // tap hands these on to each process that a test starts.
  t.same(variables.filter(line => !/^(?:NODE_OPTIONS|_TAPJS_)/.test(line)).sort(), [
    ...['', 'A=v', 'HOME=/h', 'LC_ALL=C.UTF-8', 'PATH=/usr/bin:/bin', 'TOKEN=x y'],
  ])
})

void t.test('no more than at_once run at a time', async t => {
  const dir = t.testdir({ held: {} })
  const counting = shellProgram(
    dir,
    'p',
    ...[`mkdir ${dir}/held/$1; ls ${dir}/held | wc -l; sleep 0.1; rmdir ${dir}/held/$1`],
  )
  const { answer } = await commandsOf(t, { c: { argv: [counting, '{value}'], accepts: 'host', at_once: 2 } })
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => answer('c', `h${i}`)))
  t.ok(answers.every(({ result }) => Number(result) <= 2))
})

void t.test('when it closes, runs end, and who waits is told', async t => {
  const { path } = recorder(t, `trap '' TERM; sleep 60`)
  const { ask, close } = await commandsOf(t, { c: { argv: [path, '{value}'], accepts: 'host', at_once: 1 } })
  const asked = ['a', 'b'].map(value => ask('c', value))
  await systemClock.sleep(100, new AbortController().signal)
  await close()
  for (const { status } of await Promise.allSettled(asked)) t.equal(status, 'rejected')
  await t.rejects(ask('c', 'z'))
})

void t.test('an answer that cannot be kept is given all the same', async t => {
  const store = openStore(':memory:')
  const { path } = recorder(t)
  const { answer, reports } = await commandsOf(
    t,
    { c: { argv: [path, '{value}'], accepts: 'host' } },
    { store },
  )
  const asked = answer('c', 'a')
  store.close()
  t.match(await asked, { exit: 0 })
  t.match(reports, [{ kind: 'command-not-kept', command: 'c', error: /not open/ }])
})

void t.test('an expression of accepts that RE2 cannot read is named', async t => {
  await t.rejects(commandsOf(t, { c: { argv: ['true', '{value}'], accepts: '/(?=x)/' } }), {
    message: /^commands\.c\.accepts: RE2 cannot read/,
  })
})
