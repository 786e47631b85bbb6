//! A pushed authorization request (RFC 9126) between its arrival and the browser that comes with it: sealed,
//! in the grant that it begins.

use oauth_core::{
    Fault, Refusal, base64url,
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

/// Opens the request that `form` names, for the client that it names. The login may open it repeatedly: it is used up
/// when a code is issued for it.
pub(crate) async fn open<P: Grants + Seal>(
    context: &Context<'_, P>,
    client_id: &ClientId,
    form: &Form,
) -> Result<PushedRequest, Stop> {
    let uri = form.one("request_uri")?.unwrap_or_default();
    let RequestUri { grant } =
        RequestUri::read(context.keyring, uri).ok_or(Refusal::RequestUriUnknown)?;
    let life = context.settings.lifetimes.pushed_request_opened;
    let command = OpenPushed {
        client_id: client_id.clone(),
        until: context.now.plus(life),
    };
    let sealed = context.ports.grant(&grant, command).await??;
    let parameters = unsealed(context, &grant, &sealed).await?;
    let form = Form::parse(&parameters)
        .map_err(|_| Fault::new("pushed_request.read", "the parameters cannot be read"))?;
    let query = form::encode([("client_id", client_id.as_str()), ("request_uri", uri)]);
    Ok(PushedRequest { grant, form, query })
}

/// Opens a text that was sealed under the current secret, or the one before it.
async fn unsealed<P: Seal>(
    context: &Context<'_, P>,
    grant: &GrantId,
    sealed: &str,
) -> Result<Vec<u8>, Fault> {
    let mut last = Fault::new("pushed_request.open", "what was kept cannot be read");
    let Some(sealed) = base64url::decode(sealed) else {
        return Err(last);
    };
    for key in context.keyring.keys(Purpose::Seal) {
        let opened = context.ports.open(&key, &sealed, grant.as_str().as_bytes());
        match opened.await {
            Ok(parameters) => return Ok(parameters.expose().clone()),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}
