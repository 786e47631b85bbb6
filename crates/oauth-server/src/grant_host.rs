//! Where a grant lives: load, step, save. What is to be issued is minted in between, before anything is
//! committed, and then every check runs again.
//!
//! Whatever hosts a grant runs this: the Durable Object, and every test. Between a reading and the writing that
//! follows from it nothing is awaited, so no other call sees a state in between.

use oauth_core::{
    Fault, Refusal, UnixTime,
    lifecycle::grant::{Call, Command, EndReason, Grant, Issue, Minted, Reply, Revocation, step},
};

/// How often something is minted anew because the grant changed meanwhile. Each time another call has committed
/// something, and a grant's line is short; more means that something is wrong.
const ROUNDS: usize = 8;

/// The one record of a grant. Both acts are synchronous.
pub trait Record {
    /// The stored text.
    fn load(&self) -> Result<Option<String>, Fault>;
    /// Stores a text in place of the last, to be forgotten some time after `ends_at`.
    fn save(&self, text: &str, ends_at: UnixTime) -> Result<(), Fault>;
}

/// What mints, for a grant that may issue.
pub trait Minter {
    /// Makes and signs a token response.
    async fn mint(&self, issue: Issue) -> Result<MintOutcome, Fault>;
}

/// What came of minting.
#[derive(Debug)]
pub enum MintOutcome {
    /// Ready to be delivered.
    Minted(Box<Minted>),
    /// The person may not grant this any more. Nothing is spent.
    Refused(Refusal),
    /// The person is gone: the grant ends with them.
    PersonGone,
}

/// Puts a command to the grant that it is for, which `record` holds.
///
/// # Errors
///
/// A fault of the store, of a signature, or a record of a version that we do not know. Nothing has changed
/// then, unless the fault came with the writing itself.
pub async fn run_command(
    record: &impl Record,
    press: &impl Minter,
    call: &Call,
    clock: impl Fn() -> UnixTime,
) -> Result<Reply, Fault> {
    let mut minted = None;
    for _ in 0..ROUNDS {
        let reply = commit(record, call, minted.take(), clock())?;
        let Reply::Mint(issue) = reply else {
            return Ok(reply);
        };
        match press.mint(*issue).await? {
            MintOutcome::Minted(made) => minted = Some(*made),
            MintOutcome::Refused(refusal) => return Ok(Reply::Refused(refusal)),
            MintOutcome::PersonGone => {
                let end = Call {
                    id: call.id.clone(),
                    command: Command::Revoke(Revocation {
                        client_id: None,
                        reason: EndReason::UserDisabled,
                        until: None,
                    }),
                };
                commit(record, &end, None, clock())?;
                return Ok(Reply::Refused(Refusal::UserDisabled));
            }
        }
    }
    Err(Fault::new("grant.mint", "the grant changes all the time"))
}

/// One step, from reading to writing. What changes nothing writes nothing.
fn commit(
    record: &impl Record,
    call: &Call,
    minted: Option<Minted>,
    now: UnixTime,
) -> Result<Reply, Fault> {
    let before = record.load()?;
    let grant = before
        .as_deref()
        .map(Grant::read)
        .transpose()
        .map_err(|_| Fault::new("grant.read", "the record cannot be read"))?;
    let (after, reply) = step(grant, &call.command, minted, now);
    if let Some(after) = after {
        let text = after
            .write(&call.id)
            .map_err(|_| Fault::new("grant.write", "the record cannot be written"))?;
        if before.as_deref() != Some(&text) {
            record.save(&text, after.ends_at())?;
        }
    }
    Ok(reply)
}
