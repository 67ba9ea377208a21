/** The queue of look-ups survives kill -9, a registry that does not answer, and one that asks for fewer queries. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configSchema } from '../config/schema.js'
import { openScores } from '../detect/scores.js'
import { suspicion } from '../detect/verdict.js'
import { start } from '../testing/process.js'
import { followRecords, type Line } from '../testing/record-log.js'
import { openRegistry, registeredOn, type Registry } from '../testing/registry.js'
import { stateOf, type State } from '../testing/state.js'
import { zeekLines } from '../testing/zeek-lines.js'

const scoresOf = await openScores(configSchema.parse({}), undefined)
const suspicions = new Map<string, number>()
const suspicionOf = (name: string): number => {
  const known = suspicions.get(name)
  if (known !== undefined) return known
  const fresh = suspicion(scoresOf(name, name), { freqAverage: 5, freqWord: 4 })
  suspicions.set(name, fresh)
  return fresh
}

const words =
  'river stone garden north market winter coffee paper silver bridge orange travel music summer forest island ' +
  'planet window doctor school family kitchen camera driver hotel studio valley energy health design media print ' +
  'smart green house light water world trade store point power press phone plant photo party model money motor'
const wordList = words.split(' ')
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Distinct names: two words and a third, and every tenth with letters that no human would choose. */
const domains = (count: number): string[] => {
  const word = (n: number) => wordList[n % wordList.length] ?? ''
  const random = (n: number) => {
    let rest = Math.imul(n + 1, 0x9e37_79b1) >>> 0
    let label = ''
    for (let i = 0; i < 12; i++) {
      rest = (Math.imul(rest, 1_664_525) + 1_013_904_223) >>> 0
      label += letters[(rest >>> 16) % letters.length] ?? ''
    }
    return `x${label}${n}`
  }
  const size = wordList.length
  return Array.from({ length: count }, (_, n) =>
    n % 10 === 0
      ? `${random(n)}.com`
      : `${word(n)}${word(Math.floor(n / size))}${word(Math.floor(n / size ** 2))}.com`,
  )
}

/** Each first record once; a follow-up once, behind what was no answer, with none of its alerts. */
const faultsIn = (records: readonly Line[]): string[] => {
  const firsts = new Map<string, Line>()
  const followed = new Set<string>()
  const faults: string[] = []
  for (const record of records) {
    const { record_id: own, followup_of: id, category, alerts } = record
    if (id === undefined) {
      if (firsts.has(own)) faults.push(`twice: ${own}`)
      firsts.set(own, record)
    } else {
      const first = firsts.get(id)
      if (first?.category !== 'PENDING' && first?.category !== 'ERROR') faults.push(`follows nothing: ${id}`)
      if (category === 'PENDING' || category === 'ERROR') faults.push(`no answer: ${id}`)
      if (alerts.some(alert => first?.alerts.includes(alert))) faults.push(`alerts again: ${id}`)
      if (followed.has(id)) faults.push(`followed twice: ${id}`)
      followed.add(id)
    }
  }
  return faults
}

const followups = (records: readonly Line[]) =>
  records.filter(({ followup_of: first }) => first !== undefined)
const openOnes = (records: readonly Line[]) =>
  records.filter(({ category }) => category === 'PENDING' || category === 'ERROR')
const isDated = ({ category }: Line): boolean => category === 'ESTABLISHED'
/** What was answered, and is in the database, need not be asked again. */
const isAnswered = ({ kinds }: State, name: string) => (kinds.get(name) ?? 'failed') !== 'failed'

/** The worst of those about which nothing is known yet are asked first. */
const areTheWorst = (asked: readonly string[], { queued, kinds }: State): boolean => {
  const open = [...queued].filter(name => !kinds.has(name)).map(suspicionOf)
  const limit = open.sort((a, b) => a - b)[asked.length - 1] ?? Infinity
  return asked.every(name => suspicionOf(name) <= limit)
}

/** One in 18 or so, and rarely two after each other: a server that fails often is left alone for minutes. */
const isRefusedFirst = (name: string): boolean => name.charCodeAt(2) % 20 === 0

void t.test('kill -9 in the middle of 100,000 queued names loses nothing and repeats nothing', async t => {
  const count = 100_000
  const names = domains(count)
  t.equal(new Set(names).size, count)
  const registry: Registry = await openRegistry(
    t,
    (name, nth) =>
      nth === 1 && isRefusedFirst(name) ? { status: 500 } : registeredOn(name, '2011-05-14T08:21:07Z'),
    { latencyMs: 20 },
  )
  // At the default of five a second it would be asked 200 times while this test lasts, and few follow-ups would come.
  const rdap = `rdap:\n  per_second: 100\n  servers:\n    com: ${registry.url}\n`
  // The output has a folder of its own: who watches it need not hear of each page of the database.
  const dir = t.testdir({
    data: { 'domainstats.yaml': `hold_seconds: 1\noutput: ../out/domainstats.log\n${rdap}` },
    out: {},
    'dns.log': zeekLines(names),
  })
  const data = join(dir, 'data')
  const log = followRecords(t, join(dir, 'out', 'domainstats.log'))
  const run = () => {
    const daemon = start('run', '--data', data, '--zeek', join(dir, 'dns.log'))
    t.teardown(() => void daemon.child.kill('SIGKILL'))
    return daemon
  }
  const moments: readonly (() => Promise<unknown>)[] = [
    () => registry.until(asked => asked.length >= 8),
    () => registry.until(asked => asked.length >= 48),
    () => log.until(records => records.length >= 20_000),
    () => log.until(records => records.length >= 60_000),
    () => log.until(records => records.length - followups(records).length >= count),
  ]
  let before: State | undefined
  const runUntil = async (moment: () => Promise<unknown>, signal: NodeJS.Signals) => {
    const [begun, seen] = [registry.asked.length, new Set(registry.asked)]
    const daemon = run()
    await registry.until(asked => asked.slice(begun).filter(name => !seen.has(name)).length >= 8)
    await moment()
    const code = await daemon.end(signal)
    const asked = registry.asked.slice(begun)
    const state = before
    before = stateOf(data)
    t.comment(`${log.look().length} records, ${before.queued.size} queued, ${registry.asked.length} asked`)
    if (!state) return code
    t.strictSame(asked.filter(name => isAnswered(state, name)), [], 'no answer is asked for again') // prettier-ignore
    // Until all of the log was read, worse ones came meanwhile.
    if (state.queued.size > 0.9 * count)
      t.ok(areTheWorst(asked.slice(0, 8), state), 'the queue goes on, the most suspicious first')
    return code
  }
  for (const moment of moments) t.equal(await runUntil(moment, 'SIGKILL'), 'SIGKILL')
  const followed = () => log.until(records => followups(records).length >= 300)
  t.equal(await runUntil(followed, 'SIGTERM'), 0, 'ends in good order')

  const [records, state] = [log.look(), stateOf(data)]
  t.strictSame(faultsIn(records), [])
  // The names are generated: now and then a burst of them has a record of its own.
  const isBurst = ({ alerts }: Line) => alerts.some(alert => alert.startsWith('DGA-BURST'))
  const firsts = records.filter(one => one.followup_of === undefined && !isBurst(one))
  const written = new Set(firsts.map(({ query }) => query))
  t.strictSame(names.filter(name => !written.has(name)), [], 'each question has its record') // prettier-ignore
  t.equal(firsts.length, count, 'and only one')
  const owed = new Set(openOnes(firsts).map(({ query }) => query))
  for (const { query } of followups(records)) owed.delete(query)
  t.equal(state.owed.length, owed.size)
  t.strictSame(state.owed.filter(name => !owed.has(name)), [], 'what has no follow-up yet is owed one') // prettier-ignore
  t.strictSame(state.owed.filter(name => !state.queued.has(name)), [], 'and waits to be asked') // prettier-ignore
  t.strictSame(state.held, [])
  // Some of them have been tried again by now.
  t.ok(registry.asked.some(isRefusedFirst), 'some look-ups failed')
  t.comment(`${followups(records).length} follow-ups, ${registry.asked.length} times asked`)
})

void t.test('a registry that does not answer slows neither the log nor another registry', async t => {
  const silent = await openRegistry(t, () => 'never')
  const quick = await openRegistry(t, name => registeredOn(name, '2011-05-14T08:21:07Z'))
  const slowNames = domains(3_000)
  const dir = t.testdir({ data: {}, 'dns.log': zeekLines(slowNames) })
  const [data, dns] = [join(dir, 'data'), join(dir, 'dns.log')]
  const configure = (com: Registry) =>
    writeFileSync(
      join(data, 'domainstats.yaml'),
      'emit: distinct\nhold_seconds: 600\nqueue_max: 1000\nrdap:\n  per_second: 1000\n  burst: 1000\n' +
        `  servers:\n    com: ${com.url}\n    net: ${quick.url}\n`,
    )
  configure(silent)
  const log = followRecords(t, join(data, 'domainstats.log'))
  const run = () => {
    const daemon = start('run', '--data', data, '--zeek', dns)
    t.teardown(() => void daemon.child.kill('SIGKILL'))
    return daemon
  }
  const daemon = run()
  await silent.until(asked => asked.length >= 4)
  await daemon.says(/"kind":"limit-reached","limit":"queue_max"/)

  // Answers of another registry are written at once, before the look-ups at the one that does not answer time out.
  // They look generated: the queue is full, and drops the least suspicious.
  const quickNames = domains(5 * 10).flatMap((name, n) => (n % 10 === 0 ? name.replace('.com', '.net') : []))
  const ofQuick = (records: readonly Line[]) => records.filter(({ query }) => query.endsWith('.net'))
  appendFileSync(dns, zeekLines(quickNames, slowNames.length))
  const written = ofQuick(await log.until(records => ofQuick(records).length >= quickNames.length))
  t.strictSame(written.map(({ query }) => query).sort(), quickNames.toSorted())
  t.ok(written.every(isDated))
  t.ok(silent.asked.length <= 8, 'one time-out is the most that may have passed on a slow machine')
  t.equal(await daemon.end('SIGTERM'), 0)
  const said = await daemon.says('stopped')
  t.match(said, /"lines":3005,"questions":3005/)
  // The queue is cut to nine tenths when it is full: how full it is in the end depends on the sizes of transactions.
  const dropped = Number(/"limits":\{"queue_max":(\d+)\}/.exec(said)?.[1])
  t.ok(dropped >= 2_000 && dropped <= 2_105, `${dropped} dropped`)

  const state = stateOf(data)
  t.ok(state.queued.size <= 1_000, 'the queue has its bound')
  t.equal(state.held.length + openOnes(log.look()).length, slowNames.length, 'and each name has its record to come') // prettier-ignore
  const waiting = [...state.queued].filter(name => !state.kinds.has(name))
  t.ok(areTheWorst(waiting, { ...state, queued: new Set(slowNames) }), 'it holds the worst')

  // The registry comes back. It is asked for what waits, and for what fell out once it is seen again.
  configure(quick)
  const fallen = slowNames.filter(name => !state.queued.has(name))
  const seenAgain = fallen.slice(0, 20)
  appendFileSync(
    dns,
    zeekLines(
      seenAgain.map(name => `www.${name}`),
      4_000,
    ),
  )
  const asked = new Set([...state.queued, ...seenAgain])
  const again = run()
  const expected = quickNames.length + asked.size + seenAgain.length
  await log.until(records => records.filter(isDated).length >= expected)
  t.equal(await again.end('SIGTERM'), 0)
  t.strictSame(quick.asked.filter(name => name.endsWith('.com')).sort(), [...asked].sort())
  t.strictSame(faultsIn(log.look()), [])
})

void t.test('429 for a while: the server is left alone, and every follow-up comes', async t => {
  let refusals = 5
  const registry = await openRegistry(t, name =>
    refusals-- > 0
      ? { status: 429, headers: { 'retry-after': '1' } }
      : registeredOn(name, '2011-05-14T08:21:07Z'),
  )
  const names = domains(16)
  const dir = t.testdir({
    data: {
      'domainstats.yaml': `hold_seconds: 600\nrdap:\n  per_second: 20\n  servers:\n    com: ${registry.url}\n`,
    },
    'dns.log': zeekLines(names),
  })
  const data = join(dir, 'data')
  const log = followRecords(t, join(data, 'domainstats.log'))
  const daemon = start('run', '--data', data, '--zeek', join(dir, 'dns.log'))
  t.teardown(() => void daemon.child.kill('SIGKILL'))
  const records = await log.until(records => followups(records).length >= 5)
  t.equal(await daemon.end('SIGTERM'), 0)
  // Four at once, and one that tried when the pause was over: that slows it down twice.
  t.match(await daemon.says(''), /"server-slowed","host":"[^"]+","perSecond":10,"pauseMs":1000/)
  t.match(await daemon.says(''), /"server-slowed","host":"[^"]+","perSecond":5,"pauseMs":1000/)
  const errors = openOnes(records)
  t.equal(errors.length, 5)
  t.ok(errors.every(({ category, reason }) => category === 'ERROR' && reason === 'rate-limited'))
  t.ok(followups(records).every(({ category }) => category === 'ESTABLISHED'))
  t.strictSame(faultsIn(records), [])
  t.equal(records.length, names.length + 5)
  t.equal(registry.asked.length, names.length + 5, 'nobody was asked more than needed')
  const state = stateOf(data)
  t.strictSame([state.queued.size, state.held, state.owed], [0, [], []])
})
