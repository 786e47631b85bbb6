//! The loop that ends the grants that a user's object has marked. A request runs it, and so does the object's own alarm
//! for the rest.

use oauth_core::{
    Fault,
    concurrent::join_all,
    lifecycle::{
        ask::Ask,
        grant::Revocation,
        person::{Command, EndingPage, Entry, Forget, ListEnding, PAGE, Reply},
    },
};

/// The number of grants that are ended at the same time.
const AT_ONCE: usize = 50;

/// The number of pages that one run ends: a thousand grants, each in an object of its own, take some seconds, and a
/// request waits for them.
const MOST_PAGES: usize = 5;

/// The grants of one user, as the loop reaches them.
pub trait MarkedGrants {
    /// Asks the user's object.
    async fn ask<C: Ask<Command, Reply>>(&self, command: C) -> Result<C::Reply, Fault>;

    /// Ends a grant in its own object. If it has no record yet, the record of its end waits for it there.
    async fn end(&self, entry: &Entry, revocation: Revocation) -> Result<(), Fault>;
}

/// The outcome of one run of the loop.
#[derive(Debug, Default)]
pub struct Progress {
    /// The number of grants that have ended.
    pub ended: usize,
    /// Whether no marked grant is left but those that did not answer.
    pub is_complete: bool,
    /// The fault of one that did not answer.
    pub silent: Option<Fault>,
}

/// Ends each marked grant and takes it out of the index, until none is left or [`MOST_PAGES`] are done. One that does
/// not answer stays in the index and does not stop the others.
pub async fn end_marked(grants: &impl MarkedGrants) -> Result<Progress, Fault> {
    let mut progress = Progress::default();
    let mut beyond = None;
    // Pages are counted, not grants: a page may be empty although more follow.
    for _ in 0..MOST_PAGES {
        let list = ListEnding {
            limit: PAGE,
            beyond: beyond.clone(),
        };
        let Some(page) = grants.ask(list).await? else {
            progress.is_complete = true;
            return Ok(progress);
        };
        if end_page(grants, &page, &mut progress).await? == 0 && !page.entries.is_empty() {
            beyond = Some(page.name);
        }
    }
    Ok(progress)
}

/// Ends a page of grants; the number that have ended.
async fn end_page(
    grants: &impl MarkedGrants,
    page: &EndingPage,
    progress: &mut Progress,
) -> Result<usize, Fault> {
    let mut ended = Vec::with_capacity(page.entries.len());
    for some in page.entries.chunks(AT_ONCE) {
        let ends = some
            .iter()
            .map(|entry| grants.end(entry, entry.revocation(page.reason, page.at)));
        for (entry, outcome) in some.iter().zip(join_all(ends).await) {
            match outcome {
                Ok(()) => ended.push(entry.key()),
                Err(fault) => progress.silent = Some(fault),
            }
        }
    }
    let count = ended.len();
    progress.ended = progress.ended.saturating_add(count);
    if count > 0 {
        grants.ask(Forget { grants: ended }).await?;
    }
    Ok(count)
}
