/** A daemon with commands: they answer beside the logs, and what they run ends with it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { gone, shellProgram } from '../programs/testing/commands.js'
import { startHere } from '../testing/in-process.js'
import { followRecords } from '../testing/record-log.js'
import { zeekLines } from '../testing/zeek-lines.js'

const setUp = async (t: Test, serve: readonly string[]) => {
  const dir = t.testdir({ 'dns.log': zeekLines(['www.logged.com']) })
  const hanging = shellProgram(dir, 'hanging', `trap '' TERM; echo $$ >${dir}/pid; sleep 60 & wait; wait`)
  const commands = {
    about: { argv: ['printf', '%s', '{value}'], accepts: 'domain' },
    hanging: { argv: [hanging, '{value}'], accepts: 'host', timeout_seconds: 60, keep_hours: 0 },
    endless: {
      argv: ['yes', '{value}'],
      accepts: 'host',
      output_bytes_max: 1_048_576,
      keep_errors_hours: 0,
    },
    slow: {
      argv: ['printf', `${'a'.repeat(40)}b%s`, '{value}'],
      ...{ accepts: 'host', result: { regex: '^(a+)+$' }, keep_errors_hours: 0 },
    },
  }
  const settings = { mode: 'off', internal_zones: ['corp.example.com'], http: true, local_port: 0 }
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify({ ...settings, http_serve: serve, commands }))
  const records = followRecords(t, join(dir, 'domainstats.log'))
  const daemon = startHere(t, 'run', '--data', dir, '--zeek', join(dir, 'dns.log'))
  const said = await daemon.says(/"kind":"http-opened","address":"([^"]+)"/)
  const base = /"address":"([^"]+)"/.exec(said)?.[1] ?? ''
  const get = async (path: string) => {
    const { statusCode, body } = await request(base + path)
    return [statusCode, await body.json()] as const
  }
  return { ...records, ...daemon, dir, get }
}

void t.test('commands answer beside the logs', async t => {
  const { get, until, end } = await setUp(t, ['health', 'commands'])
  await until(records => records.length === 1)
  t.match(await get('/commands/about/www.example.com'), [200, { value: 'example.com', cached: false }])
  t.match(await get('/commands/about/example.com'), [200, { cached: true }])
  t.match(await get('/commands/about/db.corp.example.com'), [400, { error: /internal_zones/ }])
  t.equal(await end(), 0)
})

void t.test('commands that are not served are not there', async t => {
  const { get, end } = await setUp(t, ['health', 'v1'])
  t.match(await get('/commands/about/example.com'), [404, {}])
  t.equal(await end(), 0)
})

void t.test(
  'while programs hang, write without end, and expressions run for ever, the port answers',
  async t => {
    const { get, end, dir } = await setUp(t, ['health', 'commands'])
    const bad = ['hanging', 'endless', 'slow'].flatMap(name =>
      [1, 2].map(i => get(`/commands/${name}/h${i}`)),
    )
    let longest = 0
    for (let i = 0; i < 100; i += 1) {
      const began = performance.now()
      t.match(await get('/commands/about/example.com'), [200, {}])
      longest = Math.max(longest, performance.now() - began)
    }
    t.comment(`the longest of 100 answers took ${Math.round(longest)} ms`)
    // 200 ms on a machine with nothing else to do; a catastrophic expression in the loop would take hours.
    t.ok(longest < 2_000, `${Math.round(longest)} ms`)
    const ends = await Promise.all(bad.slice(2))
    t.match(ends, [
      [200, { error: /output_bytes_max/ }],
      [200, {}],
      [200, { error: /too long/ }],
      [200, {}],
    ])
    t.ok(existsSync(join(dir, 'pid')))
    t.equal(await end(), 0)
    const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'))
    t.ok(await gone(pid), 'what hung has ended with the daemon')
    t.match(await Promise.all(bad.slice(0, 2)), [
      [503, { error: /stopping/ }],
      [503, {}],
    ])
  },
)

void t.test('with the file of an APIify a daemon answers as that did, at its port', async t => {
  const dir = t.testdir()
  const program = shellProgram(dir, 'whois', `echo run >>${join(dir, 'runs')}`, 'echo "Created: 1995 $1"')
  const apiify = `base_command: ${program} *WEBINFO*
result_regex: Created. (?P<year>\\d+).*$
item_hours_in_cache: -1
local_address: 127.0.0.1
local_port: 0
`
  writeFileSync(join(dir, 'apiify.yaml'), apiify)
  writeFileSync(
    join(dir, 'domainstats.yaml'),
    JSON.stringify({ mode: 'off', apiify: { file: 'apiify.yaml' } }),
  )
  const start = async () => {
    const daemon = startHere(t, 'run', '--data', dir)
    const said = await daemon.says(/"kind":"apiify-opened","address":"([^"]+)"/)
    const base = /"apiify-opened","address":"([^"]+)"/.exec(said)?.[1] ?? ''
    const get = async (path: string) => {
      const { statusCode, headers, body } = await request(base + path)
      return [statusCode, headers['content-type'], await body.text()]
    }
    return { ...daemon, get }
  }
  const first = await start()
  t.same(await first.get('/www.example.com'), [200, 'text/plain', '{"year": "1995"}'])
  t.match(await first.get('/-h%20evil'), [200, 'text/plain', /^ERROR: whois: it begins with -/])
  t.equal(await first.end(), 0)
  const second = await start()
  t.same(await second.get('/example.com'), [200, 'text/plain', '{"year": "1995"}'])
  t.match(await second.get('/cache'), [
    200,
    'text/plain',
    /\('example\.com',\) .* 0{8}1 .* -1 .*b'\{"year": "1995"\}'/,
  ])
  t.equal(await second.end(), 0)
  t.equal(readFileSync(join(dir, 'runs'), 'utf8'), 'run\n', 'what was kept has survived the restart')
})
