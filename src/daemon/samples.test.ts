/** The samples through the whole pipeline, with the clock standing still: what README and `make run` promise. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MockAgent } from 'undici'
import { loadConfig } from '../config/load.js'
import { networkBy } from '../lookup/testing/network.js'
import { jsonFormat } from '../output/json.js'
import { openStore } from '../store/store.js'
import { handClock } from '../testing/hand-clock.js'
import { testIo } from '../testing/io.js'
import { load } from '../transfer/testing/load.js'
import { openDaemon } from './daemon.js'

void t.test('the samples give the records that are expected', async t => {
  const dir = t.testdir()
  const clock = handClock(Date.UTC(2026, 10, 21, 12))
  const store = openStore(join(dir, 'domainstats.sqlite'))
  t.match(await load(store, clock, readFileSync('samples/registrations.csv')), { taken: 9, refused: 0 })
  store.close()

  const { config } = await loadConfig(dir, { mode: 'off' })
  const { stdin, stdout, signal } = testIo()
  const dispatcher = new MockAgent()
  dispatcher.disableNetConnect()
  const world = {
    clock,
    random: () => 0.5,
    stdin,
    stdout,
    network: networkBy(dispatcher),
    telemetry: () => undefined,
  }
  const daemon = await openDaemon(
    { config, dir, format: jsonFormat, exclusive: true, baseline: false },
    world,
    signal,
  )
  if (!daemon) throw new Error('not opened')
  const input = { format: 'auto' as const, start: 'beginning' as const }
  const inputs = [
    { ...input, path: 'samples/zeek/dns.log', sensor: undefined },
    { ...input, path: 'samples/zeek/dns.json.log', sensor: 'branch' },
    { ...input, path: 'samples/suricata/eve.json', sensor: 'dmz' },
  ]
  await daemon.follow(inputs, { drains: true })
  await daemon.close()

  const written = readFileSync(join(dir, 'domainstats.log'), 'utf8')
  t.equal(written, readFileSync('samples/expected/domainstats.log', 'utf8'))
})
