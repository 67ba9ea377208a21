/** Whoever pipes lines or names one by one gets what comes of them one by one. */
import { PassThrough } from 'node:stream'
import t from 'tap'
import { keep, testIo } from '../testing/io.js'
import { zeekLines } from '../testing/zeek-lines.js'
import { runCommandLine } from './command-line.js'

void t.test('a record is written before the next line comes', async t => {
  const [stdin, out, io] = [new PassThrough(), keep(), testIo()]
  const scanning = runCommandLine(['scan', '-', '--no-lookup'], { ...io, stdin, stdout: out.stream })
  stdin.write(zeekLines(['first.com']))
  t.match(await out.says('first.com'), 'YOUR-FIRST-CONTACT')
  stdin.end(zeekLines(['second.com']))
  t.equal(await scanning, 0)
  t.match(out.text(), 'second.com')
})

void t.test('a name is answered before the next one comes', async t => {
  const [stdin, out, io] = [new PassThrough(), keep(), testIo()]
  const asking = runCommandLine(['query', '-'], { ...io, stdin, stdout: out.stream })
  stdin.write('10.0.0.1\n')
  t.match(await out.says('10.0.0.1'), 'ip-literal')
  stdin.end('x\u009b31m.localhost\n')
  t.equal(await asking, 0)
  t.notMatch(out.text(), '\u009b', 'and nothing of it reaches a terminal as it is')
})
