/** Files and feeds as one source: what is read of each, and who is told of a commit. */
import t from 'tap'
import type { Feed } from './feed.js'
import { Sources } from './sources.js'

const feedOf = (name: string, why?: string) => {
  const calls: string[] = []
  const feed: Feed = {
    name,
    run: signal => {
      calls.push('run')
      return signal.aborted ? Promise.resolve() : new Promise(resolve => signal.addEventListener('abort', () => resolve())) // prettier-ignore
    },
    take: () => {
      calls.push('take')
      return []
    },
    committed: at => void calls.push(`committed ${at}`),
    close: () => {
      calls.push('close')
      return Promise.resolve()
    },
    status: () => ({ path: name, lagBytes: 3, lagSeconds: 1 }),
    away: () => why,
  }
  return { feed, calls }
}

void t.test('a commit is told to the feed whose cursor it stored', async t => {
  const [list, socket] = [feedOf('list'), feedOf('socket', 'nobody is there')]
  const looked: number[] = []
  const files = {
    look: (now: number) => {
      looked.push(now)
      return Promise.resolve()
    },
    read: () => Promise.resolve([]),
  }
  const sources = new Sources(files, [list.feed, socket.feed])
  await sources.look(7)
  t.same(looked, [7])
  t.same(await sources.read(), [])
  sources.committed([
    { input: 'list', at: '4' },
    { input: 'gone', at: '9' },
  ])
  t.same([list.calls, socket.calls], [['take', 'committed 4'], ['take']])
  t.same(
    sources.status(0).map(({ path }) => path),
    ['list', 'socket'],
  )
  t.same([...sources.warnings()], ['socket: no lines can be had (nobody is there)'])
  t.same([sources.has('list'), sources.has('gone')], [true, false])
  const life = new AbortController()
  const running = sources.run(life.signal)
  life.abort()
  await running
  t.same(list.calls.at(-1), 'run')
  await sources.close()
  t.same([list.calls.at(-1), socket.calls.at(-1)], ['close', 'close'])
})
