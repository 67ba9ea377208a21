/** Runs the program with sinks: makes a data folder and a log to follow, and reads the output. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { start, untilFile, type Started } from './process.js'
import { recordOf } from './receivers.js'
import { zeekLines } from './zeek-lines.js'

const names = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `shop-${from + n}.com`)

const recordsIn = (text: string): string[] => text.split('\n').slice(0, -1)

/** The line of one sink in the settings. `more`: other keys, with a comma before them. */
export const sinkLine = (name: string, to: string, more = ''): string =>
  `  - { name: ${name}, to: '${to}'${more} }\n`

/**
 * @param sinks lines of the list `sinks`
 * @param settings other settings
 */
export const openWithSinks = (t: Test, sinks: readonly string[], settings = '') => {
  const dir = t.testdir({ data: {} })
  const [data, log] = [join(dir, 'data'), join(dir, 'dns.log')]
  const out = join(data, 'domainstats.log')
  const configure = (some: readonly string[], more = ''): void => {
    const list = some.length === 0 ? '' : `sinks:\n${some.join('')}`
    writeFileSync(join(data, 'domainstats.yaml'), `mode: off\nemit: every\npoll_seconds: 0.1\n${more}${list}`)
  }
  configure(sinks, settings)
  writeFileSync(log, '')
  const run = (...more: readonly string[]): Started => {
    const started = start('run', '--data', data, '--zeek', log, ...more)
    t.teardown(() => started.end('SIGKILL'))
    return started
  }
  /** Appends `count` questions to the log. */
  const ask = (from: number, count: number): void => appendFileSync(log, zeekLines(names(from, count), from))
  /** Resolves when the output has so many records. */
  const written = (count: number): Promise<string> => untilFile(out, text => recordsIn(text).length >= count)
  return {
    ...{ data, log, out, configure, run, ask, written },
    /** Asks 1,500 questions, and kills the program in each 500 of them. Returns the one that runs then. */
    runPastKills: async (): Promise<Started> => {
      let daemon = run()
      for (let life = 0; life < 3; life++) {
        ask(life * 500, 500)
        await written(life * 500 + 1 + 200 * life)
        await daemon.end('SIGKILL')
        daemon = run()
      }
      // Before that it does not heed SIGTERM: all of its records may be written already.
      await daemon.says('input-opened')
      return daemon
    },
    records: (): string[] => recordsIn(readFileSync(out, 'utf8')),
    ids: (): Set<string> =>
      new Set(recordsIn(readFileSync(out, 'utf8')).map(line => String(recordOf(line)['record_id']))),
  }
}
