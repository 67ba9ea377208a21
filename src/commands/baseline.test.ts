import { createHash } from 'node:crypto'
import t from 'tap'
import { testIo } from '../testing/io.js'
import { openDnsTopDomains } from '../transfer/top-domains.data.js'
import { runCommandLine } from './command-line.js'

const go = async (argv: readonly string[], stdin = '') => {
  const io = testIo(stdin)
  return { code: await runCommandLine(argv, io), out: io.out(), err: io.err() }
}

void t.test('the list is the one that its head names', t => {
  const hash = createHash('sha256').update(openDnsTopDomains).digest('hex')
  t.equal(hash, 'aba7a11689d0d46c927f012952af795c85d735b39831dea32236eb22b2fb4044')
  t.end()
})

void t.test(
  'a domain of the list raises no first contact, another does, and a young one stays young',
  async t => {
    const data = ['--data', t.testdir()]
    const young = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10)
    await go(['import', '-', ...data, '--format', 'csv'], `google.com,1997-09-15,\nreddit.com,${young},\n`)

    const { code, err } = await go(['baseline', '--top', ...data])
    t.equal(code, 0)
    t.match(err, /^9998 names imported, 0 lines refused\n/)
    t.match(err, /count as contacted before/)

    const record = async (name: string) => (await go(['query', name, ...data, '--no-lookup'])).out
    t.notMatch(await record('www.google.com'), /YOUR-FIRST-CONTACT/)
    t.match(await record('www.not-in-any-list.com'), /YOUR-FIRST-CONTACT/)
    const reddit = await record('reddit.com')
    t.match(reddit, /YOUNG:3d/)
    t.notMatch(reddit, /YOUR-FIRST-CONTACT/)
  },
)

void t.test('a first contact that was before stays where it was', async t => {
  const data = ['--data', t.testdir()]
  const first = JSON.parse((await go(['query', 'google.com', ...data, '--no-lookup'])).out) as unknown
  await go(['baseline', '--top', ...data])
  const then = JSON.parse((await go(['query', 'google.com', ...data, '--no-lookup'])).out) as unknown
  t.match(then, { seen_by_you: (first as { seen_by_you: string }).seen_by_you })
})

void t.test('without --top it says what else could be meant', async t => {
  const { code, err } = await go(['baseline', '--data', t.testdir()])
  t.equal(code, 2)
  t.match(err, /--top.*import FILE --seen.*scan FILES --baseline/)
})
