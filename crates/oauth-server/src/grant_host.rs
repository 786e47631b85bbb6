//! The host of a grant: load, step, save. Tokens are minted in between, before anything is committed, and then every
//! check runs again.
//!
//! The Durable Object and every test run this code. Between a read and the write that follows from it nothing is
//! awaited, so no other call sees an intermediate state.

use oauth_core::{
    Fault, Refusal, UnixTime,
    lifecycle::grant::{Call, Command, EndReason, Grant, Issue, Minted, Reply, Revocation, step},
};

/// The number of times that tokens are minted again because the grant changed meanwhile. Each time another call has
/// committed, and few calls wait for one grant; more means that something is wrong.
const ROUNDS: usize = 8;

/// The stored record of a grant. Both methods are synchronous.
pub trait Record {
    /// The stored text.
    fn load(&self) -> Result<Option<String>, Fault>;
    /// Replaces the text, to be deleted some time after `ends_at`.
    fn save(&self, text: &str, ends_at: UnixTime) -> Result<(), Fault>;
}

/// The maker of token responses, for a grant that may issue one.
pub trait Minter {
    /// Makes and signs a token response.
    async fn mint(&self, issue: Issue) -> Result<MintOutcome, Fault>;
}

/// The outcome of minting.
#[derive(Debug)]
pub enum MintOutcome {
    /// Ready to be delivered.
    Minted(Box<Minted>),
    /// The user may no longer grant this. No credential is spent.
    Refused(Refusal),
    /// The user is disabled or deleted, which ends the grant.
    PersonGone,
}

/// Runs a command on the grant in `record`.
///
/// # Errors
///
/// A fault of the store or of a signature, or a record of an unknown version. Nothing has changed then, unless the write
/// itself failed.
pub async fn run_command(
    record: &impl Record,
    minter: &impl Minter,
    call: &Call,
    clock: impl Fn() -> UnixTime,
) -> Result<Reply, Fault> {
    let mut response = None;
    for _ in 0..ROUNDS {
        let reply = commit(record, call, response.take(), clock())?;
        let Reply::Mint(issue) = reply else {
            return Ok(reply);
        };
        match minter.mint(*issue).await? {
            MintOutcome::Minted(made) => response = Some(*made),
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

/// One step, from read to write. A step without a change writes nothing.
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
