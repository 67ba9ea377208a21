/** Against a real redis-server. */
import t from 'tap'
import { needs } from '../testing/external-programs.js'
import { redisAt, startRedis } from '../testing/redis.js'
import { contract } from './testing/contract.js'
import { siteAt } from './testing/redis-site.js'

const skip = needs('redis-server')
/** The tests kill no server in which something must be left. */
const fast = ['--appendfsync', 'no']

void t.test('what sensors share is the same on a single server', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  await contract(t, siteAt(redisAt(server.to)))
})
