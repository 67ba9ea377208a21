/** The commands of domain_stats 1.x as processes, called by links of their names. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { execPath } from 'node:process'
import t from 'tap'
import { request } from 'undici'
import { endWithTest, program } from '../testing/process.js'

void t.test('-h and --help show how each is used', t => {
  const dir = t.testdir()
  const help = (name: string, ...argv: string[]) => {
    const link = join(dir, name)
    if (!existsSync(link)) symlinkSync(program, link)
    const { status, stdout, stderr } = spawnSync(execPath, [link, ...argv], { encoding: 'utf8' })
    t.strictSame([status, stderr], [0, ''], `${name} ${argv.join(' ')}`)
    return stdout
  }
  for (const name of ['domain-stats', 'domain-stats-settings', 'domain-stats-utils'])
    t.match(help(name, '-h'), new RegExp(`^${name} [^]*Options:[^]*-h, --help`))
  t.match(help('domainstats', '--help'), /^domainstats [^]*Options:[^]*-h, --help/)
  t.match(help('domainstats', 'query', '-h'), /--peek/)
  t.end()
})

void t.test('domain-stats by a link of its name answers over HTTP, whatever the settings say', async t => {
  const dir = t.testdir({ data: { 'domain_stats.yaml': 'mode: off\nhttp: false\nlocal_port: "0"\n' } })
  const link = join(dir, 'domain-stats')
  symlinkSync(program, link)
  const child = endWithTest(
    spawn(execPath, [link, join(dir, 'data')], { stdio: ['ignore', 'ignore', 'pipe'] }),
  )
  const base = await new Promise<string>((done, fail) => {
    let said = ''
    child.once('exit', () => fail(new Error(said)))
    child.stderr.on('data', (piece: Buffer) => {
      said += piece.toString()
      const [, address] = /"kind":"http-opened","address":"([^"]+)"/.exec(said) ?? []
      if (address !== undefined) done(address)
    })
  })
  const answer: unknown = await (await request(`${base}/www.sans.org`)).body.json()
  t.match(answer, { alerts: ['YOUR-FIRST-CONTACT'], category: 'UNKNOWN', freq_score: [Number, Number] })
  child.kill('SIGTERM')
  await once(child, 'exit')
  t.equal(child.exitCode, 0)
})
