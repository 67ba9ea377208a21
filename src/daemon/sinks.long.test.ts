/** Sinks that are dead or do not read, and kills: the log does not wait for a sink, and no record is lost. */
import { join } from 'node:path'
import t from 'tap'
import { readZeek } from '../output/testing/zeek-cut.js'
import { untilFile } from '../testing/process.js'
import { readinessOf } from '../testing/ready.js'
import { receiveNothing, receiveTcp } from '../testing/receivers.js'
import { openWithSinks, sinkLine } from '../testing/with-sinks.js'

void t.test('a dead sink, and one that accepts nothing, delay neither the log nor another sink', async t => {
  const dead = await receiveTcp()
  await dead.close()
  const [deaf, alive] = [await receiveNothing(), await receiveTcp()]
  const sinks = [sinkLine('dead', dead.to), sinkLine('deaf', deaf.to), sinkLine('alive', alive.to)]
  const { run, ask, written, ids } = openWithSinks(t, sinks)
  const daemon = run('--http', '0')
  ask(0, 5_000)
  await written(5_000)
  await alive.got(5_000)
  t.same(alive.ids(), ids())
  const said = await daemon.says(/"kind":"sink-down","sink":"dead"/)
  t.equal(said.split('"kind":"sink-down","sink":"dead"').length, 2, 'told once')
  const { status, text } = await readinessOf(daemon).ready()
  t.equal(status, 200)
  t.match(
    text,
    /^ready\nwarning: sink dead takes no records since \S+ \(Error: connect ECONNREFUSED [^)]+\): \d+ bytes wait\n/,
  )
  const began = performance.now()
  t.equal(await daemon.end('SIGTERM'), 0)
  t.ok(performance.now() - began < 10_000, 'nor the end')
  // It comes back, and gets all that waited for it.
  const back = await receiveTcp(Number(/\d+$/.exec(dead.to)?.[0]))
  const again = run()
  await back.got(5_000)
  t.same(back.ids(), ids())
  await again.end('SIGKILL')
  for (const { close } of [deaf, alive, back]) await close()
})

void t.test(
  'killed again and again, while it writes another format: each record comes at least once',
  async t => {
    const receiver = await receiveTcp()
    const { run, ask, data } = openWithSinks(
      t,
      [sinkLine('siem', receiver.to)],
      'format: zeek\noutput: zeek.log\n',
    )
    const out = join(data, 'zeek.log')
    const isRow = (line: string) => /^\d.*\t/.test(line)
    const written = (count: number) =>
      untilFile(out, text => text.split('\n').slice(0, -1).filter(isRow).length >= count)
    let daemon = run()
    for (let life = 0; life < 4; life++) {
      ask(life * 1_000, 1_000)
      await written(life * 1_000 + 1 + 200 * life)
      await daemon.end('SIGKILL')
      daemon = run('--http', '0')
    }
    const { rows } = readZeek(await written(4_000))
    const ids = new Set(rows.map(({ fields }) => String(fields['record_id'])))
    t.equal(ids.size, 4_000)
    await receiver.got(4_000)
    t.same(receiver.ids(), ids)
    t.comment(`${receiver.messages.length - ids.size} came more than once`)
    // The lives before may have sent all of it: the last one must have begun, or the signal ends it like any program.
    await readinessOf(daemon).ready()
    t.equal(await daemon.end('SIGTERM'), 0)
    await receiver.close()
  },
)
