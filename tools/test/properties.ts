import fc from 'fast-check'

// Property tests try the same values on every run, so that a change is judged by what it changed. New values are looked
// for on purpose: KUBETS_SEED=random (fast-check prints the seed of what it finds) or KUBETS_SEED=<number>.
const seed = process.env.KUBETS_SEED ?? '1'
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) })
