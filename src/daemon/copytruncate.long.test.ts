/**
 * logrotate's copytruncate, with sensors that append and sensors that write at their own offset: Zeek writes no new
 * header, the other ones leave a hole of NULs. Each line becomes one record, whichever process reads it.
 */
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { start, untilFile } from '../testing/process.js'
import { zeekLine } from '../testing/zeek-lines.js'

const header =
  '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#open\t2026-11-21-04-00-00\n' +
  '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\n' +
  '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\n'
const eve = (second: number, rrname: string) =>
  `${JSON.stringify({
    ...{ timestamp: '2026-11-21T04:00:00.000000+0000', flow_id: second, event_type: 'dns', proto: 'UDP' },
    ...{ src_ip: '10.0.0.7', src_port: 40_000, dest_ip: '10.0.0.53', dest_port: 53 },
    dns: { type: 'query', id: second, rrname, rrtype: 'A', tx_id: 0 },
  })}\n`

interface Format {
  readonly name: string
  readonly header: string
  readonly line: (second: number, query: string) => string
}

const formats: Readonly<Record<string, Format>> = {
  'Zeek TSV': {
    name: 'dns.log',
    header,
    line: (second, query) =>
      `${1_700_000_000 + second}.000000\tC${second}\t10.0.0.7\t40000\t10.0.0.53\t53\tudp\t${query}\n`,
  },
  'Zeek JSON': { name: 'dns.log', header: '', line: zeekLine },
  EVE: { name: 'eve.json', header: '', line: eve },
}

/** A sensor that keeps its log open. */
const sensor = (t: Test, path: string, appends: boolean) => {
  const descriptor = openSync(path, appends ? 'a' : 'w')
  t.teardown(() => closeSync(descriptor))
  let offset = 0
  return (text: string) => {
    offset += appends ? writeSync(descriptor, text) : writeSync(descriptor, text, offset)
  }
}

const recordsIn = (path: string) =>
  (existsSync(path) ? readFileSync(path, 'utf8') : '')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as { readonly query: string; readonly record_id: string })

for (const [what, format] of Object.entries(formats))
  for (const appends of [true, false])
    for (const dies of [false, true])
      void t.test(
        `${what}, ${appends ? 'appended' : 'with holes'}${dies ? ', killed each time' : ''}`,
        async t => {
          const dir = t.testdir({ data: {}, logs: {} })
          const [log, data, out] = [
            join(dir, 'logs', format.name),
            join(dir, 'data'),
            join(dir, 'data', 'out.log'),
          ]
          const write = sensor(t, log, appends)
          const flag = format.name === 'eve.json' ? '--suricata' : '--zeek'
          appendFileSync(
            join(data, 'domainstats.yaml'),
            `mode: off\nemit: every\noutput: ${out}\npoll_seconds: 0.1\n`,
          )
          const run = () => start('run', '--data', data, flag, log)
          let daemon = run()
          t.teardown(() => daemon.end('SIGKILL'))
          const expected: string[] = []
          const some = (round: number) =>
            Array.from({ length: round === 2 ? 9000 : 40 }, (_, at) => {
              expected.push(`n${at}.round-${round}.example.org`)
              return format.line(round * 10_000 + at, expected.at(-1) ?? '')
            }).join('')
          write(format.header)
          for (let round = 1; round <= 4; round++) {
            write(some(round))
            const last = expected.at(-1) ?? ''
            await untilFile(out, text => text.includes(`"${last}"`))
            if (dies) await daemon.end('SIGKILL')
            for (const older of [3, 2, 1])
              if (existsSync(`${log}.${older}`)) copyFileSync(`${log}.${older}`, `${log}.${older + 1}`)
            copyFileSync(log, `${log}.1`)
            truncateSync(log)
            // The sensor goes on before anybody looks.
            write(some(round + 10))
            if (dies) daemon = run()
          }
          const last = expected.at(-1) ?? ''
          await untilFile(out, text => text.includes(`"${last}"`))
          t.equal(await daemon.end('SIGTERM'), 0)
          t.same(
            recordsIn(out)
              .map(({ query }) => query)
              .sort(),
            [...expected].sort(),
          )
          t.equal(new Set(recordsIn(out).map(record => record.record_id)).size, expected.length)
        },
      )
