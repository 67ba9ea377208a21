import t from 'tap'
import { readRedisAddress, redisName, withoutPassword } from './address.js'

void t.test('an address is read into its parts, and its name is the same for all its forms', t => {
  const local = { isTls: false, user: undefined, path: undefined, database: 0 }
  const cases = [
    ['redis://10.0.0.1', { ...local, hosts: [{ host: '10.0.0.1', port: 6379 }] }, 'redis://10.0.0.1:6379/0'],
    ['redis://10.0.0.1/', { ...local, hosts: [{ host: '10.0.0.1', port: 6379 }] }, 'redis://10.0.0.1:6379/0'],
    [
      'rediss://domain%40stats@[2001:db8::1]:7000/3',
      { isTls: true, user: 'domain@stats', path: undefined, database: 3, hosts: [{ host: '2001:db8::1', port: 7000 }] },
      'rediss://[2001:db8::1]:7000/3',
    ],
    [
      'redis://a.example,b.example:7001',
      { ...local, hosts: [{ host: 'a.example', port: 6379 }, { host: 'b.example', port: 7001 }] },
      'redis://a.example:6379,b.example:7001/0',
    ],
    [
      'unix://stats@/run/redis/redis.sock?db=2',
      { ...local, user: 'stats', hosts: [], path: '/run/redis/redis.sock', database: 2 },
      'unix:///run/redis/redis.sock?db=2',
    ],
  ] as const // prettier-ignore
  for (const [text, parts, name] of cases) {
    const address = readRedisAddress(text)
    t.strictSame(address, parts, text)
    t.equal(address && redisName(address), name)
  }
  t.end()
})

void t.test('what is no address, or holds a password, is refused', t => {
  for (const text of [
    ...[
      '',
      'redis://',
      'http://a',
      'redis:a',
      'redis://a:0',
      'redis://a:65536',
      'redis://a/b',
      'redis://a b',
    ],
    ...[
      'redis://user:secret@a',
      'redis://:secret@a',
      'unix://user:secret@/a',
      'redis://a,',
      'redis://u%zz@a',
    ],
    ...['unix://a', 'unix:///a\n', 'unix:///a?db=x', `redis://${'a,'.repeat(20)}a`],
  ])
    t.equal(readRedisAddress(text), undefined, text)
  t.end()
})

void t.test('a message shows no password', t => {
  t.equal(withoutPassword('redis://user:secret@a:1/0'), 'redis://user:…@a:1/0')
  t.equal(withoutPassword('redis://:se@cr:et@a'), 'redis://:…@a')
  t.equal(withoutPassword('unix://user:secret@/run/a'), 'unix://user:…@/run/a')
  t.equal(withoutPassword('redis://user@a:1'), 'redis://user@a:1')
  t.end()
})
