/** From the settings of a Redis to where it is, with the password and the certificates that it needs. */
import { resolveIn } from '../config/load.js'
import type { RedisSettings } from '../config/schema-redis.js'
import { readSmall } from '../files/files.js'
import { certificateBytesMax, passwordBytesMax } from '../limits.js'
import { readRedisAddress } from '../redis/address.js'
import type { RedisTarget } from '../redis/client.js'

/** @throws Error that names a file that cannot be read, and whose it is */
export const redisTargetOf = async (
  to: string,
  settings: RedisSettings,
  whose: string,
  dir: string,
): Promise<RedisTarget> => {
  const address = readRedisAddress(to)
  if (!address) throw new Error(`${whose}: no address of a Redis`)
  const fileOf = async (key: 'password_file' | 'ca_file' | 'cert_file' | 'key_file', bytesMax: number) => {
    const file = settings[key]
    if (file === undefined) return undefined
    return readSmall(resolveIn(dir, file), bytesMax).catch((cause: unknown) => {
      throw new Error(`${key} of ${whose}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      })
    })
  }
  const password = (await fileOf('password_file', passwordBytesMax))?.replace(/\r?\n$/, '')
  if (password !== undefined && !/^\P{Cc}+$/u.test(password))
    throw new Error(`password_file of ${whose}: not a password: one line, and not an empty one`)
  const [ca, cert, key] = [
    await fileOf('ca_file', certificateBytesMax),
    await fileOf('cert_file', certificateBytesMax),
    await fileOf('key_file', certificateBytesMax),
  ]
  const { cluster: isCluster = false, sentinel } = settings
  return { address, password, tls: { ca, cert, key }, isCluster, sentinel }
}
