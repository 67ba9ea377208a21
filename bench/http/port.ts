/** The port with answers by heart: what it costs without the pipeline behind it. */
import { openHttp } from '../../src/http/http.js'
import { answer, idle } from '../../src/http/testing/port.js'
import { systemClock } from '../../src/clock.js'
import { serve } from './child.js'
import { mixedNames, warmName } from './names.js'

const answers = new Map(
  [warmName, ...mixedNames].map(name => [name, answer({}, { query: name, domain: name })]),
)

const { address } = await openHttp({
  host: '127.0.0.1',
  port: 0,
  askName: name => Promise.resolve(answers.get(name) ?? { kind: 'none', reason: 'no-public-suffix' }),
  waitMs: 5000,
  status: () => idle,
  browse: () => [],
  get: () => undefined,
  timezoneOffsetHours: 0,
  browseLimit: 100,
  freqEnabled: true,
  allow: [],
  version: '1.2.3',
  clock: systemClock,
  telemetry: () => undefined,
  signal: new AbortController().signal,
})
serve(address)
