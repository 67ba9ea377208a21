/** Against a real redis-server: one node, TLS, a Cluster of one node, and a master that a Sentinel names. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { certificateFor } from '../testing/certificate.js'
import { needs } from '../testing/external-programs.js'
import { started } from '../testing/process.js'
import { redisAt, startRedis } from '../testing/redis.js'
import { freePorts, isListening } from '../testing/ports.js'
import { systemClock } from '../time/clock.js'
import { openRedis, RedisError, type RedisTarget } from './client.js'

const skip = needs('redis-server')
const never = new AbortController().signal
const open = (t: Test, to: string, more: Partial<RedisTarget> = {}, onLost?: (error: unknown) => void) => {
  const redis = openRedis(redisAt(to, more), systemClock, onLost)
  return redis
}

/** The error of a call that fails. */
const errorOf = async (call: Promise<unknown>): Promise<RedisError> => {
  const error: unknown = await call.catch((thrown: unknown) => thrown)
  if (error instanceof RedisError) return error
  throw new Error(`no RedisError: ${String(error)}`)
}

void t.test('bytes come back as they were; a transaction is done as a whole', { skip }, async t => {
  const server = await startRedis(t)
  const redis = open(t, server.to)
  const bytes = Buffer.from([0, 0xff, 0x0d, 0x0a, 0xc3])
  const [, got, none, list] = await redis.send(
    'k',
    [['SET', 'k', bytes], ['GET', 'k'], ['GET', 'other'], ['LRANGE', 'none', '0', '-1']],
    never,
  ) // prettier-ignore
  t.strictSame([got, none, list], [bytes, null, []])
  await redis.transact('n', [['INCR', 'n'], ['INCR', 'n']], never) // prettier-ignore
  t.strictSame(await redis.send('n', [['GET', 'n']], never), [Buffer.from('2')])
})

void t.test('a refusal is told apart, says which address, and leaves the connection', { skip }, async t => {
  const server = await startRedis(t)
  const lost: unknown[] = []
  const redis = open(t, server.to, {}, error => lost.push(error))
  await server.do('SET', 'text', 'x')
  const refused = await errorOf(redis.send('text', [['GET', 'text'], ['LLEN', 'text']], never)) // prettier-ignore
  t.match(refused, { isRefusal: true, message: `${server.to}/0: WRONGTYPE Operation against a key` })
  const both = await errorOf(redis.transact('text', [['LTRIM', 'text', '0', '1'], ['SET', 'a', 'b']], never)) // prettier-ignore
  t.match(both, { isRefusal: true, message: /WRONGTYPE/ })
  t.strictSame(await redis.send('text', [['GET', 'text']], never), [Buffer.from('x')])
  t.same(lost, [])
})

void t.test('a password is used, and never shown', { skip }, async t => {
  const password = 'a-long-secret'
  const server = await startRedis(t, '--requirepass', password)
  const right = open(t, server.to, { password })
  t.strictSame(await right.send('', [['PING']], never), ['PONG'])
  const wrong = await errorOf(open(t, server.to, { password: 'wrong' }).send('', [['PING']], never))
  t.match(wrong, { isRefusal: true, message: /^redis:\/\/127\.0\.0\.1:\d+\/0: WRONGPASS/ })
  t.match(await errorOf(open(t, server.to).send('', [['PING']], never)), {
    isRefusal: true,
    message: /NOAUTH/,
  })
  // A server without AUTH repeats what it was sent.
  const odd = await startRedis(t, '--rename-command', 'AUTH', '""')
  const told = await errorOf(open(t, odd.to, { password }).send('', [['PING']], never))
  t.match(told.message, /AUTH/)
  t.notMatch(told.message, password)
})

void t.test('a server that goes away breaks the call, and the next one connects anew', { skip }, async t => {
  const server = await startRedis(t)
  const lost: unknown[] = []
  const redis = open(t, server.to, {}, error => lost.push(error))
  await redis.send('a', [['SET', 'a', '1']], never)
  server.signal('SIGSTOP')
  const pending = errorOf(redis.send('a', [['GET', 'a']], never))
  await server.kill()
  t.match(await pending, { isRefusal: false, message: /^redis:/ })
  const away = await errorOf(redis.send('a', [['GET', 'a']], never))
  t.match(away, { isRefusal: false, message: /ECONNREFUSED 127\.0\.0\.1/ })
  await server.start()
  t.strictSame(await redis.send('a', [['GET', 'a']], never), [Buffer.from('1')])
  const told = new Promise(done => lost.push = (...errors) => (done(errors), 0)) // prettier-ignore
  await server.kill()
  t.match(await told, [{ isRefusal: false }], 'an idle connection that breaks is told')
})

void t.test('the signal ends a call to a server that does not answer', async t => {
  const mute = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  t.teardown(() => mute.close())
  const life = new AbortController()
  const redis = open(t, `redis://127.0.0.1:${(mute.address() as AddressInfo).port}`)
  const call = redis.send('', [['PING']], life.signal)
  const connected = once(mute, 'connection')
  await connected
  life.abort()
  await t.rejects(call, { name: 'AbortError' })
})

void t.test('over TLS, with our certificate where it is asked for', { skip }, async t => {
  const server = await startRedis(t, '--tls-auth-clients', 'yes')
  const { cert, key } = certificateFor('localhost')
  const untrusted = await errorOf(open(t, server.tls).send('', [['PING']], never))
  t.match(untrusted, { isRefusal: false, message: /self[- ]signed/ })
  const tls = { ca: server.ca, cert: undefined, key: undefined }
  t.match(await errorOf(open(t, server.tls, { tls }).send('', [['PING']], never)), { isRefusal: false })
  // The server trusts its own certificate only.
  const other = open(t, server.tls, { tls: { ca: server.ca, cert, key } })
  t.match(await errorOf(other.send('', [['PING']], never)), { isRefusal: false })
  const optional = await startRedis(t)
  const plain = open(t, optional.tls, { tls: { ca: optional.ca, cert: undefined, key: undefined } })
  t.strictSame(await plain.send('', [['PING']], never), ['PONG'])
})

void t.test('a Cluster: the key decides which node is asked', { skip }, async t => {
  const server = await startRedis(t, '--cluster-enabled', 'yes')
  await server.do('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  while (!String(await server.do('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  const redis = open(t, server.to, { isCluster: true })
  t.strictSame(await redis.send('k', [['SET', 'k', 'v'], ['GET', 'k']], never), ['OK', Buffer.from('v')]) // prettier-ignore
  await redis.transact('{k}:a', [['LPUSH', '{k}:a', '1'], ['SET', '{k}:b', '2']], never) // prettier-ignore
  t.strictSame(await redis.send('{k}:b', [['GET', '{k}:b']], never), [Buffer.from('2')])
  t.match(await errorOf(redis.send('k', [['LMOVE', 'k', 'far', 'LEFT', 'LEFT']], never)), {
    isRefusal: true,
    message: /CROSSSLOT/,
  })
})

void t.test('Sentinels are asked for the master', { skip }, async t => {
  const server = await startRedis(t)
  const [port = 0] = await freePorts(1)
  const conf = join(server.dir, 'sentinel.conf')
  writeFileSync(
    conf,
    `port ${port}\nbind 127.0.0.1\ndir ${server.dir}\nsentinel monitor ours 127.0.0.1 ${server.port} 1\n`,
  )
  const { end } = started(spawn('redis-server', [conf, '--sentinel'], { stdio: ['ignore', 'pipe', 'pipe'] }))
  t.teardown(() => end('SIGKILL'))
  while (!(await isListening(port)));
  const redis = open(t, `redis://127.0.0.1:${port}`, { sentinel: 'ours' })
  await redis.send('k', [['SET', 'k', 'v']], never)
  t.strictSame(await server.do('GET', 'k'), Buffer.from('v'))
  await redis.transact('k', [['SET', 'k', 'w']], never)
  t.strictSame(await server.do('GET', 'k'), Buffer.from('w'))
})
