/** `make chaos-fleet FLEET_SEEDS=2,3` plays other scripts, and whole ones. */
import process from 'node:process'
import t from 'tap'
import { clusterStore, singleStore } from '../testing/chaos/fleet-store.js'
import { playFleet } from '../testing/chaos/fleet.js'
import { needs } from '../testing/external-programs.js'

const skip = needs('redis-server')
const { FLEET_SEEDS: seeds } = process.env
/** A test has half a minute for each store. */
const steps = seeds === undefined ? 15 : 40

for (const seed of (seeds ?? '1').split(',').map(Number)) {
  void t.test(`one first contact a domain, whatever breaks: seed ${seed}`, { skip }, t =>
    playFleet(t, seed, singleStore, steps),
  )
  void t.test(`the same with a Cluster whose nodes die: seed ${seed}`, { skip }, t =>
    playFleet(t, seed, clusterStore, steps),
  )
}
