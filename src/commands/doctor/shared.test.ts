/** What `doctor` says of the shared store, with a real redis-server. */
import t, { type Test } from 'tap'
import { loadConfig } from '../../config/load.js'
import { networkBy, mockAgent } from '../../lookup/testing/network.js'
import { needs } from '../../testing/external-programs.js'
import { startRedis } from '../../testing/redis.js'
import { systemClock } from '../../time/clock.js'
import { examineShared } from './shared.js'

const skip = needs('redis-server')

const found = async (t: Test, settings: string) => {
  const dir = t.testdir({ 'domainstats.yaml': settings })
  const { config } = await loadConfig(dir)
  const { signal } = new AbortController()
  return examineShared({
    ...{ config, dir, isLive: false, network: networkBy(mockAgent(t)), clock: systemClock, signal },
  })
}

void t.test('whether it answers, evicts, and keeps its data', { skip }, async t => {
  t.same(await found(t, ''), [], 'there is none')
  const server = await startRedis(t)
  const settings = `shared: {url: '${server.to}'}`
  t.match(await found(t, settings), [{ state: 'ok', area: 'shared', found: /answers, and keeps/ }])
  await server.do('CONFIG', 'SET', 'appendonly', 'no')
  t.match(await found(t, settings), [
    { state: 'warning', found: /appendonly is no/, remedy: /docs\/fleet\.md/ },
  ])
  await server.do('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  t.match(await found(t, settings), [
    { state: 'wrong', found: /maxmemory-policy is allkeys-lru.*noeviction/ },
  ])
  await server.do('ACL', 'SETUSER', 'narrow', 'on', 'nopass', '~*', '+eval', '+evalsha')
  t.match(await found(t, `shared: {url: '${server.to.replace('//', '//narrow@')}'}`), [
    { state: 'warning', found: /may not ask INFO/ },
  ])
  await server.kill()
  t.match(await found(t, settings), [{ state: 'wrong', found: /ECONNREFUSED/, remedy: /start it/ }])
})
