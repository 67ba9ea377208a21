import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { jsonFormat } from '../output/json.js'
import type { OutputFormat, Output } from '../output/output.js'
import { readZeek } from '../output/testing/zeek-cut.js'
import { zeekFormat } from '../output/zeek.js'
import { askedBy } from '../sightings/question.js'
import { sightings } from '../sightings/sightings.js'
import { never, openLife, question, registered, policy, putRegistration } from '../testing/pipeline-kit.js'

type Life = ReturnType<typeof openLife>

/** Commits names of one known domain, as ingest does. */
const write = async ({ store, committer }: Life, names: readonly string[]): Promise<void> => {
  putRegistration(store, 'a.com', registered())
  const questions = names.map(name => question(`${name}.a.com`))
  await committer.commit(askedBy(questions), (known, now) => sightings(questions, known, policy, now), never)
}

/** An append that writes so many bytes and is cut off by kill -9. */
const dyingAfter =
  (bytesMax: number) =>
  (output: Output): Output => ({
    ...output,
    append: bytes => {
      appendFileSync(output.path, bytes.subarray(0, bytesMax))
      return Promise.reject(new Error('kill -9'))
    },
  })

/** The first process writes one batch, and dies in the second one. */
const die = async (
  t: Test,
  dir: string,
  bytesMax: number,
  format: OutputFormat = jsonFormat,
): Promise<void> => {
  const life = openLife(t, dir, format)
  await life.committer.recover(never)
  await write(life, ['one', 'two'])
  const dying = { ...openLife(t, dir, format, dyingAfter(bytesMax)) }
  await t.rejects(write(dying, ['three', 'four']), /kill -9/)
}

/** The next process writes one more batch. Returns the names in all files. */
const live = async (t: Test, dir: string, format: OutputFormat = jsonFormat): Promise<string[]> => {
  const life = openLife(t, dir, format)
  await life.committer.recover(never)
  await write(life, ['five'])
  await life.committer.close(never)
  return said(dir, format)
}

const said = (dir: string, format: OutputFormat): string[] => {
  const logs = readdirSync(dir).filter(name => name.startsWith('domainstats.log'))
  const texts = logs.map(name => readFileSync(join(dir, name), 'utf8'))
  const queries =
    format === zeekFormat
      ? texts.flatMap(text => readZeek(text).rows.map(({ fields }) => String(fields['query'])))
      : texts.flatMap(text =>
          text
            .split('\n')
            .filter(Boolean)
            .map(line => String((JSON.parse(line) as Record<string, unknown>)['query'])),
        )
  return queries.map(query => query.replace('.a.com', ''))
}

/** Whether a line is a record with its last field, whatever a foreign program wrote behind it. */
const isWholeRecordOf = (name: string, line: string, format: OutputFormat): boolean => {
  if (format === jsonFormat) return new RegExp(`^{"_path.*"query":"${name}\\..*}(#foreign.*)?$`).test(line)
  const columns = line.split('\t')
  return columns.length === zeekColumns && columns[queryColumn] === `${name}.a.com`
}

const [zeekFields = ''] = /^#fields.*$/m.exec(zeekFormat.header(0)) ?? []
const zeekColumns = zeekFields.split('\t').length - 1
const queryColumn = zeekFields.split('\t').indexOf('query') - 1

const all = ['one', 'two', 'three', 'four', 'five']

for (const format of [jsonFormat, zeekFormat]) {
  const name = format === zeekFormat ? 'zeek' : 'json'
  void t.test(`${name}: cut off after any number of bytes, each line is there once`, async t => {
    const whole = t.testdir({ measure: {} })
    const life = openLife(t, join(whole, 'measure'), format)
    await write(life, ['one', 'two'])
    const length = life.written().length
    // Before the append (0), in every place near the ends of lines, and here and there, to the very end.
    const steps = Array.from({ length: length + 1 }, (_, i) => i).filter(
      i => i % 37 === 0 || i < 3 || i > length - 3,
    )
    for (const bytesMax of steps) {
      const dir = t.testdir({ [String(bytesMax)]: {} })
      await die(t, join(dir, String(bytesMax)), bytesMax, format)
      t.same(await live(t, join(dir, String(bytesMax)), format), all, `${bytesMax} bytes`)
    }
  })

  void t.test(`${name}: the output was rotated between the crash and the next start`, async t => {
    for (const bytesMax of [0, 10, 400, 1e6]) {
      const dir = join(t.testdir({ [bytesMax]: {} }), String(bytesMax))
      await die(t, dir, bytesMax, format)
      renameSync(join(dir, 'domainstats.log'), join(dir, 'domainstats.log.1'))
      t.same((await live(t, dir, format)).sort(), [...all].sort(), `${bytesMax} bytes`)
    }
  })

  void t.test(
    `${name}: the output is gone, so the last batch may repeat and nothing of it is lost`,
    async t => {
      const harms: Record<string, (path: string) => void> = {
        deleted: path => rmSync(path),
        truncated: path => truncateSync(path, 0),
        'truncated in the middle of a line': path => truncateSync(path, 100),
        'the inode used again': path => {
          const text = readFileSync(path)
          truncateSync(path, 0)
          appendFileSync(path, Buffer.alloc(text.length + 5, 'x\n'))
        },
      }
      for (const [harm, harmTo] of Object.entries(harms)) {
        const dir = join(t.testdir({ [harm]: {} }), harm)
        await die(t, dir, 10, format)
        harmTo(join(dir, 'domainstats.log'))
        const life = openLife(t, dir, format)
        await life.committer.recover(never)
        await write(life, ['five'])
        const text = life.written()
        const lines = text.split('\n').filter(line => /(three|four|five)\.a\.com/.test(line))
        t.equal(lines.length, 3, harm)
        if (format === jsonFormat)
          for (const line of lines) t.equal(line[0], '{', 'each in a line of its own')
        else t.match(text.slice(0, text.indexOf('three')), /(^|\n)#separator/, 'below a header')
      }
    },
  )

  void t.test(
    `${name}: somebody else wrote behind the place, so the whole lines count and the torn one is written again`,
    async t => {
      for (const bytesMax of [0, 10, 700, 1e6]) {
        const dir = join(t.testdir({ [bytesMax]: {} }), String(bytesMax))
        await die(t, dir, bytesMax, format)
        appendFileSync(join(dir, 'domainstats.log'), '#foreign, without newline')
        const life = openLife(t, dir, format)
        await life.committer.recover(never)
        await write(life, ['five'])
        const lines = life.written().split('\n')
        for (const one of all)
          t.equal(lines.filter(line => isWholeRecordOf(one, line, format)).length, 1, `${one}, ${bytesMax}`)
      }
    },
  )
}

void t.test('a crash in the middle of the recovery is recovered at the next start', async t => {
  const dir = t.testdir()
  await die(t, dir, 10)
  rmSync(join(dir, 'domainstats.log'))
  const dying = openLife(t, dir, jsonFormat, dyingAfter(300))
  await t.rejects(dying.committer.recover(never), /kill -9/)
  t.same(await live(t, dir), ['three', 'four', 'five'])
})

void t.test('after a clean stop there is nothing to recover, whatever happens to the output', async t => {
  const dir = t.testdir()
  await live(t, dir)
  writeFileSync(join(dir, 'domainstats.log'), '')
  const life = openLife(t, dir)
  await life.committer.recover(never)
  t.same([life.written(), life.reports], ['', []])
})

void t.test(
  'the output is opened at the start, so that it is known as ours and a wrong path ends the start',
  async t => {
    const life = openLife(t, t.testdir())
    await life.committer.recover(never)
    t.equal(life.output.isOurs((await life.output.place()).inode), true)
    const wrong = openLife(t, t.testdir({ 'domainstats.log': {} }))
    await t.rejects(wrong.committer.recover(never), { code: 'EISDIR' })
  },
)
