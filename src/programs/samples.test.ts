/** The commands that docs/commands.md shows, with programs that write what whois, ping, traceroute and dig write. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import * as z from 'zod'
import { parseConfig } from '../config/parse.js'
import { readYaml } from '../config/yaml.js'
import { commandsOf, shellProgram } from './testing/commands.js'

/** In the form of each program, about names and addresses that are kept for documentation. */
const outputs: Readonly<Record<string, readonly string[]>> = {
  whois: [
    '   Domain Name: EXAMPLE.COM',
    '   Updated Date: 2024-08-14T07:01:34Z',
    '   Creation Date: 1995-08-14T04:00:00Z',
    '>>> Last update of whois database: 2026-11-28T03:00:00Z <<<',
  ],
  ping: [
    'PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.',
    '64 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=11.2 ms',
    '64 bytes from 192.0.2.1: icmp_seq=2 ttl=57 time=9.87 ms',
    '64 bytes from 192.0.2.1: icmp_seq=3 ttl=57 time=10 ms',
    '',
    '--- 192.0.2.1 ping statistics ---',
    '3 packets transmitted, 3 received, 0% packet loss, time 2003ms',
  ],
  traceroute: [
    'traceroute to 192.0.2.1 (192.0.2.1), 30 hops max, 60 byte packets',
    ' 1  198.51.100.1  0.412 ms',
    ' 2  *',
    ' 3  192.0.2.1  9.871 ms',
  ],
  dig: ['10 mail.example.com.', '20 mail2.example.com.'],
  getent: ['192.0.2.1       STREAM www.example.com', '192.0.2.1       DGRAM  ', '2001:db8::1     STREAM '],
}

const shown = z.object({
  commands: z.record(z.string(), z.looseObject({ argv: z.tuple([z.string()], z.string()) })),
})

void t.test('the presets of the page are settings that load', t => {
  const blocks = [...readFileSync('docs/commands.md', 'utf8').matchAll(/```yaml\n(commands:[^]*?)```/g)]
  t.equal(blocks.length, 2)
  for (const [, yaml = ''] of blocks) {
    const parsed = parseConfig(yaml, 'docs/commands.md')
    t.same('problems' in parsed ? parsed.problems : [], [])
  }
  t.end()
})

void t.test('the commands of the page give what it says', async t => {
  const [, yaml = ''] = /```yaml\n(commands:[^]*?)```/.exec(readFileSync('docs/commands.md', 'utf8')) ?? []
  const tree = readYaml(yaml)
  const { commands } = shown.parse('value' in tree ? tree.value : undefined)
  const dir = t.testdir()
  const here = Object.entries(commands).map(
    ([
      name,
      {
        argv: [program, ...words],
        ...more
      },
    ]) => {
      const lines = (outputs[program] ?? []).map(line => `echo '${line}'`)
      return [name, { ...more, argv: [shellProgram(dir, program, ...lines), ...words] }] as const
    },
  )
  const { answer } = await commandsOf(t, Object.fromEntries(here))
  const results = await Promise.all(
    here.map(async ([name]) => [name, (await answer(name, 'www.example.com')).result] as const),
  )
  t.strictSame(Object.fromEntries(results), {
    whois: `${outputs['whois']?.join('\n') ?? ''}\n`,
    created: { created: '1995-08-14T04:00:00.000Z' },
    ping: [{ ms: 11.2 }, { ms: 9.87 }, { ms: 10 }],
    hops: [
      [1, '198.51.100.1'],
      [3, '192.0.2.1'],
    ],
    mx: '10 mail.example.com.\n20 mail2.example.com.\n',
    addresses: [{ address: '192.0.2.1' }, { address: '2001:db8::1' }],
  })
})
