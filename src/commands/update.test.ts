import t from 'tap'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const update = async (...args: readonly string[]) => {
  const io = testIo()
  return { code: await runCommandLine(['update', ...args], io), out: io.out(), err: io.err() }
}

void t.test('it wants an address, and an https one', async t => {
  const data = ['--data', t.testdir()]
  t.match(await update(...data), { code: 2, err: /From where\? Give --from, or the setting updates\.url/ })
  for (const from of ['http://a.example/d', 'https://user:word@a.example/', 'lists', 'https://a.example/?x'])
    t.match(await update(...data, '--from', from), { code: 2, err: /is not an https address/ }, from)
})

void t.test('a place that does not answer is named', async t => {
  const io = await update('--data', t.testdir(), '--from', 'https://127.0.0.1:9/lists')
  t.match(io, { code: 1, err: /https:\/\/127\.0\.0\.1:9\/lists\/SHA256SUMS: .*ECONNREFUSED/ })
})
