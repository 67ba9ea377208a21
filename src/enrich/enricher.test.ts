/** Records with what commands say of them: held for it, followed up, over a restart, and each exactly once. */
import t, { type Test } from 'tap'
import { Committer } from '../commit/committer.js'
import type { EnrichSettings } from '../config/schema-enrich.js'
import { parseConfig } from '../config/parse.js'
import type { Policy } from '../detect/policy.js'
import { enrichBusyMs, enrichmentMsMax, enrichmentsMax, enrichRetryMs, enrichTriesMax } from '../limits.js'
import { jsonFormat } from '../output/json.js'
import type { CommandOutcome } from '../programs/commands.js'
import { settlements } from '../resolve/settle.js'
import { askedBy, type Question } from '../sightings/question.js'
import { sightings } from '../sightings/sightings.js'
import type { Report } from '../telemetry/report.js'
import {
  day,
  never,
  now,
  openLife,
  policy,
  putRegistration,
  question,
  registered,
  until,
} from '../testing/pipeline-kit.js'
import { Enricher } from './enricher.js'
import { enrichmentBy } from './enrichment.js'

const otx = {
  command: 'otx',
  when: ['NEW', 'YOUR-FIRST-CONTACT'],
  fields: { pulses: 'strings', count: 'count' },
  alert: { name: 'OTX', field: 'pulses' },
}
const where = { command: 'where', when: ['NEW'], value: 'client', fields: { country: 'string' } }

const entriesOf = (...enrich: readonly object[]): readonly EnrichSettings[] => {
  const argv = ['true', '{value}']
  const commands = { otx: { argv, accepts: 'domain' }, where: { argv, accepts: 'ip' } }
  const parsed = parseConfig(JSON.stringify({ commands, enrich }), 'f')
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.config.enrich
}

type Said = { readonly result: unknown; readonly error?: string } | 'busy' | 'not-started'

const outcomeOf = (said: Said, command: string, value: string): CommandOutcome => {
  if (typeof said === 'string') return { kind: 'refused', reason: said, why: said }
  const { result, error } = said
  const answer = {
    command,
    value,
    cached: false,
    age: 0,
    exit: 0,
    ms: 1,
    ...(error !== undefined && { error }),
  }
  return { kind: 'answered', answer: { ...answer, result: result as never } } // any JSON, as the cache gives it
}

interface Written {
  readonly record_id: string
  readonly query: string
  readonly category: string
  readonly alerts: readonly string[]
  readonly followup_of?: string
  readonly risk: number
  readonly x_otx_pulses?: readonly string[]
  readonly x_otx_count?: number
  readonly x_where_country?: string
}

/** A folder with records that are enriched by these entries; commands answer when the test lets them. */
const setUp = (
  t: Test,
  entries = entriesOf(otx),
  {
    dir = t.testdir(),
    use = {},
    kept = {},
  }: { dir?: string; use?: Partial<Policy>; kept?: Record<string, unknown> } = {},
) => {
  const life = openLife(t, dir)
  const { store, output, clock } = life
  const reports: Report[] = []
  const telemetry = (report: Report) => void reports.push(report)
  const rules = { ...policy, emit: 'domains' as const, freqAlerts: 'first' as const, ...use }
  const asked: { readonly command: string; readonly value: string; readonly answer: (said: Said) => void }[] =
    []
  const enrich = enrichmentBy({
    ...{ entries, policy: rules },
    kept: (command, value) => {
      const result = kept[`${command} ${value}`]
      return result === undefined ? undefined : { result }
    },
  })
  const committer = new Committer({ store, output, format: jsonFormat, enrich, clock, telemetry })
  const enricher = new Enricher({
    ...{ entries, store, committer, policy: rules, clock, telemetry },
    atOnce: () => 2,
    commands: {
      ask: (command, value) =>
        new Promise(resolve => {
          asked.push({ command, value, answer: said => resolve(outcomeOf(said, command, value)) })
        }),
    },
  })
  const stop = new AbortController()
  const running = enricher.run(stop.signal)
  t.teardown(() => stop.abort())
  const see = async (...questions: readonly Question[]) => {
    await committer.commit(askedBy(questions), (known, at) => sightings(questions, known, rules, at), never)
    enricher.call()
  }
  const register = async (domain: string, ageDays: number) => {
    const registration = registered(ageDays).registration
    if (registration.kind !== 'registered') return
    await committer.commit(
      { domains: [domain], registrables: [domain] },
      (known, at) => settlements(new Map([[domain, { registration, random: 0 }]]), known, rules, at),
      never,
    )
    enricher.call()
  }
  const written = (): Written[] =>
    life
      .written()
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Written)
  const next = async () => {
    await until(() => asked.length > 0)
    const one = asked.shift()
    if (!one) throw new Error('nothing is asked')
    return one
  }
  /** All that the enricher can do now is done: its commit, and what it begins behind that. */
  const rest = async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise(resolve => setImmediate(resolve))
      await committer.commit({}, () => ({ records: [] }), never)
    }
  }
  /** Time passes, and what is due is done. */
  const pass = async (ms: number) => {
    await rest()
    clock.pass(ms)
    enricher.call()
    await rest()
  }
  const end = async () => {
    stop.abort()
    await running
  }
  return { ...life, committer, enricher, reports, asked, see, register, written, next, rest, pass, end, dir }
}

void t.test('a record waits for the command, and has what it says', async t => {
  const { store, see, next, written, pass } = setUp(t)
  putRegistration(store, 'young.com', registered(3))
  await see(question('www.young.com'))
  const ask = await next()
  t.match(ask, { command: 'otx', value: 'young.com' })
  t.same(written(), [])
  ask.answer({ result: { pulses: ['Qakbot C2', 'Other'], count: 2 } })
  await until(() => written().length === 1)
  const [record] = written()
  t.match(record, {
    category: 'NEW',
    alerts: ['YOUR-FIRST-CONTACT', 'OTX:Qakbot C2'],
    x_otx_pulses: ['Qakbot C2', 'Other'],
    x_otx_count: 2,
  })
  t.equal(record?.followup_of, undefined)
  await pass(day)
  t.equal(written().length, 1)
  t.equal(store.enrichments.count(), 0)
})

void t.test('an answer that comes too late is a follow-up with what is new', async t => {
  const { store, see, next, written, pass } = setUp(t)
  putRegistration(store, 'young.com', registered(3))
  await see(question('young.com'))
  const ask = await next()
  await pass(policy.holdMs)
  t.match(written(), [{ alerts: ['YOUR-FIRST-CONTACT'], x_otx_count: undefined }])
  ask.answer({ result: { pulses: ['Late'], count: 1 } })
  await until(() => written().length === 2)
  const [first, second] = written()
  t.match(second, {
    category: 'NEW',
    alerts: ['OTX:Late'],
    x_otx_count: 1,
    followup_of: first?.record_id ?? '?',
  })
  t.not(second?.record_id, first?.record_id)
  t.ok((second?.risk ?? 0) > (first?.risk ?? 100), 'its risk is that of both')
  t.equal(store.enrichments.count(), 0)
})

void t.test('what is kept of earlier answers is in the record at once', async t => {
  const { store, see, asked, written } = setUp(t, undefined, {
    kept: { 'otx young.com': { pulses: ['Kept'] } },
  })
  putRegistration(store, 'young.com', registered(3))
  await see(question('young.com'))
  t.match(written(), [{ alerts: ['YOUR-FIRST-CONTACT', 'OTX:Kept'], x_otx_pulses: ['Kept'] }])
  t.same(asked, [])
})

void t.test('records of other categories, and without the value, are written as they are', async t => {
  const { store, see, asked, written } = setUp(t, entriesOf({ ...where, when: ['NEW', 'MANY-NAMES'] }))
  putRegistration(store, 'old.com', registered(4000))
  putRegistration(store, 'young.com', registered(3))
  await see(question('old.com'))
  const nobody = question('young.com')
  await see({ ...nobody, event: { ...nobody.event, origHost: undefined } })
  t.match(written(), [{ query: 'old.com' }, { query: 'young.com' }])
  t.same(asked, [])
})

void t.test('a PENDING record is written, and what the command says follows', async t => {
  const { see, register, next, written, store } = setUp(t, undefined, { use: { holdMs: 0 } })
  await see(question('a.com'))
  const ask = await next()
  ask.answer({ result: { count: 0 } })
  await until(() => written().length === 2)
  await register('a.com', 3)
  await until(() => written().length === 3)
  const [first, said, registry] = written()
  t.match(first, { category: 'PENDING', alerts: ['YOUR-FIRST-CONTACT'], x_otx_count: undefined })
  t.match(said, { category: 'PENDING', alerts: [], x_otx_count: 0, followup_of: first?.record_id ?? '?' })
  t.match(registry, { category: 'NEW', x_otx_count: undefined, followup_of: first?.record_id ?? '?' })
  t.equal(new Set(written().map(({ record_id }) => record_id)).size, 3)
  t.equal(store.enrichments.count(), 0, 'it is not asked again for the same question')
})

void t.test('a follow-up of the registry is enriched for what it is the first to say', async t => {
  const { see, register, next, written } = setUp(t, entriesOf({ ...otx, when: ['NEW'] }), {
    use: { holdMs: 0 },
  })
  await see(question('a.com'))
  await register('a.com', 3)
  const ask = await next()
  t.match(written(), [{ category: 'PENDING' }, { category: 'NEW' }])
  ask.answer({ result: { count: 3 } })
  await until(() => written().length === 3)
  const [first, , said] = written()
  t.match(said, { category: 'NEW', x_otx_count: 3, followup_of: first?.record_id ?? '?' })
})

void t.test('one of two commands answers in time', async t => {
  const { store, see, next, written, pass } = setUp(t, entriesOf(otx, where))
  putRegistration(store, 'young.com', registered(3))
  await see(question('young.com'))
  const asks = [await next(), await next()]
  t.strictSame(
    asks.map(({ value }) => value),
    ['young.com', '10.0.0.1'],
  )
  asks[1]?.answer({ result: { country: 'DE' } })
  await pass(1)
  t.same(written(), [], 'it waits for the other')
  await pass(policy.holdMs)
  t.match(written(), [{ x_where_country: 'DE', x_otx_count: undefined }])
  asks[0]?.answer({ result: { count: 1 } })
  await until(() => written().length === 2)
  t.match(written()[1], { x_otx_count: 1, x_where_country: undefined })
  t.equal(store.enrichments.count(), 0)
})

void t.test('a command that is busy is asked again, and one that fails a few times', async t => {
  const { store, see, next, written, pass, reports, asked } = setUp(t, undefined, { use: { holdMs: 0 } })
  putRegistration(store, 'young.com', registered(3))
  await see(question('young.com'))
  for (let i = 0; i < 5; i += 1) {
    ;(await next()).answer('busy')
    await pass(enrichBusyMs)
  }
  for (let tries = 0; tries < enrichTriesMax; tries += 1) {
    const ask = await next()
    ask.answer(tries === 0 ? 'not-started' : { result: '', error: 'it ended with exit code 1' })
    await pass(1)
    t.same(asked, [], 'not at once')
    await pass(enrichRetryMs * 6 ** tries)
  }
  t.same(asked, [])
  t.equal(written().length, 1)
  t.equal(store.enrichments.count(), 0)
  t.match(
    reports.filter(({ kind }) => kind === 'enrich-failed'),
    [{ entry: 'otx', error: 'not-started' }],
  )
  const failed = reports.filter(report => report.kind === 'enriched' && report.result === 'failed')
  t.equal(failed.length, enrichTriesMax)
})

void t.test('a record does not wait for a command that is asked again too late', async t => {
  const { store, see, next, written } = setUp(t)
  putRegistration(store, 'young.com', registered(3))
  await see(question('young.com'))
  ;(await next()).answer('not-started')
  await until(() => written().length === 1)
  t.match(written(), [{ x_otx_count: undefined }])
  t.equal(store.enrichments.count(), 1, 'it is asked again, for a follow-up')
})

void t.test('a run that failed and said something all the same has said it', async t => {
  const { store, see, next, written } = setUp(t)
  putRegistration(store, 'young.com', registered(3))
  await see(question('young.com'))
  ;(await next()).answer({ result: { count: 1 }, error: 'it ended with exit code 1' })
  await until(() => written().length === 1)
  t.match(written(), [{ x_otx_count: 1 }])
})

void t.test('after a day a question has come too late', async t => {
  const { store, see, next, written, pass, reports } = setUp(t, undefined, { use: { holdMs: 0 } })
  putRegistration(store, 'young.com', registered(3))
  await see(question('young.com'))
  const ask = await next()
  await pass(enrichmentMsMax + 1)
  t.equal(store.enrichments.count(), 0)
  ask.answer({ result: { count: 1 } })
  await pass(1)
  t.equal(written().length, 1)
  t.match(
    reports.filter(({ kind }) => kind === 'limit-reached'),
    [{ limit: 'enrichmentMsMax', count: 1 }],
  )
})

void t.test('a restart asks again, and writes each record once', async t => {
  const first = setUp(t)
  putRegistration(first.store, 'young.com', registered(3))
  await first.see(question('young.com'))
  await first.next()
  await first.end()
  await first.committer.close(never)
  await first.output.close()
  first.store.close()
  const second = setUp(t, entriesOf(otx), { dir: first.dir })
  const ask = await second.next()
  t.same(second.written(), [])
  ask.answer({ result: { count: 1 } })
  await until(() => second.written().length === 1)
  t.match(second.written(), [{ x_otx_count: 1 }])
})

void t.test('without the entry in the settings the record is written as it is', async t => {
  const first = setUp(t)
  putRegistration(first.store, 'young.com', registered(3))
  await first.see(question('young.com'))
  await first.end()
  await first.committer.close(never)
  await first.output.close()
  first.store.close()
  const second = setUp(t, [], { dir: first.dir })
  await until(() => second.written().length === 1)
  t.match(second.written(), [{ query: 'young.com', x_otx_count: undefined }])
  t.equal(second.store.enrichments.count(), 0)
})

void t.test('a pass over logs ends when no record waits', async t => {
  const { store, see, enricher, clock, written, rest } = setUp(t)
  putRegistration(store, 'young.com', registered(3))
  await see(question('young.com'))
  let isOver = false
  const settled = enricher.settled().then(() => (isOver = true))
  await rest()
  t.notOk(isOver)
  clock.pass(policy.holdMs)
  await settled
  t.equal(written().length, 1)
})

void t.test('a name that is ignored by now is not written', async t => {
  let mayLeave = true
  const { store, see, next, written, pass } = setUp(t, undefined, { use: { mayLeave: () => mayLeave } })
  putRegistration(store, 'young.com', registered(3))
  await see(question('young.com'))
  const ask = await next()
  mayLeave = false
  ask.answer({ result: { count: 1 } })
  await pass(1)
  t.same(written(), [])
  t.equal(store.enrichments.count(), 0)
})

void t.test('beyond the limit records are written without, and it is told', async t => {
  const { store, see, reports, written, committer } = setUp(t, undefined, { use: { holdMs: 0 } })
  const { facts, verdict } = { facts: { query: 'x.com' }, verdict: {} }
  const record = { facts, verdict, followupOf: undefined, alertsWithdrawn: [] } as never // never read
  const full = Array.from({ length: enrichmentsMax - 1 }, () => ({ record, due: undefined, asks: [] }))
  await committer.commit({}, () => ({ records: [], newEnrichments: full }), never)
  putRegistration(store, 'a.com', registered(3))
  putRegistration(store, 'b.com', registered(3))
  await see(question('a.com'), question('b.com'))
  t.equal(written().length, 2)
  t.equal(store.enrichments.count(), enrichmentsMax)
  t.match(
    reports.filter(({ kind }) => kind === 'limit-reached'),
    [{ limit: 'enrichmentsMax', count: 1 }],
  )
})

void t.test('a mute and a tag take the alert, not the fields', async t => {
  const trusting = new Set(['OTX'])
  const kept = {
    'otx muted.com': { pulses: ['P'], count: 1 },
    'otx trusted.com': { pulses: ['P'], count: 1 },
  }
  const { store, see, written } = setUp(t, undefined, { use: { trustDrops: trusting }, kept })
  for (const domain of ['muted.com', 'trusted.com']) putRegistration(store, domain, registered(3))
  const target = { kind: 'name', name: 'trusted.com' } as const
  store.putTags([{ target, tag: 'trust', source: 'test', at: now, note: undefined }])
  store.addMute({
    ...{ domain: 'muted.com', client: undefined, alert: 'OTX' },
    ...{ until: now + day, at: now, by: 'test', note: undefined },
  })
  await see(question('muted.com'), question('trusted.com'))
  t.match(written(), [
    { query: 'muted.com', alerts: ['YOUR-FIRST-CONTACT'], x_otx_count: 1 },
    { query: 'trusted.com', alerts: ['YOUR-FIRST-CONTACT'], x_otx_count: 1 },
  ])
})
