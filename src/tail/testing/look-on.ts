/** Time goes by, and somebody looks as often as is needed for all of it to count. */
import { rotationMsMin } from '../../limits.js'
import type { Follower } from './follower.js'

/** Looks from one time to another (epoch ms), and reads all there is at each look. */
export const lookOn = async (follower: Follower, from: number, to: number): Promise<string[]> => {
  const lines: string[] = []
  for (let now = from; now < to; now += rotationMsMin) lines.push(...(await follower.lookAndRead(now)))
  return [...lines, ...(await follower.lookAndRead(to))]
}
