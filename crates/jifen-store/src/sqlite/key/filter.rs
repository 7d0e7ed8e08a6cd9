//! A filter in front of a run: tells of most absent keys that they are absent, from memory (a blocked Bloom filter: one cache line a question).

use jifen_core::id::EventKey;

/// Bytes of a block: a cache line.
const BLOCK_BYTES: usize = 64;

/// Filter bits per key. With the seven probes below some 2 of 1,000 absent keys pass; each that does costs a page read.
const BITS_PER_KEY: usize = 16;

/// Bits set per key: as many times nine bits as the key's second half has.
const PROBES: u32 = 7;

pub(crate) struct Filter(Vec<u8>);

impl Filter {
    /// The filter of these keys.
    pub(crate) fn of<'a>(keys: impl ExactSizeIterator<Item = &'a EventKey>) -> Self {
        let blocks = (keys.len() * BITS_PER_KEY).div_ceil(BLOCK_BYTES * 8).max(1);
        let mut filter = Self(vec![0; blocks * BLOCK_BYTES]);
        for key in keys {
            let block = filter.block(key);
            for bit in bits(key) {
                filter.0[block + bit / 8] |= 1 << (bit % 8);
            }
        }
        filter
    }

    /// A stored filter; `None` if its length cannot be one.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        (!bytes.is_empty() && bytes.len().is_multiple_of(BLOCK_BYTES)).then_some(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// `false`: the key is surely absent.
    pub(crate) fn may_hold(&self, key: &EventKey) -> bool {
        let block = self.block(key);
        bits(key).all(|bit| self.0[block + bit / 8] & (1 << (bit % 8)) != 0)
    }

    /// Where the key's block begins.
    fn block(&self, key: &EventKey) -> usize {
        let blocks = (self.0.len() / BLOCK_BYTES) as u32;
        scaled(key, blocks) as usize * BLOCK_BYTES
    }
}

/// The key's leading 64 bits scaled to `0..count`: evenly spread, and in the keys' order.
pub(crate) fn scaled(key: &EventKey, count: u32) -> u32 {
    let [high, _] = halves(key);
    ((u128::from(high) * u128::from(count)) >> 64) as u32
}

/// The key's bits within its block.
fn bits(key: &EventKey) -> impl Iterator<Item = usize> {
    let [_, low] = halves(key);
    (0..PROBES).map(move |probe| (low >> (9 * probe)) as usize % (BLOCK_BYTES * 8))
}

fn halves(key: &EventKey) -> [u64; 2] {
    let all = u128::from_be_bytes(key.0);
    [(all >> 64) as u64, all as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_its_keys_and_few_others() {
        let key = |number: u32| EventKey::of("source", &number.to_string());
        let keys: Vec<EventKey> = (0..20_000).map(key).collect();
        let filter = Filter::of(keys.iter());
        assert!(keys.iter().all(|key| filter.may_hold(key)));
        let passed = (20_000..120_000).filter(|number| filter.may_hold(&key(*number))).count();
        assert!(passed < 400, "{passed} of 100,000 absent keys pass");
    }
}
