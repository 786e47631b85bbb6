//! The host of a grant: load, step, save. Tokens are minted in between, before anything is committed, and then every
//! check runs again.
//!
//! The Durable Object and every test run this code, over a [`Store`]. Between a read and the write that follows from it
//! nothing is awaited, so no other call sees an intermediate state.

mod alarm;
mod announce;

use std::mem;

use oauth_core::{
    Fault, Refusal, UnixTime,
    id::GrantId,
    lifecycle::{
        grant::{
            Call, Command, EndReason, Grant, GrantKind, Issue, Minted, Reply, Revocation,
            RevocationSource, step,
        },
        object::{ObjectKind as _, Store},
        one_time::Present,
        rows::{Change, RECORD},
    },
};

pub use alarm::on_alarm;
pub use announce::announce;

/// The number of times that tokens are minted again because the grant changed meanwhile. Each time another call has
/// committed, and few calls wait for one grant; more means that something is wrong.
const ROUNDS: usize = 8;

/// How long after an end the alarm announces it, in seconds, unless the object has done so meanwhile.
const ANNOUNCED_WITHIN: i64 = 5;

/// The maker of token responses, for a grant that may issue one.
pub trait Minter {
    /// Spends the proof of a request, if there is one; refused if it has been spent.
    async fn spend(&self, proof: &[Present]) -> Result<Result<(), Refusal>, Fault>;

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

/// Runs a command on the grant in `store`.
///
/// # Errors
///
/// A fault of the store or of a signature, or a record of an unknown version. Nothing has changed then, unless the write
/// itself failed.
pub async fn run_command(
    store: &impl Store,
    minter: &impl Minter,
    call: &Call,
    clock: impl Fn() -> UnixTime,
) -> Result<Reply, Fault> {
    let mut response = None;
    let mut known = None;
    let mut unspent = call.command.proof();
    for _ in 0..ROUNDS {
        let reply = commit(store, call, &mut known, response.take(), clock())?;
        let Reply::Mint(issue) = reply else {
            // A stored answer is not for whoever sends a whole request again.
            let is_stored = matches!(reply, Reply::Again { .. });
            let proof = if is_stored { unspent } else { &[] };
            let spent = minter.spend(proof).await?;
            return Ok(spent.err().map_or(reply, Reply::Refused));
        };
        match minter.mint(*issue).await? {
            MintOutcome::Minted(made) => {
                // Once for a request, however often it is minted for.
                if let Err(refusal) = minter.spend(mem::take(&mut unspent)).await? {
                    return Ok(Reply::Refused(refusal));
                }
                response = Some(*made);
            }
            MintOutcome::Refused(refusal) => return Ok(Reply::Refused(refusal)),
            MintOutcome::PersonGone => {
                commit(store, &ended_with_user(&call.id), &mut known, None, clock())?;
                return Ok(Reply::Refused(Refusal::UserDisabled));
            }
        }
    }
    Err(Fault::new("grant.mint", "the grant changes all the time"))
}

/// The end of a grant whose user is disabled or deleted.
fn ended_with_user(id: &GrantId) -> Call {
    Call {
        id: id.clone(),
        command: Command::Revoke(Revocation {
            client_id: None,
            reason: EndReason::UserDisabled,
            until: None,
            presented: None,
            source: RevocationSource::Request,
            ended_at: None,
        }),
    }
}

/// A row, and the grant that it says.
type Known = Option<(String, Grant)>;

/// One step, from read to write. A step without a change writes nothing. `known` is what the step before has read: the same
/// text is not read twice.
fn commit(
    store: &impl Store,
    call: &Call,
    known: &mut Known,
    minted: Option<Minted>,
    now: UnixTime,
) -> Result<Reply, Fault> {
    let before = store.row(RECORD)?;
    let grant = match (known.take(), before.as_deref()) {
        (Some((text, grant)), Some(before)) if text == before => Some(grant),
        (_, before) => before.map(read).transpose()?.map(|(_, grant)| grant),
    };
    let (after, reply) = step(grant, &call.command, minted, now);
    if matches!(reply, Reply::Mint(_)) {
        *known = before.zip(after);
    } else if let Some(after) = after {
        save(store, &call.id, before.as_deref(), &after, now)?;
    }
    Ok(reply)
}

/// A stored grant, and its id, which version 1 did not store.
fn read(text: &str) -> Result<(Option<GrantId>, Grant), Fault> {
    Grant::read_with_id(text).map_err(|_| Fault::new(GrantKind::WHAT, "the record cannot be read"))
}

/// Writes the record, if it has changed.
fn save(
    store: &impl Store,
    id: &GrantId,
    before: Option<&str>,
    after: &Grant,
    now: UnixTime,
) -> Result<(), Fault> {
    let text = write(id, after)?;
    if before == Some(&text) {
        return Ok(());
    }
    // Before the write: an extra alarm does no harm, and a record without one would stay for ever. Other states need
    // no new alarm, because the alarm checks again.
    if after.unannounced().is_some() {
        store.wake_at(now.plus(ANNOUNCED_WITHIN))?;
    } else if before.is_none() {
        store.wake_at(after.ends_at().max(now))?;
    }
    put(store, text)
}

fn write(id: &GrantId, grant: &Grant) -> Result<String, Fault> {
    let text = grant.write(id);
    text.map_err(|_| Fault::new(GrantKind::WHAT, "the record cannot be written"))
}

fn put(store: &impl Store, text: String) -> Result<(), Fault> {
    let key = RECORD.to_owned();
    store.commit(&[Change::Put { key, text }])
}
