/** The configured bootstrap file: read, or refused with an error that says what to do. */
import { join } from 'node:path'
import t from 'tap'
import { configSchema } from '../../config/schema.js'
import { responseBytesMax } from '../../limits.js'
import { loadBootstrapFile } from './bootstrap.js'

const load = (dir: string, file?: string) =>
  loadBootstrapFile(configSchema.parse(file === undefined ? {} : { rdap: { bootstrap_file: file } }), dir)
const text = JSON.stringify({ services: [[['com'], ['https://rdap.registry.example/']]] })

void t.test(
  "the file is read from the data folder, or by its absolute path; without one IANA's is fetched",
  async t => {
    const dir = t.testdir({ 'dns.json': text })
    for (const file of ['dns.json', join(dir, 'dns.json')])
    t.same([...((await load(dir, file)) ?? [])].map(([tld]) => tld), ['com']) // prettier-ignore
    t.equal(await load(dir), undefined)
  },
)

void t.test('a file that is no bootstrap file ends the start with an error that says what to do', async t => {
  const dir = t.testdir({
    'html.json': '<html>',
    'empty.json': '',
    'none.json': '{"services":[]}',
    'http.json': '{"services":[[["kg"],["http://rdap.cctld.example/"]]]}',
    'bytes.json': Buffer.from([0xff, 0xfe, 0x00]),
    'large.json': ' '.repeat(responseBytesMax + 1),
    folder: {},
  })
  const wrong = {
    'html.json': /not a bootstrap file/,
    'empty.json': /not a bootstrap file/,
    'none.json': /not a bootstrap file/,
    'http.json': /names no https server/,
    'bytes.json': /not UTF-8 text/,
    'large.json': /larger than 1048576 bytes/,
    'missing.json': /no such file/,
    folder: /not a regular file/,
  }
  for (const [file, what] of Object.entries(wrong)) {
    const error = await load(dir, file).then(() => undefined, String) // prettier-ignore
    t.match(error, what, file)
    t.match(error, /rdap\.bootstrap_file: .*\. Put a copy of https:\S+dns\.json there\./, file)
    t.ok(error?.includes(join(dir, file)), file)
  }
})
