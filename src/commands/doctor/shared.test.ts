/** What `doctor` says of the shared store, with a real redis-server. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../../config/load.js'
import { networkBy, mockAgent } from '../../lookup/testing/network.js'
import type { Facts } from '../../model/record.js'
import { openStore } from '../../store/store.js'
import { needs } from '../../testing/external-programs.js'
import { startRedis } from '../../testing/redis.js'
import { systemClock } from '../../time/clock.js'
import { examineShared } from './shared.js'

const skip = needs('redis-server')

const found = async (t: Test, settings: string, prepare: (dir: string) => void = () => undefined) => {
  const dir = t.testdir({ 'domainstats.yaml': settings })
  prepare(dir)
  const { config } = await loadConfig(dir)
  const { signal } = new AbortController()
  return examineShared({
    ...{ config, dir, isLive: false, network: networkBy(mockAgent(t)), clock: systemClock, signal },
  })
}

/** A store with a claim that was not answered. */
const withClaim = (dir: string): void => {
  const store = openStore(join(dir, 'domainstats.sqlite'))
  const facts = { domain: 'a.com', id: 'id' } as Facts // nothing else of it is read
  store.commit({}, () => ({ newClaims: [{ facts, due: 0, owns: false }] }), 0)
  store.close()
}

void t.test('whether it answers, evicts, and keeps its data', { skip }, async t => {
  t.same(await found(t, ''), [], 'there is none')
  const server = await startRedis(t)
  const settings = `shared: {url: '${server.to}'}`
  t.match(await found(t, settings), [{ state: 'ok', area: 'shared', found: /answers, and keeps/ }])
  t.match(await found(t, `shared: {url: '${server.to}', counts: false}`, withClaim), [
    { state: 'ok', found: /answers, and keeps/ },
    { state: 'ok', found: '1 first contacts wait for the answer to their claim' },
  ])
  t.equal(await server.do('EXISTS', 'domainstats:layout'), 0, 'it changes nothing')
  await server.do('SET', 'domainstats:layout', 'domainstats 0')
  t.match(await found(t, settings), [
    { state: 'wrong', found: /layout holds "domainstats 0".*another prefix/ },
  ])
  await server.do('DEL', 'domainstats:layout')
  await server.do('CONFIG', 'SET', 'appendonly', 'no')
  t.match(await found(t, settings), [
    { state: 'warning', found: /appendonly is no/, remedy: /docs\/fleet\.md/ },
  ])
  await server.do('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  t.match(await found(t, settings), [
    { state: 'wrong', found: /maxmemory-policy is allkeys-lru.*noeviction/ },
  ])
  const narrow = `shared: {url: '${server.to.replace('//', '//narrow@')}'}`
  await server.do('ACL', 'SETUSER', 'narrow', 'on', 'nopass', '~*', '+eval', '+evalsha')
  t.match(await found(t, narrow), [
    { state: 'wrong', found: /can't run this command|NOPERM|No permissions/i },
  ])
  await server.do('ACL', 'SETUSER', 'narrow', '+time', '+type', '+strlen')
  t.match(await found(t, narrow), [{ state: 'warning', found: /may not ask INFO/ }])
  await server.kill()
  t.match(await found(t, settings), [{ state: 'wrong', found: /ECONNREFUSED/, remedy: /start it/ }])
})
