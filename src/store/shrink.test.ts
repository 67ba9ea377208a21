/** What a small store takes on the disk when its run has ended. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { unknownDomain } from '../model/domain.js'
import { openStore } from './store.js'

const now = Date.UTC(2026, 10, 21, 12)

void t.test('free pages of the last records are given back, and all other data stay', t => {
  const file = join(t.testdir(), 'domainstats.sqlite')
  const store = openStore(file)
  const domains = Array.from({ length: 500 }, (_, at) => unknownDomain(`domain${at}.com`))
  const outbox = { path: '/log', inode: '1', size: 0, tail: Buffer.alloc(0), bytes: Buffer.alloc(400_000) }
  store.commit({ domains: domains.map(({ domain }) => domain) }, () => ({ domains, outbox }), now)
  store.commit({}, () => ({ outbox: { ...outbox, bytes: Buffer.alloc(0) } }), now)
  const next = store.newFile()
  store.shrink()
  store.close()
  t.ok(statSync(file).size < 150_000, `${statSync(file).size} bytes`)
  const again = openStore(file)
  t.teardown(() => again.close())
  t.equal(again.domainsCount(), 500)
  t.equal(again.domain('domain7.com')?.domain, 'domain7.com')
  t.ok(again.newFile() > next, 'numbers of files are not given twice')
  t.end()
})
