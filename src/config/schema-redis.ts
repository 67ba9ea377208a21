/** The settings that say where a Redis or Valkey is and how we prove who we are: of inputs and of sinks. */
import * as z from 'zod'
import { redisKeyCharsMax } from '../limits.js'
import { readRedisAddress, withoutPassword } from '../redis/address.js'
import { flag, optional, path, textKind } from './kinds.js'

const addresses =
  'an address like redis://10.0.0.1:6379/0, rediss://user@redis.example or unix:///run/redis/redis.sock, without a password'

/** The address of a Redis. Whatever is wrong with it, the message shows no password. */
export const redisAddress = {
  schema: z
    .string()
    .max(4096)
    .superRefine((text, context) => {
      if (readRedisAddress(text)) return
      const shown = withoutPassword(text)
      const message =
        shown === text ? 'is no address of a Redis' : 'holds a password: put it into password_file'
      context.addIssue({ code: 'custom', input: shown, message })
    }),
  values: addresses,
}

/** The name of a key or a field. */
export const redisKey = textKind(redisKeyCharsMax, 'the name of a key')

export const redisShape = {
  cluster: optional(flag, 'Of Redis: true if the hosts of the address are nodes of a Cluster.'),
  sentinel: optional(
    textKind(255, 'the name of a master'),
    'Of Redis: the name of the master, if the hosts of the address are Sentinels; they are asked without a password.',
  ),
  password_file: optional(path('the path of a file'), 'Of Redis: a file with the password, in one line.'),
  ca_file: optional(
    path('the path of a PEM file'),
    'Of rediss: the certificate of the authority that the server is trusted by, instead of those of Node.',
  ),
  cert_file: optional(path('the path of a PEM file'), 'Of rediss: the certificate that we show the server.'),
  key_file: optional(path('the path of a PEM file'), 'Of rediss: the key of that certificate.'),
}

export interface RedisSettings {
  readonly cluster?: boolean | undefined
  readonly sentinel?: string | undefined
  readonly password_file?: string | undefined
  readonly ca_file?: string | undefined
  readonly cert_file?: string | undefined
  readonly key_file?: string | undefined
}

/** Reports what does not fit together. @param key that of the address */
export const checkRedis = (
  address: string,
  settings: RedisSettings,
  key: string,
  refuse: (key: string, input: unknown, message: string) => void,
): void => {
  const { cluster, sentinel, ca_file, cert_file, key_file } = settings
  const found = readRedisAddress(address)
  if (!found) return
  const isMany = cluster === true || sentinel !== undefined
  if (cluster === true && sentinel !== undefined) refuse('sentinel', sentinel, 'is not for a Cluster')
  if (isMany && found.path !== undefined)
    refuse(key, address, 'is a socket: a Cluster and Sentinels have hosts')
  if (!isMany && found.hosts.length > 1)
    refuse(key, address, 'names several hosts: set cluster, or sentinel with the name of the master')
  if (cluster === true && found.database > 0)
    refuse(key, address, 'names a database, and a Cluster has number 0 only')
  for (const [name, file] of Object.entries({ ca_file, cert_file, key_file }))
    if (file !== undefined && !found.isTls) refuse(name, file, `needs rediss://… in ${key}`)
  if (cert_file !== undefined && key_file === undefined) refuse('cert_file', cert_file, 'needs key_file')
  if (key_file !== undefined && cert_file === undefined) refuse('key_file', key_file, 'needs cert_file')
}
