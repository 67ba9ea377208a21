/** The Compose files, by the keys that they use, and whether they agree with the Dockerfile and the settings of the image. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import * as z from 'zod'

/** https://github.com/compose-spec/compose-spec/blob/main/05-services.md, of which only these keys are used. */
const bind = z.strictObject({
  type: z.literal('bind'),
  source: z.string().startsWith('/'),
  target: z.string().startsWith('/'),
  read_only: z.literal(true),
  bind: z.strictObject({ create_host_path: z.literal(false) }),
})

const main = z.strictObject({
  name: z.string(),
  services: z.strictObject({
    domainstats: z.strictObject({
      build: z.literal('.'),
      image: z.string(),
      hostname: z.string(),
      ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)),
      volumes: z.array(z.string().regex(/^[a-z]+:\/[a-z]+$/)),
      user: z.string().regex(/^\d+:\d+$/),
      read_only: z.literal(true),
      tmpfs: z.array(z.string().startsWith('/')),
      cap_drop: z.tuple([z.literal('ALL')]),
      security_opt: z.tuple([z.literal('no-new-privileges:true')]),
      mem_limit: z.string().regex(/^\d+[mg]$/),
      restart: z.literal('unless-stopped'),
      stop_grace_period: z.string().regex(/^\d+s$/),
      logging: z.strictObject({ driver: z.literal('local') }),
    }),
  }),
  volumes: z.record(z.string(), z.null()),
})

const sensor = z.strictObject({
  services: z.strictObject({
    domainstats: z.strictObject({
      group_add: z.tuple([z.string().regex(/^\$\{[A-Z_]+:\?[^{}]+\}$/)]),
      volumes: z.array(bind),
    }),
  }),
})

const read = <T>(shape: z.ZodType<T>, path: string): T => shape.parse(parse(readFileSync(path, 'utf8')))
const { services, volumes } = read(main, 'compose.yaml')
const dockerfile = readFileSync('Dockerfile', 'utf8')
/** The argument of an instruction in the last stage. */
const instruction = (name: string): string =>
  new RegExp(`^${name} (.*)$`, 'm').exec(dockerfile.split(/^FROM /m).at(-1) ?? '')?.[1] ?? ''

void t.test('compose.yaml agrees with the Dockerfile', t => {
  const { ports, user, volumes: mounted } = services.domainstats
  t.strictSame(ports, [`127.0.0.1:${instruction('EXPOSE')}:${instruction('EXPOSE')}`])
  t.equal(user, instruction('USER'))
  t.strictSame(
    mounted,
    Object.keys(volumes).map(name => `${name}:${instruction('VOLUME')}`),
  )
  t.match(instruction('CMD'), `"--http", "0.0.0.0:${instruction('EXPOSE')}"`)
  t.end()
})

void t.test('its memory and its end are those of the service', t => {
  const unit = readFileSync('systemd/domainstats.service', 'utf8')
  t.match(unit, `MemoryMax=${services.domainstats.mem_limit.toUpperCase()}\n`)
  t.match(unit, `TimeoutStopSec=${services.domainstats.stop_grace_period}\n`)
  t.match(unit, `Environment=${instruction('ENV')}\n`)
  t.end()
})

const { inputs } = z
  .object({ inputs: z.array(z.object({ path: z.string(), format: z.enum(['zeek', 'suricata']) })) })
  .parse(parse(readFileSync('systemd/domainstats.yaml', 'utf8')))

for (const { path, format } of inputs)
  void t.test(`samples/compose/${format}.yaml brings the logs that the settings follow, read-only`, t => {
    const { volumes: logs } = read(sensor, `samples/compose/${format}.yaml`).services.domainstats
    t.ok(logs.some(({ target }) => path === target || path.startsWith(`${target}/`)))
    // Links between them lead to the same place as on the host.
    for (const { source, target } of logs) t.equal(source, target)
    t.end()
  })
