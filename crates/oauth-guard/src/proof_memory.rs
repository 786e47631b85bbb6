//! Which DPoP proofs were seen, in one isolate (RFC 9449 §11.1).

use std::cell::RefCell;

use oauth_core::{Fault, UnixTime};

use crate::ports::{ProofHash, Proofs};

/// Proofs lie in so many rows by their first byte, so that looking for one costs a look at few.
const ROWS: usize = 256;
/// The most in one row: 2.6 MB in all. Proofs count for at most ten minutes, so that is about 100 a second.
const MOST_IN_A_ROW: usize = 256;

/// Remembers proofs in the memory of one isolate: a proof may still be used once in each. For less than that, keep them
/// where all isolates see them.
///
/// Memory is bounded. Only those who hold a good token and its key get this far, so when it is full of proofs that
/// count, the next one is a fault and not an open door.
#[derive(Debug)]
pub struct ProofMemory {
    rows: RefCell<Vec<Vec<(ProofHash, UnixTime)>>>,
}

impl Default for ProofMemory {
    fn default() -> Self {
        Self {
            rows: RefCell::new(vec![Vec::new(); ROWS]),
        }
    }
}

impl Proofs for ProofMemory {
    async fn first_use(
        &self,
        proof: &ProofHash,
        until: UnixTime,
        now: UnixTime,
    ) -> Result<bool, Fault> {
        let full = || Fault::new("guard.proofs", "there is no room for more");
        let mut rows = self.rows.borrow_mut();
        let row = rows.get_mut(usize::from(proof[0])).ok_or_else(full)?;
        row.retain(|(_, until)| now < *until);
        if row.iter().any(|(known, _)| known == proof) {
            return Ok(false);
        }
        if row.len() >= MOST_IN_A_ROW {
            return Err(full());
        }
        row.push((*proof, until));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};
    use testkit::crypto::run;

    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn proof(number: u32) -> ProofHash {
        Sha256::digest(number.to_be_bytes()).into()
    }

    #[test]
    fn a_proof_is_new_once_until_it_counts_no_more() {
        let memory = ProofMemory::default();
        let until = NOW.plus(600);
        let first = |number, now| run(memory.first_use(&proof(number), until, now)).unwrap();
        assert!(first(1, NOW) && first(2, NOW));
        assert!(!first(1, NOW) && !first(1, NOW.plus(599)));
        assert!(first(1, until));
    }

    #[test]
    fn memory_is_bounded_and_what_is_full_lets_nothing_pass() {
        let memory = ProofMemory::default();
        let until = NOW.plus(600);
        let (mut kept, mut faults) = (0, 0);
        for number in 0..100_000 {
            match run(memory.first_use(&proof(number), until, NOW)) {
                Ok(first) => kept += usize::from(first),
                Err(_) => faults += 1,
            }
        }
        assert!(faults > 0 && kept <= ROWS * MOST_IN_A_ROW);
        assert!(!run(memory.first_use(&proof(0), until, NOW)).unwrap());
        let later = run(memory.first_use(&proof(99_999), until.plus(600), until));
        assert!(later.unwrap());
    }
}
