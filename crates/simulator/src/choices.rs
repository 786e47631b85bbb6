//! Where every choice of a schedule comes from: a seed, or a script that a search writes.

use std::cell::RefCell;

/// One choice that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// How many there were to choose from.
    pub of: usize,
    /// Which one it was.
    pub taken: usize,
}

enum Source {
    /// Random, and the same for the same seed.
    Seed(u64),
    /// As written, then the first of everything; choices are recorded, so that a search can continue.
    Script {
        written: Vec<usize>,
        made: Vec<Choice>,
    },
}

/// The choices of one schedule.
pub struct Choices(RefCell<Source>);

impl Choices {
    /// Random choices; the same seed makes the same ones.
    pub fn seeded(seed: u64) -> Self {
        Self(RefCell::new(Source::Seed(mix(seed ^ 0x05_71_a7))))
    }

    /// These choices, then the first of everything.
    pub fn scripted(written: Vec<usize>) -> Self {
        let made = Vec::with_capacity(written.len() + 16);
        Self(RefCell::new(Source::Script { written, made }))
    }

    /// One of `options`, by its place.
    pub fn one_of(&self, options: usize) -> usize {
        if options < 2 {
            return 0;
        }
        match &mut *self.0.borrow_mut() {
            Source::Seed(state) => bounded(state, options),
            Source::Script { written, made } => {
                let taken = written.get(made.len()).copied().unwrap_or(0);
                let taken = taken.min(options - 1);
                made.push(Choice { of: options, taken });
                taken
            }
        }
    }

    /// Whether something happens that happens once in `odds` times. A search tries both.
    pub fn rarely(&self, odds: usize) -> bool {
        let options = if self.is_scripted() { 2 } else { odds };
        self.one_of(options) == 1
    }

    /// Whether a search writes the choices.
    pub fn is_scripted(&self) -> bool {
        matches!(&*self.0.borrow(), Source::Script { .. })
    }

    /// The choices that a script was asked for.
    pub fn made(&self) -> Vec<Choice> {
        match &*self.0.borrow() {
            Source::Seed(_) => Vec::new(),
            Source::Script { made, .. } => made.clone(),
        }
    }
}

/// The script of the next schedule after one with these choices; `None` after the last.
pub fn next_script(made: &[Choice]) -> Option<Vec<usize>> {
    let deepest = made
        .iter()
        .rposition(|choice| choice.taken + 1 < choice.of)?;
    let mut script: Vec<usize> = made
        .iter()
        .take(deepest + 1)
        .map(|made| made.taken)
        .collect();
    if let Some(last) = script.last_mut() {
        *last += 1;
    }
    Some(script)
}

fn bounded(state: &mut u64, options: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let options = u64::try_from(options).unwrap_or(1);
    usize::try_from(mix(*state) % options).unwrap_or(0)
}

/// The finaliser of SplitMix64: neighbouring seeds become strangers.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
