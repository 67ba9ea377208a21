/** NEW-ANSWER out of logs: of names that are suppressed and only counted, too, and once for each network. */
import t from 'tap'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../store/store.js'
import { startHere } from '../testing/in-process.js'
import { now as present, putRegistration, registered, day } from '../testing/pipeline-kit.js'
import { followRecords } from '../testing/record-log.js'

const begin = present / 1000 - 40 * 86_400

/** A response as Zeek logs it. @param days after the begin */
const zeek = (days: number, second: number, query: string, ...answers: readonly string[]): string =>
  `${JSON.stringify({
    ...{
      ts: begin + days * 86_400 + second,
      uid: `C${days}x${second}`,
      query,
      proto: 'udp',
      qtype_name: 'A',
    },
    ...{ 'id.orig_h': '10.0.0.1', 'id.orig_p': 4000, 'id.resp_h': '10.0.0.2', 'id.resp_p': 53 },
    ...{ qclass: 1, rcode_name: 'NOERROR', answers, TTLs: answers.map(() => 60) },
  })}\n`

let flow = 0
/** Request and response as Suricata logs them. */
const eve = (days: number, second: number, rrname: string, ...answers: readonly string[]): string => {
  flow += 1
  const timestamp = new Date(1000 * (begin + days * 86_400 + second)).toISOString().replace('Z', '000+0000')
  const both = { timestamp, flow_id: flow, event_type: 'dns', src_ip: '10.0.0.1', src_port: 4000 }
  const line = (dns: object): string =>
    `${JSON.stringify({ ...both, dest_ip: '10.0.0.2', dest_port: 53, proto: 'UDP', dns: { version: 2, id: 7, rrname, rrtype: 'A', ...dns } })}\n`
  return (
    line({ type: 'query' }) +
    line({
      ...{ type: 'answer', rcode: 'NOERROR' },
      answers: answers.map(rdata => ({ rrname, rrtype: 'A', ttl: 60, rdata })),
    })
  )
}

for (const [format, answer] of Object.entries({ zeek, eve }))
  for (const flags of [[], ['--no-skim']])
    void t.test(`${format} ${flags.join(' ')}`, async t => {
      const dir = t.testdir({
        'domainstats.yaml':
          'mode: off\npoll_seconds: 0.1\nlearning_days: 0\nresponse_wait_seconds: 0\npdns: {enabled: true, new_answer_days: 7}\n',
        log: '',
      })
      const store = openStore(join(dir, 'domainstats.sqlite'))
      putRegistration(store, 'shop.com', registered(4000, present + 4000 * day))
      store.close()
      const log = join(dir, 'log')
      const write = (...lines: readonly string[]) => appendFileSync(log, lines.join(''))
      // Many lines, of which all but the first of a day are suppressed.
      const many = (days: number, from: number, to: number, ...answers: readonly string[]) =>
        Array.from({ length: to - from }, (_, i) => answer(days, from + i, 'www.shop.com', ...answers)).join(
          '',
        )
      writeFileSync(log, many(0, 0, 9, '192.0.2.1', '192.0.2.2'))
      const run = () =>
        startHere(t, 'run', '--data', dir, format === 'eve' ? '--suricata' : '--zeek', log, ...flags)
      const daemon = run()
      const { records, until } = followRecords(t, join(dir, 'domainstats.log'))
      const alerted = () => records.map(({ query, alerts }) => [query, ...alerts].join(' '))
      await until(some => some.length === 1)
      write(many(1, 0, 9, '198.51.100.1'), answer(1, 20, 'one.org'))
      await until(some => some.some(({ query }) => query === 'one.org'))
      t.notOk(
        alerted().some(text => text.includes('NEW-ANSWER')),
        'not in the first days',
      )
      write(many(9, 0, 9, '198.51.100.7'), answer(9, 20, 'two.org'))
      await until(some => some.some(({ query }) => query === 'two.org'))
      t.notOk(
        alerted().some(text => text.includes('NEW-ANSWER')),
        'not in a network that is known',
      )
      const before = records.length
      // The name was written on this day already.
      write(many(9, 30, 39, '203.0.113.5', '198.51.100.7'), answer(9, 50, 'three.org'))
      await until(some => some.some(({ query }) => query === 'three.org'))
      // What an answer adds is written behind the questions of its batch.
      t.same(alerted().slice(before).sort(), [
        'three.org YOUR-FIRST-CONTACT',
        'www.shop.com NEW-ANSWER:203.0.113.0/24',
      ])
      t.equal(await daemon.end(), 0)
      const second = run()
      write(many(9, 60, 69, '203.0.113.5'), answer(9, 80, 'four.org'))
      await until(some => some.some(({ query }) => query === 'four.org'))
      t.same(alerted().slice(before + 2), ['four.org YOUR-FIRST-CONTACT'], 'known after a restart, too')
      t.equal(await second.end(), 0)
    })
