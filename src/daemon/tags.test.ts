/** Another process tags a name while the daemon runs: the next line that names it raises the alert. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startHere } from '../testing/in-process.js'
import { testIo } from '../testing/io.js'
import { runCommandLine } from '../commands/command-line.js'
import { followRecords } from '../testing/record-log.js'
import { zeekLine } from '../testing/zeek-lines.js'

for (const pdns of [false, true])
  void t.test(`a live run takes tags up, with passive DNS ${pdns ? 'on' : 'off'}`, async t => {
    const settings = `mode: off\npoll_seconds: 0.1\npdns: {enabled: ${pdns}}\n`
    const dir = t.testdir({ D: { 'domainstats.yaml': settings }, 'dns.log': zeekLine(0, 'www.shop.com') })
    const [data, log] = [join(dir, 'D'), join(dir, 'dns.log')]
    const daemon = startHere(t, 'run', '--data', data, '--zeek', log)
    const { records, until } = followRecords(t, join(data, 'domainstats.log'))
    const tag = async (...argv: readonly string[]) => {
      t.equal(await runCommandLine(['tag', ...argv, '--data', data], testIo()), 0)
    }
    await until(some => some.length === 1)
    // Many lines of a suppressed name, which only count.
    for (let i = 1; i < 50; i += 1) appendFileSync(log, zeekLine(i, 'www.shop.com'))
    appendFileSync(log, zeekLine(50, 'first.com'))
    await until(some => some.length === 2)
    await tag('add', 'threat', 'shop.com')
    appendFileSync(
      log,
      zeekLine(51, 'www.shop.com') + zeekLine(52, 'www.shop.com') + zeekLine(53, 'second.com'),
    )
    await until(some => some.length === 4)
    t.match(records[2], { query: 'www.shop.com', alerts: ['TAGGED-THREAT'], tags: ['threat'] })
    await tag('remove', 'shop.com')
    appendFileSync(log, zeekLine(54, 'www.shop.com') + zeekLine(55, 'third.com'))
    await until(some => some.length === 5)
    t.equal(records[4]?.query, 'third.com', 'without the tag the name is suppressed again')
    t.equal(await daemon.end(), 0)
  })

void t.test(
  'with passive DNS a tagged address in the answer of a suppressed name raises the alert at once',
  async t => {
    const settings = 'mode: off\npoll_seconds: 0.1\npdns: {enabled: true}\n'
    const dir = t.testdir({ D: { 'domainstats.yaml': settings }, 'dns.log': '' })
    const [data, log] = [join(dir, 'D'), join(dir, 'dns.log')]
    const answer = (second: number, address: string): string =>
      zeekLine(second, 'www.shop.com').replace(
        '}',
        `,"rcode_name":"NOERROR","answers":["${address}"],"TTLs":[60]}`,
      )
    t.equal(await runCommandLine(['tag', 'add', 'threat', '203.0.113.0/24', '--data', data], testIo()), 0)
    for (let i = 0; i < 9; i += 1) appendFileSync(log, answer(i, '192.0.2.1'))
    const daemon = startHere(t, 'run', '--data', data, '--zeek', log)
    const { records, until } = followRecords(t, join(data, 'domainstats.log'))
    await until(some => some.length === 1)
    for (let i = 10; i < 19; i += 1) appendFileSync(log, answer(i, '203.0.113.7'))
    await until(some => some.length === 2)
    t.match(records[1], { query: 'www.shop.com', alerts: ['TAGGED-THREAT'], tags: ['threat'] })
    appendFileSync(log, answer(20, '203.0.113.7') + zeekLine(21, 'last.com'))
    await until(some => some.length === 3)
    t.equal(records[2]?.query, 'last.com', 'once a window')
    t.equal(await daemon.end(), 0)
  },
)
