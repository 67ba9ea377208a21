import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Clock } from '../time/clock.js'
import { createWake } from '../time/wake.js'
import { watchFolders } from './watch.js'

/** A clock whose sleepers sleep until the signal aborts: only events can wake. */
const idle: Clock = {
  now: () => 0,
  sleep: (_ms, signal) => new Promise(resolve => signal.addEventListener('abort', () => resolve())),
}

void t.test('an append wakes the reader, and nothing stays open after the abort', async t => {
  const dir = t.testdir({ 'dns.log': '' })
  const life = new AbortController()
  const wake = createWake()
  watchFolders([dir], { pollSeconds: 1, clock: idle }, wake, life.signal)
  // The watcher needs a while to begin: write until it wakes.
  const state = { woken: false }
  const waiting = wake.wait(life.signal).then(() => (state.woken = true))
  for (let i = 0; i < 100_000 && !state.woken; i++) {
    appendFileSync(join(dir, 'dns.log'), 'line\n')
    await new Promise(resolve => setImmediate(resolve))
  }
  await waiting
  t.ok(state.woken)
  life.abort()
})

void t.test('the poll wakes without any event; an aborted signal watches nothing', async t => {
  const life = new AbortController()
  const wake = createWake()
  let sleeps = 0
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, signal) => (++sleeps === 1 ? Promise.resolve() : idle.sleep(ms, signal)),
  }
  watchFolders([join(t.testdir({}), 'not there yet')], { pollSeconds: 1, clock }, wake, life.signal)
  await wake.wait(life.signal)
  t.equal(sleeps, 2)
  life.abort()
  watchFolders([t.testdirName], { pollSeconds: 1, clock }, wake, life.signal)
  t.equal(sleeps, 2)
})

void t.test('a call before the wait is not lost, and many calls wake once', async t => {
  const wake = createWake()
  const { signal } = new AbortController()
  wake.call()
  wake.call()
  await wake.wait(signal)
  t.notOk(wake.taken())
  wake.call()
  t.ok(wake.taken())
  await wake.wait(AbortSignal.abort())
})

void t.test('a poll of idle inputs does not wake the reader, but does after idleLookMs', async t => {
  const life = new AbortController()
  const wake = createWake()
  let sleeps = 0
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, signal) => (++sleeps <= 10 ? Promise.resolve() : idle.sleep(ms, signal)),
  }
  const asked: number[] = []
  const isIdle = () => {
    asked.push(sleeps)
    return Promise.resolve(sleeps !== 3)
  }
  let woken: number[] = []
  // The watcher wakes once more when it is ready: by then the clock stands still.
  const call = () => {
    if (sleeps <= 10) woken.push(sleeps)
  }
  const counted = { ...wake, call }
  const dir = join(t.testdir({}), 'not there yet')
  watchFolders([dir], { pollSeconds: 1, clock, isIdle }, counted, life.signal)
  while (asked.length < 10) await new Promise(resolve => setImmediate(resolve))
  t.strictSame(woken, [3])
  sleeps = 0
  woken = []
  watchFolders([dir], { pollSeconds: 5, clock, isIdle: () => Promise.resolve(true) }, counted, life.signal)
  while (sleeps < 11) await new Promise(resolve => setImmediate(resolve))
  t.strictSame(woken, [2, 4, 6, 8, 10])
  life.abort()
})
