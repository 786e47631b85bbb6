//! Clients whose `client_id` is the URL of their metadata document. A document is fetched only for a browser that asks, and
//! found wherever clients are looked up afterwards.

use std::rc::Rc;

use oauth_core::{
    Fault, Refusal, UnixTime,
    client::Client,
    client_document::{self, Age, StoredDocument},
    id::ClientId,
    remote_document::{LEAST_FRESH, Reach},
};

use crate::{
    context::{Context, Stop},
    ports::{DocumentState, NotFetched, Ports},
    rate, scope_descriptions,
};

/// For how many seconds a copy is used again after its document could not be fetched.
const WAIT: i64 = 60;

/// The client of an authorization request, its document fetched if need be.
pub(crate) async fn client<P: Ports>(
    context: &Context<'_, P>,
    client_id: &ClientId,
) -> Result<Rc<Client>, Stop> {
    let reach = context.settings.client_documents;
    let Some(reach) = reach.filter(|_| client_document::is_url(client_id)) else {
        let client = context.ports.client(client_id).await?;
        return client.ok_or_else(|| Refusal::ClientUnknown.into());
    };
    match context.ports.document(client_id).await? {
        DocumentState::Disabled => Err(Refusal::ClientUnknown.into()),
        DocumentState::Registered(client) => Ok(client),
        DocumentState::Unknown { not_before } => {
            fetched(context, client_id, reach, (None, not_before)).await
        }
        DocumentState::Known(stored) if stored.age(context.now) == Age::Fresh => {
            Ok(Rc::new(stored.client.clone()))
        }
        DocumentState::Known(stored) => {
            let not_before = stored.client.not_before;
            fetched(context, client_id, reach, (Some(&stored), not_before)).await
        }
    }
}

/// Fetches the document. While its host is down, the last good copy counts, unless it is too old. What an administrator has ended stays ended,
/// whatever the document says.
async fn fetched<P: Ports>(
    context: &Context<'_, P>,
    client_id: &ClientId,
    reach: Reach,
    (known, not_before): (Option<&StoredDocument>, Option<UnixTime>),
) -> Result<Rc<Client>, Stop> {
    let asker = rate::asker(context);
    let document = match rate::of_document(context, &asker) {
        Ok(()) => {
            let fetch = context.ports.fetch_document(client_id.as_str(), &asker);
            fetch.await
        }
        Err(_) => Err(NotFetched::Busy),
    };
    let document = match document {
        Ok(document) => document,
        Err(why) => return not_fetched(context, why, known),
    };
    let offered = scope_descriptions::offered(context).await;
    let mut client = client_document::read(&document.body, client_id, &offered.scopes, reach)?;
    client.not_before = not_before;
    let fresh_for = if offered.is_complete {
        document.fresh_for
    } else {
        // Its client may have more once the resource answers.
        LEAST_FRESH.min(document.fresh_for)
    };
    let stored = StoredDocument {
        version: 1,
        client,
        fetched_at: context.now,
        fresh_until: context.now.plus(fresh_for),
        is_used: known.is_some_and(|known| known.is_used),
    };
    context.ports.keep_document(&stored, &asker);
    Ok(Rc::new(stored.client))
}

/// The client by its last good copy, if there is one.
fn not_fetched<P: Ports>(
    context: &Context<'_, P>,
    why: NotFetched,
    known: Option<&StoredDocument>,
) -> Result<Rc<Client>, Stop> {
    let refusal = match &why {
        NotFetched::Busy => Refusal::TooManyRequests,
        NotFetched::Failed(_) => Refusal::ClientDocumentUnavailable,
    };
    note(context, why);
    let stale = known.filter(|known| known.age(context.now) == Age::Stale);
    let known = stale.ok_or(refusal)?;
    let again = StoredDocument {
        fresh_until: context.now.plus(WAIT),
        ..known.clone()
    };
    context.ports.remember_document(&again);
    Ok(Rc::new(again.client))
}

/// Notes for the log why a document was not fetched.
fn note<P>(context: &Context<'_, P>, why: NotFetched) {
    if let NotFetched::Failed(fault) = why {
        context.log(|log| log.cause = Some(fault.to_string()));
    }
}

/// The fault where a client's document has never been fetched here, or is stored no more: its client may be all right.
pub fn absent() -> Fault {
    Fault::new(
        FAULT,
        "this client's document has not been fetched for a browser",
    )
}

/// What the faults of a client's document are called.
pub const FAULT: &str = "client_document";
/// What the faults of the keys at a client's `jwks_uri` are called.
pub const KEYS_FAULT: &str = "client_keys";

/// Whether a fault is of what strangers say where to find: whoever brings it about is counted.
pub(crate) fn is_client_s(fault: &Fault) -> bool {
    [FAULT, KEYS_FAULT].contains(&fault.what)
}
