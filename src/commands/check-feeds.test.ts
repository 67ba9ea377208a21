/** What `check` says of a stream, against a real redis-server. */
import t, { type Test } from 'tap'
import { loadConfig } from '../config/load.js'
import { needs } from '../testing/external-programs.js'
import { startRedis, type RedisServer } from '../testing/redis.js'
import { checkFeeds } from './check-feeds.js'

const skip = needs('redis-server')

const stateOf = async (t: Test, { to }: RedisServer, more: string) => {
  const dir = t.testdir({ 'domainstats.yaml': `inputs: [{ redis: '${to}', stream: eve${more} }]\n` })
  const { config } = await loadConfig(dir)
  const [found] = await checkFeeds(config, dir, new AbortController().signal)
  return {
    state: found?.lines.join().replace(/^input .* \(auto\): /, ''),
    isFine: found?.problems.length === 0,
  }
}

void t.test('the length of a stream, and how far its group is', { skip }, async t => {
  const server = await startRedis(t)
  const group = ', group: ids'
  const none = { state: '0 entries; a run will make the group ids', isFine: true }
  t.same(await stateOf(t, server, group), none)
  for (const id of ['1-0', '2-0', '3-0']) await server.do('XADD', 'eve', id, 'record', 'x')
  t.same(await stateOf(t, server, ''), { state: '3 entries', isFine: true })
  await server.do('XGROUP', 'CREATE', 'eve', 'other', '0')
  t.match(await stateOf(t, server, group), { state: '3 entries; a run will make the group ids' })
  await server.do('XGROUP', 'CREATE', 'eve', 'ids', '0')
  await server.do('XREADGROUP', 'GROUP', 'ids', 'one', 'COUNT', '2', 'STREAMS', 'eve', '>')
  t.same(await stateOf(t, server, group), {
    state: '3 entries; group ids has 2 entries pending at 1 consumers, 1 not read yet',
    isFine: true,
  })
  await server.do('SET', 'eve', 'text')
  t.match(await stateOf(t, server, group), { state: /WRONGTYPE/, isFine: false })
})
