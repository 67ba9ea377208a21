/** Builds the Dockerfile and runs its image, by buildah with its storage in a folder of the test: no engine, no daemon. */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { env, kill } from 'node:process'
import * as z from 'zod'
import { started, type Started } from './process.js'

/** What an engine reads of an image. */
const imageConfig = z.object({
  User: z.string(),
  Volumes: z.record(z.string(), z.unknown()),
  ExposedPorts: z.record(z.string(), z.unknown()),
  Env: z.array(z.string()),
  Entrypoint: z.array(z.string()),
  Cmd: z.array(z.string()),
  WorkingDir: z.string(),
  /** Times in nanoseconds. */
  Healthcheck: z.object({ Test: z.array(z.string()), Interval: z.number(), Timeout: z.number() }),
})

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Image {
  readonly config: z.infer<typeof imageConfig>
  /** Its files, and those of its base. */
  readonly path: string
  readonly basePath: string
  /** Runs a command in the container, as `docker exec` does. */
  readonly run: (command: readonly string[], mounts?: readonly string[]) => Ran
  /** Starts one; `end` sends the signal to the command itself. */
  readonly start: (command: readonly string[], mounts?: readonly string[]) => Started
}

/** How this machine reaches the registry of npm: by a mirror, or through a proxy with a certificate of its own. */
const npmSays = (key: string): string | undefined => {
  const said = spawnSync('npm', ['config', 'get', key], { encoding: 'utf8' }).stdout.trim()
  return said === '' || said === 'null' || said === 'undefined' ? undefined : said
}

/** The process at the end of a line of parents with one child each: buildah starts itself twice before the command. */
const lastOf = (pid: number): number => {
  const [child] = readdirSync(`/proc/${pid}/task`)
    .map(task => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim())
    .filter(children => children !== '')
  return child === undefined ? pid : lastOf(Number(child.split(' ')[0]))
}

/**
 * @param base a tar of a Debian
 * @param folder an empty one; `remove` it with all that is in it
 * @throws Error if it cannot be built
 */
export const buildImage = (base: string, folder: string): Image => {
  const storage = [
    '--root',
    join(folder, 'root'),
    '--runroot',
    join(folder, 'run'),
    '--storage-driver',
    'vfs',
  ]
  const command = (args: readonly string[]) => [...storage, ...args]
  const options = {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...env, BUILDAH_ISOLATION: 'chroot' },
  } as const
  const buildah = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('buildah', command(args), options)
    if (status !== 0)
      throw new Error(`buildah ${args[0] ?? ''}: ${stdout.slice(-4_000)}${stderr.slice(-4_000)}`)
    return stdout.trim()
  }

  const scratch = buildah('from', 'scratch')
  buildah('add', '--quiet', scratch, base, '/')
  const certificates = env['NODE_EXTRA_CA_CERTS'] ?? npmSays('cafile')
  const set = (...variables: readonly string[]) =>
    buildah('config', ...variables.flatMap(variable => ['--env', variable]), scratch)
  if (certificates !== undefined) {
    mkdirSync(join(folder, 'certificates'))
    cpSync(certificates, join(folder, 'certificates', 'ca.crt'))
    buildah(
      'copy',
      '--quiet',
      '--chmod',
      '644',
      scratch,
      join(folder, 'certificates', 'ca.crt'),
      '/etc/ca.crt',
    )
    set('NODE_EXTRA_CA_CERTS=/etc/ca.crt')
  }
  const registry = npmSays('registry')
  if (registry !== undefined)
    set(`npm_config_registry=${registry}`, `COREPACK_NPM_REGISTRY=${registry.replace(/\/$/, '')}`)
  buildah('commit', '--quiet', scratch, 'base')
  const basePath = buildah('mount', scratch)

  // Without --format docker there would be no health check: the format of OCI has none.
  const from = ['--build-arg', 'BASE=localhost/base', '--pull-never']
  buildah('bud', '--format', 'docker', ...from, '--tag', 'domainstats', '.')
  const { Docker } = z
    .object({ Docker: z.object({ config: imageConfig }) })
    .parse(JSON.parse(buildah('inspect', '--type', 'image', 'domainstats')))
  const container = buildah('from', '--pull-never', 'localhost/domainstats')
  const inside = (words: readonly string[], mounts: readonly string[]) =>
    command(['run', ...mounts.flatMap(mount => ['--volume', mount]), container, '--', ...words])
  return {
    config: Docker.config,
    path: buildah('mount', container),
    basePath,
    run: (words, mounts = []) => spawnSync('buildah', inside(words, mounts), options),
    start: (words, mounts = []) => {
      const run = started(
        spawn('buildah', inside(words, mounts), { env: options.env, stdio: ['ignore', 'pipe', 'pipe'] }),
      )
      const end: Started['end'] = async signal => {
        if (run.child.pid !== undefined && run.child.exitCode === null) kill(lastOf(run.child.pid), signal)
        return run.ended
      }
      return { ...run, end }
    },
  }
}
