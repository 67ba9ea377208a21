/** `import --ranks` as a user types it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../store/store.js'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const run = async (...argv: readonly string[]) => {
  const io = testIo()
  const code = await runCommandLine(['import', '--ranks', ...argv], io)
  return { code, err: io.err() }
}

void t.test('places are taken from a list of the most asked domains, and nothing else', async t => {
  const dir = t.testdir({
    'top.csv': '1,google.com\n2,www.google.com\n3,a_b c\n4,example.org\n',
    'majestic.csv': 'GlobalRank,TldRank,Domain\n1,1,example.org\n2,2,example.net\n',
  })
  const data = join(dir, 'data')
  t.match(await run(join(dir, 'top.csv'), '--data', data), {
    code: 0,
    err: /3 places taken, 1 lines refused\n$/,
  })
  const places = (...domains: readonly string[]) => {
    const store = openStore(join(data, 'domainstats.sqlite'))
    const { of } = store.ranks()
    const found = domains.map(domain => [of(domain), store.domain(domain)])
    store.close()
    return found
  }
  t.strictSame(places('google.com', 'example.org'), [
    [1, undefined],
    [4, undefined],
  ])
  t.match(await run(join(dir, 'majestic.csv'), '--data', data), { code: 0 })
  t.strictSame(places('google.com', 'example.org', 'example.net'), [
    [undefined, undefined],
    [1, undefined],
    [2, undefined],
  ])
})

void t.test('what is no list of ranks', async t => {
  const dir = t.testdir({ 'a.csv': '1,google.com\n' })
  const file = join(dir, 'a.csv')
  t.match(await run('--data', dir), { code: 2, err: /Give a file/ })
  t.match(await run(join(dir, 'none'), '--data', dir), { code: 1, err: /is not there/ })
  for (const flags of [['--seen'], ['--never-expire'], ['--source', 'x'], ['--from-domain-stats', dir]])
    t.match(
      await run(file, '--data', dir, ...flags),
      { code: 2, err: /takes a file, and of the other flags/ },
      flags.join(),
    )
  writeFileSync(file, 'domain\na b\n')
  t.match(await run(file, '--data', dir), { code: 1 })
})
