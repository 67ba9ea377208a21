import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { execPath } from 'node:process'
import t, { type Test } from 'tap'
import { feedBytesMax, lineBytesMax, socketConnectionsMax } from '../limits.js'
import { endWithTest } from '../testing/process.js'
import { socketFolder } from '../testing/receivers.js'
import { SocketFeed } from './socket-feed.js'
import { collect } from './testing/collected.js'

const listen = (t: Test, path: string, mode = 0o660) =>
  collect(t, path, options => new SocketFeed(options, mode))

const client = async (t: Test, path: string): Promise<Socket> => {
  const socket = connect({ path })
  socket.on('error', () => undefined)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const closed = async (socket: Socket): Promise<void> => {
  socket.end()
  if (!socket.closed) await once(socket.resume(), 'close')
}

void t.test('lines of several clients come whole, each in its order', async t => {
  const path = join(socketFolder(t), 'eve.sock')
  const { lines, ids, got, told, reports } = listen(t, path)
  await told('input-opened')
  t.equal(statSync(path).mode & 0o777, 0o660)
  const [one, other] = [await client(t, path), await client(t, path)]
  one.write('a1\na')
  other.write('b1\nb2\n')
  await got(3)
  one.write('2\n')
  await got(4)
  t.same(lines.toSorted(), ['a1', 'a2', 'b1', 'b2'])
  t.same(new Set(ids), new Set(['0']))
  other.write('half a li')
  await closed(other)
  await got(5)
  t.equal(lines.at(-1), 'half a li', 'the last line may have no newline: the parser decides')
  t.equal(reports.length, 1)
})

void t.test('a line that is too long is passed over, and the connection goes on', async t => {
  const path = join(socketFolder(t), 'eve.sock')
  const { lines, got, told, feed } = listen(t, path)
  await told('input-opened')
  const socket = await client(t, path)
  socket.write(Buffer.alloc(2 * lineBytesMax, 'x'))
  socket.write('\nnext\n')
  await got(1)
  t.same(lines, ['next'])
  t.equal(feed.away(), undefined)
})

void t.test('while ingest stands still it reads no more than it may keep', async t => {
  const path = join(socketFolder(t), 'eve.sock')
  const { lines, got, told, hold, feed } = listen(t, path)
  await told('input-opened')
  hold(true)
  const socket = await client(t, path)
  const line = `${'x'.repeat(999)}\n`
  const total = 8 * feedBytesMax
  socket.write(line.repeat(total / line.length))
  while (feed.status(0).lagBytes < feedBytesMax) await new Promise(setImmediate)
  // It has stopped: some turns later it has no more, and the client cannot get rid of the rest.
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
  t.ok(feed.status(0).lagBytes < 2 * feedBytesMax, `${feed.status(0).lagBytes} bytes`)
  t.ok(socket.writableLength > 0)
  hold(false)
  await got(Math.floor(total / line.length))
  t.equal(lines.length, Math.floor(total / line.length))
})

void t.test('no more connections than it may have', async t => {
  const path = join(socketFolder(t), 'eve.sock')
  const { lines, got, told } = listen(t, path)
  await told('input-opened')
  const sockets = await Promise.all(Array.from({ length: socketConnectionsMax }, () => client(t, path)))
  const one = await client(t, path)
  await once(one.resume(), 'close')
  t.match(await told('limit-reached'), { limit: 'socketConnectionsMax' })
  for (const [at, socket] of sockets.entries()) socket.write(`${at}\n`)
  await got(sockets.length)
  t.equal(new Set(lines).size, sockets.length)
  await closed(sockets[0] ?? one)
  const next = await client(t, path)
  next.write('more\n')
  await got(sockets.length + 1)
})

void t.test('the socket of a process that is gone is replaced', async t => {
  const path = join(socketFolder(t), 'eve.sock')
  const server = `require('net').createServer().listen(process.argv[1], () => console.log('listens'))`
  const dead = endWithTest(spawn(execPath, ['-e', server, path], { stdio: ['ignore', 'pipe', 'inherit'] }))
  await once(dead.stdout, 'data')
  dead.kill('SIGKILL')
  await once(dead, 'close')
  t.ok(statSync(path).isSocket())
  const { lines, got, told } = listen(t, path)
  await told('input-opened')
  const socket = await client(t, path)
  socket.write('a\n')
  await got(1)
  t.same(lines, ['a'])
})

void t.test(
  'the socket of a live process, and a file, are refused, and taken when they are free',
  async t => {
    const dir = socketFolder(t)
    const path = join(dir, 'eve.sock')
    const live = createServer(socket => socket.destroy()).listen(path)
    await once(live, 'listening')
    const { told, feed, reports } = listen(t, path)
    t.match(await told('input-unreadable'), {
      error: `another process listens at ${path}: give another path`,
    })
    t.match(feed.away(), /another process/)
    live.close()
    await told('input-opened')
    t.equal(reports.length, 2)
    const file = join(dir, 'file')
    writeFileSync(file, 'mine')
    const other = listen(t, file)
    t.match(await other.told('input-unreadable'), { error: /is no socket/ })
    t.equal(statSync(file).size, 4, 'it is left alone')
  },
)

void t.test('a folder that is not there yet is awaited; a socket that was removed is made again', async t => {
  const dir = join(socketFolder(t), 'suricata')
  const path = join(dir, 'eve.sock')
  const { told, lines, got, reports } = listen(t, path)
  t.match(await told('input-missing'), { path })
  mkdirSync(dir)
  await told('input-opened')
  rmSync(path)
  while (
    reports.filter(({ kind }) => kind === 'input-opened').length < 1 ||
    !statSync(path, { throwIfNoEntry: false })
  )
    await new Promise(setImmediate)
  const socket = await client(t, path)
  socket.write('a\n')
  await got(1)
  t.same(lines, ['a'])
})
