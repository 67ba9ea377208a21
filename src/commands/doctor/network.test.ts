import t, { type Test } from 'tap'
import { loadConfig } from '../../config/load.js'
import { mockAgent, networkBy } from '../../lookup/testing/network.js'
import { handClock } from '../../testing/hand-clock.js'
import { examineNetwork } from './network.js'

const now = Date.UTC(2026, 10, 26, 12)

type Reply = (path: string) => { readonly status: number; readonly date?: number } | Error

/** What is found if IANA and the registries of .com and .org answer so. */
const found = async (t: Test, settings: string, replies: Readonly<Record<string, Reply>>) => {
  const agent = mockAgent(t)
  for (const [origin, reply] of Object.entries(replies)) {
    const pool = agent.get(origin)
    const to = pool.intercept({ path: () => true, method: 'GET' })
    const said = reply('')
    if (said instanceof Error) to.replyWithError(said)
    else to.reply(said.status, '{}', { headers: { date: new Date(said.date ?? now).toUTCString() } })
  }
  const dir = t.testdir({ 'domainstats.yaml': `whois: off\n${settings}` })
  const { config } = await loadConfig(dir)
  const signal = new AbortController().signal
  return examineNetwork({
    config,
    dir,
    isLive: false,
    network: networkBy(agent),
    clock: handClock(now),
    signal,
  })
}

const well: Reply = () => ({ status: 200 })
const dead: Reply = () => new Error('nobody there')
const [iana, com, org] = [
  'https://data.iana.org',
  'https://rdap.verisign.com',
  'https://rdap.publicinterestregistry.org',
]

void t.test('all answer, and agree about the time', async t => {
  t.match(await found(t, '', { [iana]: well, [com]: well, [org]: well }), [
    { state: 'ok', found: /IANA.*data\.iana\.org.* answers/ },
    { state: 'ok', found: /registry of \.com/ },
    { state: 'ok', found: /registry of \.org/ },
    { state: 'ok', area: 'clock', found: '0 s from that of the servers asked' },
  ])
})

void t.test('one that is away is a warning, all of them are wrong', async t => {
  const some = await found(t, '', { [iana]: well, [com]: dead, [org]: () => ({ status: 429 }) })
  t.match(some, [
    { state: 'ok' },
    { state: 'warning', found: /\.com.*does not answer: network-error/, remedy: /proxy in HTTPS_PROXY/ },
    { state: 'warning', found: /\.org.*status 429/, remedy: /shut this address out/ },
    { area: 'clock' },
  ])
  const none = await found(t, '', { [iana]: dead, [com]: dead, [org]: dead })
  t.same(
    none.map(({ state }) => state),
    ['wrong', 'wrong', 'wrong'],
  )
})

void t.test('a clock that is wrong', async t => {
  const away =
    (date: number): Reply =>
    () => ({ status: 200, date })
  const early = await found(t, '', {
    [iana]: away(now + 7_200_000),
    [com]: away(now + 7_201_000),
    [org]: dead,
  })
  t.match(early.at(-1), { state: 'wrong', found: '7200 s behind that of the servers asked', remedy: /NTP/ })
  // One server of which the clock is wrong accuses nobody.
  const one = await found(t, '', { [iana]: away(now + 7_200_000), [com]: well, [org]: well })
  t.match(one.at(-1), { state: 'ok', found: '0 s from that of the servers asked' })
})

void t.test('those that the settings name are asked instead', async t => {
  const own = 'http://rdap.example:8080'
  t.match(
    await found(t, `rdap: {servers: {com: "${own}/v1"}}\n`, { [iana]: well, [org]: well, [own]: dead }),
    [
      { found: /IANA/ },
      { found: /\.org/ },
      { state: 'warning', found: /\.com \(rdap\.example:8080\)/, remedy: /rdap\.servers/ },
      { area: 'clock' },
    ],
  )
  t.match(
    await found(t, 'mode: isc\nisc: {url: "https://isc.example/api"}\n', { 'https://isc.example': well }),
    [{ state: 'ok', found: /the ISC \(isc\.example\) answers/ }, { area: 'clock' }],
  )
  t.match(await found(t, 'mode: off\n', {}), [{ state: 'ok', found: /no registry is asked/ }])
})
