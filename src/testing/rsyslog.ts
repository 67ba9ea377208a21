/** Runs a real rsyslogd on loopback, as the user of the test. It writes each message as a line to a file. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { certificateFor } from './certificate.js'
import { freePorts, isListening } from './ports.js'
import { started } from './process.js'
import { socketFolder } from './receivers.js'

/** Time between two checks whether it listens. */
const lookMs = 50

export interface Rsyslog {
  /** Its addresses for the setting `to`, by transport. */
  readonly to: Readonly<Record<'udp' | 'tcp' | 'tls' | 'unix', string>>
  /** The file of its certificate. */
  readonly caFile: string
  /** The file for a transport: facility, severity, program, host, time, MSGID and message, separated by tabs. */
  readonly fileOf: (way: 'udp' | 'tcp' | 'tls' | 'unix') => string
  readonly end: (signal: NodeJS.Signals) => Promise<unknown>
}

/** Starts rsyslogd, and resolves when it listens. */
export const startRsyslog = async (t: Test): Promise<Rsyslog> => {
  const dir = socketFolder(t)
  const [udp = 0, tcp = 0, tls = 0] = await freePorts(3)
  const unix = join(dir, 'unix.sock')
  const { cert, key } = certificateFor('localhost')
  writeFileSync(join(dir, 'cert.pem'), cert)
  writeFileSync(join(dir, 'key.pem'), key)
  const field = (name: string) => `property(name="${name}") constant(value="\\t")`
  writeFileSync(
    join(dir, 'rsyslog.conf'),
    [
      `global(workDirectory="${dir}" defaultNetstreamDriverCAFile="${dir}/cert.pem"`,
      `  defaultNetstreamDriverCertFile="${dir}/cert.pem" defaultNetstreamDriverKeyFile="${dir}/key.pem")`,
      'module(load="imudp") module(load="imtcp") module(load="imptcp")',
      'template(name="fields" type="list") {',
      `  ${['syslogfacility-text', 'syslogseverity-text', 'app-name', 'hostname'].map(field).join(' ')}`,
      '  property(name="timereported" dateFormat="rfc3339") constant(value="\\t")',
      `  ${field('msgid')} property(name="msg" position.from="1") constant(value="\\n")`,
      '}',
      ...(['udp', 'tcp', 'tls', 'unix'] as const).map(
        way => `ruleset(name="${way}") { action(type="omfile" file="${dir}/${way}.out" template="fields") }`,
      ),
      `input(type="imudp" address="127.0.0.1" port="${udp}" ruleset="udp")`,
      `input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="tcp" streamDriver.name="ptcp" streamDriver.mode="0")`,
      `input(type="imtcp" address="127.0.0.1" port="${tls}" ruleset="tls" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")`,
      `input(type="imptcp" path="${unix}" unlink="on" ruleset="unix")`,
      '',
    ].join('\n'),
  )
  const args = ['-n', '-f', join(dir, 'rsyslog.conf'), '-i', join(dir, 'pid')]
  const child = spawn('rsyslogd', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, PATH: `${env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  })
  const { end } = started(child)
  t.teardown(() => end('SIGKILL'))
  for (const port of [tcp, tls]) while (!(await isListening(port))) await pause(lookMs)
  return {
    to: {
      udp: `udp://127.0.0.1:${udp}`,
      tcp: `tcp://127.0.0.1:${tcp}`,
      tls: `tls://localhost:${tls}`,
      unix: `unix://${unix}`,
    },
    caFile: join(dir, 'cert.pem'),
    fileOf: way => join(dir, `${way}.out`),
    end,
  }
}
