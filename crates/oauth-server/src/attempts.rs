//! Limits on password attempts: the names under which they count. Only failures add up.

use std::net::Ipv6Addr;

use oauth_core::{
    Fault,
    credential::KnownBrowser,
    http::Incoming,
    keyring::Purpose,
    lifecycle::{
        ask::Ask,
        object::ObjectKind as _,
        throttle::{self, Command, GiveBack, Limit, Take, ThrottleKind, Verdict},
    },
};

use crate::{context::Context, cookie, ports::Objects};

/// Takes an attempt under each name. If one has none left, returns the seconds to wait and gives the others back, so
/// that an address that must wait cannot use up the attempts of an account.
pub(crate) async fn take<P: Objects>(
    context: &Context<'_, P>,
    limits: &[(String, Limit)],
) -> Result<Option<i64>, Fault> {
    for (index, (name, limit)) in limits.iter().enumerate() {
        if let Verdict::Wait { seconds } = ask(context, name, Take(*limit)).await? {
            give_back(context, limits.get(..index).unwrap_or_default()).await?;
            return Ok(Some(seconds));
        }
    }
    Ok(None)
}

pub(crate) async fn give_back<P: Objects>(
    context: &Context<'_, P>,
    limits: &[(String, Limit)],
) -> Result<(), Fault> {
    for (name, _) in limits {
        ask(context, name, GiveBack).await?;
    }
    Ok(())
}

async fn ask<P: Objects, C: Ask<Command, Verdict>>(
    context: &Context<'_, P>,
    name: &str,
    command: C,
) -> Result<C::Reply, Fault> {
    let ports = context.ports;
    let verdict = ports.object::<ThrottleKind>(name, command.into()).await?;
    C::narrow(verdict, ThrottleKind::WHAT)
}

/// The names under which this attempt counts, and the limit of each.
pub(crate) fn limits<P>(
    context: &Context<'_, P>,
    request: &Incoming,
    username: &str,
) -> Vec<(String, Limit)> {
    let address = request.address.as_deref().map(|address| {
        let name = keyed_name(context, "address", &network(address));
        (name, throttle::PER_ADDRESS)
    });
    let account = account(context, username);
    let account = match known_browser(context, request) {
        Some(known) if is_of(context, &known, username) => {
            keyed_name(context, &known.account, &known.browser)
        }
        Some(_) | None => account,
    };
    address
        .into_iter()
        .chain([(account, throttle::PER_ACCOUNT)])
        .collect()
}

/// The proof of an earlier login in this browser. Such a browser has attempts of its own: strangers who use up an
/// account's attempts do not lock its owner out.
fn known_browser<P>(context: &Context<'_, P>, request: &Incoming) -> Option<KnownBrowser> {
    let text = cookie::value(&request.headers, cookie::KNOWN)?;
    KnownBrowser::read(context.keyring, text)
}

/// Whether a browser is known for the account of this name, under any valid secret.
fn is_of<P>(context: &Context<'_, P>, known: &KnownBrowser, username: &str) -> bool {
    let parts = ["account", username];
    context
        .keyring
        .is_mac(Purpose::Name, &parts, &known.account)
}

/// The network of an address: of IPv6 the first half, because one subscriber has all addresses that share it.
pub(crate) fn network(address: &str) -> String {
    address.parse::<Ipv6Addr>().map_or_else(
        |_| address.to_owned(),
        |address| {
            let [first, second, third, fourth, ..] = address.segments();
            format!("{first:x}:{second:x}:{third:x}:{fourth:x}::/64")
        },
    )
}

/// The name under which an account's attempts count.
pub(crate) fn account<P>(context: &Context<'_, P>, username: &str) -> String {
    keyed_name(context, "account", username)
}

/// A name for the attempts of one account, address or browser, that says nothing about it.
fn keyed_name<P>(context: &Context<'_, P>, kind: &str, value: &str) -> String {
    context.keyring.mac_text(Purpose::Name, &[kind, value])
}
