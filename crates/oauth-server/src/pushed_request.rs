//! A pushed authorization request (RFC 9126) between its arrival and the browser that comes with it: sealed, in the grant
//! that it begins. If its client has not proved who it is, it is sealed into the `request_uri` instead, so that strangers
//! store nothing.

use oauth_core::{
    Fault, Refusal, UnixTime, base64url,
    credential::RequestUri,
    form::{self, Form},
    id::{ClientId, GrantId},
    keyring::Purpose,
    lifecycle::grant::{OpenPushed, Push},
};

use crate::{
    context::{Context, Stop},
    ports::{Grants, Seal},
};

/// How a reference begins that carries its request: `q1.<grant>.<expiry>.<sealed>`.
const CARRIED: &str = "q1.";

/// A request that its client has pushed, as a browser came with it.
pub(crate) struct PushedRequest {
    /// The grant that it begins.
    pub(crate) grant: GrantId,
    /// Its parameters, which are the whole request; any beside its `request_uri` are ignored (RFC 9126 §4).
    pub(crate) form: Form,
    /// The query that the browser carries instead of them.
    pub(crate) query: String,
}

/// Whether parameters name a request that was pushed to this server. A `request_uri` of any other form would have to be
/// fetched (OIDC Core §6.2), which this server never does.
pub(crate) fn is_named(form: &Form) -> bool {
    form.values("request_uri")
        .any(|uri| uri.starts_with(RequestUri::PREFIX))
}

/// Stores `parameters` in the new grant `id`.
pub(crate) async fn keep<P: Grants + Seal>(
    context: &Context<'_, P>,
    id: &GrantId,
    client_id: &ClientId,
    parameters: &str,
) -> Result<(), Fault> {
    let key = context.keyring.key(Purpose::Seal);
    let about = id.as_str().as_bytes();
    let sealed = context.ports.seal(&key, parameters.as_bytes(), about);
    let command = Push {
        client_id: client_id.clone(),
        request: base64url::encode(&sealed.await?),
        expires_at: context.now.plus(context.settings.lifetimes.pushed_request),
    };
    let stored = context.ports.grant(id, command).await?;
    // A grant's id is 128 random bits.
    stored.map_err(|_| Fault::new("pushed_request.store", "the grant exists already"))
}

/// Seals `parameters` into a `request_uri`, and stores nothing.
pub(crate) async fn carry<P: Seal>(
    context: &Context<'_, P>,
    id: &GrantId,
    parameters: &str,
) -> Result<String, Fault> {
    let life = context.settings.lifetimes.carried_request();
    let until = context.now.plus(life).0.to_string();
    let head = [CARRIED, id.as_str(), ".", &until].concat();
    let key = context.keyring.key(Purpose::Seal);
    let sealed = context
        .ports
        .seal(&key, parameters.as_bytes(), head.as_bytes());
    let sealed = base64url::encode(&sealed.await?);
    Ok([RequestUri::PREFIX, &head, ".", &sealed].concat())
}

/// The query that a browser carries for a pushed request.
pub(crate) fn query(client_id: &ClientId, uri: &str) -> String {
    form::encode([("client_id", client_id.as_str()), ("request_uri", uri)])
}

/// Opens the request that `form` names, for the client that it names. The login may open it repeatedly: it is used up
/// when a code is issued for it.
pub(crate) async fn open<P: Grants + Seal>(
    context: &Context<'_, P>,
    client_id: &ClientId,
    form: &Form,
) -> Result<PushedRequest, Stop> {
    let uri = form.one("request_uri")?.unwrap_or_default();
    let query = query(client_id, uri);
    if let Some(carried) = carried(context, uri).await? {
        // The record names no client before this one opens it.
        if carried.form.one("client_id")? != Some(client_id.as_str()) {
            return Err(Refusal::RequestUriOfAnotherClient.into());
        }
        let Carried { grant, form, until } = carried;
        opened(context, &grant, client_id, Some(until)).await?;
        return Ok(PushedRequest { grant, form, query });
    }
    let RequestUri { grant } =
        RequestUri::read(context.keyring, uri).ok_or(Refusal::RequestUriUnknown)?;
    let sealed = opened(context, &grant, client_id, None).await?;
    let form = read(&unsealed(context, &sealed, grant.as_str()).await?)?;
    Ok(PushedRequest { grant, form, query })
}

/// Opens the request in its grant, and returns what that has stored of it.
async fn opened<P: Grants>(
    context: &Context<'_, P>,
    grant: &GrantId,
    client_id: &ClientId,
    carried_until: Option<UnixTime>,
) -> Result<String, Stop> {
    let life = context.settings.lifetimes.pushed_request_opened;
    let command = OpenPushed {
        client_id: client_id.clone(),
        until: context.now.plus(life),
        carried_until,
    };
    Ok(context.ports.grant(grant, command).await??)
}

/// A request that its reference carries.
struct Carried {
    grant: GrantId,
    form: Form,
    /// The time until which it may begin its grant.
    until: UnixTime,
}

/// Reads a reference that carries its request; `None` for any other.
async fn carried<P: Seal>(context: &Context<'_, P>, uri: &str) -> Result<Option<Carried>, Stop> {
    let text = uri.strip_prefix(RequestUri::PREFIX).unwrap_or_default();
    let Some((head, sealed)) = text.rsplit_once('.') else {
        return Ok(None);
    };
    let Some((grant, until)) = head.strip_prefix(CARRIED).and_then(|id| id.split_once('.')) else {
        return Ok(None);
    };
    let (grant, until) = GrantId::parse(grant)
        .zip(until.parse().ok())
        .ok_or(Refusal::RequestUriUnknown)?;
    // Whatever does not open was not sealed here.
    let parameters = unsealed(context, sealed, head).await;
    let parameters = parameters.map_err(|_| Refusal::RequestUriUnknown)?;
    Ok(Some(Carried {
        grant,
        form: read(&parameters)?,
        until: UnixTime(until),
    }))
}

fn read(parameters: &[u8]) -> Result<Form, Fault> {
    Form::parse(parameters)
        .map_err(|_| Fault::new("pushed_request.read", "the parameters cannot be read"))
}

/// Opens a text that was sealed under the current secret, or the one before it.
async fn unsealed<P: Seal>(
    context: &Context<'_, P>,
    sealed: &str,
    about: &str,
) -> Result<Vec<u8>, Fault> {
    let mut last = Fault::new("pushed_request.open", "what was kept cannot be read");
    let Some(sealed) = base64url::decode(sealed) else {
        return Err(last);
    };
    for key in context.keyring.keys(Purpose::Seal) {
        let opened = context.ports.open(&key, &sealed, about.as_bytes());
        match opened.await {
            Ok(parameters) => return Ok(parameters.expose().clone()),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}
