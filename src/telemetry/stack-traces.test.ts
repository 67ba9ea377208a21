/** Errors of built files, and the stacks that users send of them. */
import { join } from 'node:path'
import { transform } from 'esbuild'
import t from 'tap'
import { nameSourcesInStackTraces } from './stack-traces.js'

const source = `// The first line.
export const fail = (): never => {
  throw new Error('at (file:///etc/passwd:1:1)')
}
`

nameSourcesInStackTraces()

/** The stack of an error that is thrown by a built file. */
const stackOf = async (file: string): Promise<string> => {
  const built: unknown = await import(file)
  try {
    if (typeof built === 'object' && built !== null && 'fail' in built && typeof built.fail === 'function')
      Reflect.apply(built.fail, undefined, [])
    return 'did not fail'
  } catch (error) {
    return error instanceof Error ? (error.stack ?? '') : ''
  }
}

void t.test('a frame of a built file names the line of its source', async t => {
  const { code, map } = await transform(source, {
    ...{ loader: 'ts', minify: true, sourcemap: true, sourcefile: '../src/fail.ts' },
  })
  const dir = t.testdir({ dist: { 'fail.js': code, 'fail.js.map': map } })
  const [message, frame] = (await stackOf(join(dir, 'dist/fail.js'))).split('\n')
  t.equal(message, 'Error: at (file:///etc/passwd:1:1)', 'a message stays, whatever it looks like')
  t.match(frame, `${join(dir, 'src/fail.ts')}:3:9`)
})

for (const map of [undefined, 'no JSON', '{}'])
  void t.test(`a frame stays as it is where the map is ${map ?? 'not there'}`, async t => {
    const { code } = await transform(source, { loader: 'ts', minify: true })
    const dir = t.testdir({ 'fail.js': code, ...(map !== undefined && { 'fail.js.map': map }) })
    t.match(await stackOf(join(dir, 'fail.js')), /fail\.js:1:\d+/)
  })
