/** Needs the build in dist/. `make chaos-fleet FLEET_SEEDS=2,3` plays other scripts. */
import process from 'node:process'
import t from 'tap'
import { clusterStore, playFleet, singleStore } from '../testing/chaos/fleet.js'
import { needs } from '../testing/external-programs.js'

const skip = needs('redis-server')
const seeds = (process.env['FLEET_SEEDS'] ?? '1').split(',').map(Number)

for (const seed of seeds) {
  void t.test(`one first contact a domain, whatever breaks: seed ${seed}`, { skip }, t =>
    playFleet(t, seed, singleStore),
  )
  void t.test(`the same with a Cluster whose nodes die: seed ${seed}`, { skip }, t =>
    playFleet(t, seed, clusterStore),
  )
}
