//! How often somebody may ask: a client that has proved who it is counts by itself, a known browser by its account, and
//! everyone else by network.

use oauth_core::{Refusal, http::Incoming, keyring::Purpose, network::Networks};

use crate::{
    attempts,
    context::Context,
    ports::{Rate, RateLimits},
};

/// How long a caller who asks too often should wait, in seconds. The limit is asked again after it.
pub const WAIT: i64 = 10;

/// How the requests of a route are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Not at all: the answer is the same for everyone, and costs nothing.
    Not,
    /// By network, before anything else is done; by account, where a browser has signed in to one before.
    ByNetwork(Rate),
    /// By the caller, once it has been authenticated; by network, under this rate, if it cannot be.
    ByCaller(Rate),
}

/// Counts a request to a route that counts by network. A known browser does not count with its network, or whoever floods
/// from there would lock it out. It counts by its account, because each sign-in makes another known browser.
pub(crate) fn at_the_route<P: RateLimits>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<(), Refusal> {
    match context.counted() {
        Counted::ByNetwork(rate) => match attempts::known_for_any(context, request) {
            // Once the account's requests are used up, it is as good as one that is not known.
            Some(known) => within(context, rate, &name_of_account(context, &known.account))
                .or_else(|_| of_network(context, request, rate)),
            None => of_network(context, request, rate),
        },
        Counted::Not | Counted::ByCaller(_) => Ok(()),
    }
}

/// Counts a request whose caller has proved to be `name`.
pub(crate) fn of_caller<P: RateLimits>(
    context: &Context<'_, P>,
    name: &str,
) -> Result<(), Refusal> {
    match context.counted() {
        Counted::ByCaller(_) => within(context, Rate::Clients, name),
        Counted::Not | Counted::ByNetwork(_) => Ok(()),
    }
}

/// Counts a request whose caller has proved nothing.
pub(crate) fn of_stranger<P: RateLimits>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<(), Refusal> {
    match context.counted() {
        Counted::ByCaller(rate) => of_network(context, request, rate),
        Counted::Not | Counted::ByNetwork(_) => Ok(()),
    }
}

/// A kind of thing that is made for strangers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Made {
    /// A pushed request, whose grant is stored when a browser opens it.
    PushedRequest,
    /// The counts of an attempt at a password.
    Attempt,
    /// A client that registers itself.
    Registration,
    /// The fetch of a client's document, and its copy.
    ClientDocument,
}

/// Counts the fetch of a document that a browser makes this server do: by the browser's network, then with all others.
pub(crate) fn of_document<P: RateLimits>(
    context: &Context<'_, P>,
    asker: &str,
) -> Result<(), Refusal> {
    within(context, Rate::Making, asker)?;
    of_everyone(context, Made::ClientDocument)
}

/// The name of the network that makes this server fetch something.
pub(crate) fn asker<P>(context: &Context<'_, P>) -> String {
    name_of(context, &Networks::of(context.origin().address()))
}

/// Counts something that is made for a stranger, after the stranger's own limits.
pub(crate) fn of_everyone<P: RateLimits>(
    context: &Context<'_, P>,
    made: Made,
) -> Result<(), Refusal> {
    let name = match made {
        Made::PushedRequest => "pushed_request",
        Made::Attempt => "attempt",
        Made::Registration => "registration",
        Made::ClientDocument => "client_document",
    };
    within(context, Rate::Everyone, name)
}

/// Refuses a request for which a store would be asked, if its network was found to ask too often. It is counted elsewhere.
pub(crate) fn before_look_up<P: RateLimits>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<(), Refusal> {
    match context.counted() {
        Counted::ByCaller(rate)
            if context
                .ports
                .is_refused(rate, &network(context, request), context.now) =>
        {
            Err(Refusal::TooManyRequests)
        }
        Counted::ByCaller(_) | Counted::Not | Counted::ByNetwork(_) => Ok(()),
    }
}

/// Counts by the widest network: whoever has many addresses has one count. Callers without one share theirs.
fn of_network<P: RateLimits>(
    context: &Context<'_, P>,
    request: &Incoming,
    rate: Rate,
) -> Result<(), Refusal> {
    within(context, rate, &network(context, request))
}

/// The name of a network, under which its requests are counted.
fn network<P>(context: &Context<'_, P>, request: &Incoming) -> String {
    name_of(context, &Networks::of(request.address.as_deref()))
}

fn name_of<P>(context: &Context<'_, P>, networks: &Networks) -> String {
    let parts = ["rate", networks.widest()];
    context.keyring.mac_text(Purpose::Name, &parts)
}

fn name_of_account<P>(context: &Context<'_, P>, account: &str) -> String {
    let parts = ["rate", "account", account];
    context.keyring.mac_text(Purpose::Name, &parts)
}

fn within<P: RateLimits>(context: &Context<'_, P>, rate: Rate, name: &str) -> Result<(), Refusal> {
    if context.ports.within_rate(rate, name, context.now) {
        Ok(())
    } else {
        Err(Refusal::TooManyRequests)
    }
}
