/** Many logs of one input. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lateLinesMs } from '../limits.js'
import { Follower } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'

void t.test('a look at 1,000 files', async t => {
  const dir = t.testdir({})
  for (let i = 0; i < 1000; i++) writeFileSync(join(dir, `dns.${i}.log`), `${i}:line\n`)
  const follower = new Follower(dir)
  t.equal((await follower.lookAndRead()).length, 1000)
  const ms = async () => {
    const start = process.hrtime.bigint()
    await follower.lookAndRead(2 * lateLinesMs)
    return Number(process.hrtime.bigint() - start) / 1e6
  }
  t.comment(`all open: ${await ms()} ms`)
  await lookOn(follower, 0, 2 * lateLinesMs)
  t.comment(`closed: ${await ms()} ms`)
  t.ok((await ms()) < 1000)
  await follower.stop()
})
