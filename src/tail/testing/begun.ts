/** The usual start of a rotation test: a log that was read. */
import { join } from 'node:path'
import type { Test } from 'tap'
import { Follower } from './follower.js'

/** A folder with one log of the lines `a1` and `a2`, read. */
export const begun = async (t: Test, pattern = 'dns.log', content = 'a1\na2\n') => {
  const dir = t.testdir({ 'dns.log': content })
  const log = join(dir, 'dns.log')
  const follower = new Follower(pattern === '' ? dir : join(dir, pattern))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(), content.split('\n').slice(0, -1))
  return { dir, log, old: join(dir, 'dns.log.1'), follower }
}
