/** The pulses of OTX that name a value, in the shape in which its API answers. */
import t, { type Test } from 'tap'
import { realServer } from '../../lookup/testing/network.js'
import { commandsOf } from '../testing/commands.js'

const pulse = (name: string, username: string) => ({
  id: '1',
  name,
  tags: ['x'],
  author: { username, id: '7' },
})

const pulses = [
  pulse('Emotet C2', 'AlienVault'),
  pulse('Emotet C2', 'AlienVault'),
  pulse('My \u001b[31mlist\n', 'somebody'),
  pulse('x'.repeat(300), 'Other'),
  { name: 'Without an author' },
]

const open = async (t: Test, more: object = {}, count = 9) => {
  const asked: string[] = []
  const { base } = await realServer(t, ({ url = '', headers }, response) => {
    asked.push(`${url} ${String(headers['x-otx-api-key'])}`)
    if (url.includes('unknown')) response.writeHead(404).end('{"detail": "endpoint not found"}')
    else response.end(JSON.stringify({ indicator: 'x', pulse_info: { count, pulses } }))
  })
  const otx = { preset: 'otx', key_file: 'key', base_url: base.href, ...more }
  return { ...(await commandsOf(t, { otx }, { dir: t.testdir({ key: 'k3y\n' }) })), asked }
}

void t.test('pulses that name a domain, each once, and how many there are', async t => {
  const { answer, ask, asked, stats } = await open(t)
  t.strictSame((await answer('otx', 'www.evil.com')).result, {
    pulses: ['Emotet C2', 'My \\u{1b}[31mlist\\u{a}', 'x'.repeat(256), 'Without an author'],
    pulse_count: 9,
  })
  t.match(await answer('otx', 'evil.com'), { cached: true })
  t.match(await answer('otx', 'unknown.com'), { result: { pulses: [], pulse_count: 0 } })
  t.match(await answer('otx', 'unknown.com'), { cached: true, error: undefined })
  t.same(asked, [
    '/api/v1/indicators/domain/evil.com/general k3y',
    '/api/v1/indicators/domain/unknown.com/general k3y',
  ])
  for (const value of ['a.corp.example.com', 'ignored.com', 'printer.local', '10.0.0.1'])
    t.match(await ask('otx', value), { kind: 'refused', reason: 'bad-value' }, value)
  t.match(stats('otx'), { runs: 2, failed: 0 })
  t.equal(asked.length, 2, 'nothing is said about names of our own')
})

void t.test('whose pulses count', async t => {
  const only = await open(t, { authors: { only: ['alienvault', 'Other'] }, pulses_max: 1 })
  t.strictSame((await only.answer('otx', 'a.com')).result, { pulses: ['Emotet C2'], pulse_count: 3 })
  const not = await open(t, { authors: { not: ['AlienVault', 'other'] } })
  t.strictSame((await not.answer('otx', 'a.com')).result, {
    pulses: ['My \\u{1b}[31mlist\\u{a}', 'Without an author'],
    pulse_count: 2,
  })
})

void t.test('a name as it is, or an address', async t => {
  const { answer, ask, asked } = await open(t, { accepts: 'host', per_minute: 100 })
  for (const value of ['www.evil.com', 'evil.com', '9.9.9.9', '2606:4700::1111']) await answer('otx', value)
  t.same(
    asked.map(line => line.replace(/^\/api\/v1\/indicators(.*)\/general k3y$/, '$1')),
    ['/hostname/www.evil.com', '/domain/evil.com', '/IPv4/9.9.9.9', '/IPv6/2606%3A4700%3A%3A1111'],
  )
  for (const value of ['a.corp.example.com', 'ignored.com', 'printer.local', '10.0.0.1', 'localhost'])
    t.match(await ask('otx', value), { kind: 'refused', reason: 'bad-value' }, value)
  t.equal(asked.length, 4)
})

void t.test('never more than asked for: per_minute bounds it', async t => {
  const { ask, asked, stats, close } = await open(t, { per_minute: 2 })
  const answers = ['a.com', 'b.com', 'c.com', 'd.com'].map(name => ask('otx', name))
  await Promise.all(answers.slice(0, 2))
  t.match(stats('otx'), { runs: 2, running: 0, waiting: 2 })
  t.equal(asked.length, 2)
  await close()
  for (const late of answers.slice(2)) await t.rejects(late)
})
