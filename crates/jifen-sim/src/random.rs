//! Chance: seeded generators and the distributions drawn from them.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rand_distr::{Distribution, LogNormal, Normal, Poisson};

/// Draws; the order of the calls is part of the result.
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    /// The generator of one purpose under a seed. Purposes do not disturb one another, so a day can be made without the days before.
    pub(crate) fn of(seed: u64, purpose: &str) -> Self {
        // FNV-1a, 64 bit: spreads the purpose over the seed; nothing depends on its strength.
        let hash = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(ChaCha8Rng::seed_from_u64(hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in `from..to`; `from` when that is empty.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        from + (self.unit() * (to - from).max(0) as f64) as i64
    }

    pub(crate) fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.between(0, items.len() as i64) as usize)
    }

    /// An index, by weight; 0 when all weights are 0.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// Lognormal with this mean (not median) and the sigma of its logarithm.
    pub(crate) fn lognormal(&mut self, mean: f64, sigma: f64) -> f64 {
        LogNormal::new(mean.ln() - sigma * sigma / 2.0, sigma).map_or(mean, |law| law.sample(&mut self.0))
    }

    pub(crate) fn normal(&mut self, sigma: f64) -> f64 {
        Normal::new(0.0, sigma).map_or(0.0, |law| law.sample(&mut self.0))
    }

    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        Poisson::new(mean).map_or(0, |law| law.sample(&mut self.0) as usize)
    }
}
