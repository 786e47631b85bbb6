//! Limits on password attempts: the names under which they count. Only failures add up.

use oauth_core::{
    Fault,
    concurrent::join_all,
    credential::KnownBrowser,
    http::Incoming,
    keyring::Purpose,
    lifecycle::{
        ask::Ask,
        object::ObjectKind as _,
        throttle::{
            self, Backoff, Command, Count, Forget, GiveBack, Limit, Take, TakeAfterWait,
            ThrottleKind, Verdict,
        },
    },
    network::Networks,
};

use crate::{
    context::Context,
    cookie::Cookie,
    ports::{Objects, RateLimits},
    rate::{self, Made},
};

/// What an attempt counts under.
pub(crate) struct Counts {
    /// The names of the caller's networks, and the limit of each; none for a known browser.
    networks: Vec<(String, Limit)>,
    /// The account's name; none for a known browser.
    everywhere: Option<String>,
    /// The name of the account as tried from this network or browser.
    here: String,
    backoff: Backoff,
}

impl Counts {
    /// Whether this is an attempt of a browser that has signed in to the account before.
    pub(crate) const fn is_of_known_browser(&self) -> bool {
        self.everywhere.is_none()
    }

    /// What an attempt at this account counts under. A browser that has signed in to it counts by itself: strangers who
    /// use up the attempts of an account or of a network do not lock the owner out.
    pub(crate) fn of<P>(context: &Context<'_, P>, request: &Incoming, username: &str) -> Self {
        if let Some(known) = known_browser(context, request, username) {
            return Self {
                networks: Vec::new(),
                everywhere: None,
                here: keyed_name(context, &[&known.account, &known.browser]),
                backoff: throttle::PER_KNOWN_BROWSER,
            };
        }
        let found = Networks::of(request.address.as_deref());
        let name = |network: &str| keyed_name(context, &["network", network]);
        let subscriber = (name(&found.subscriber), throttle::PER_NETWORK);
        let site = found.site.as_deref();
        let site = site.map(|site| (name(site), throttle::PER_SITE));
        Self {
            networks: [subscriber].into_iter().chain(site).collect(),
            everywhere: Some(keyed_name(context, &["everywhere", username])),
            here: keyed_name(context, &["here", username, found.widest()]),
            backoff: throttle::PER_ACCOUNT,
        }
    }

    /// Takes an attempt. If it must wait, returns the seconds and gives back what was taken, so that a network that must
    /// wait cannot use up the attempts of an account.
    pub(crate) async fn take<P: Objects + RateLimits>(
        &self,
        context: &Context<'_, P>,
    ) -> Result<Option<i64>, Fault> {
        if let Some(seconds) = self.take_of_networks(context).await? {
            return Ok(Some(seconds));
        }
        let failures = match &self.everywhere {
            Some(name) => ask(context, name, Count(throttle::FROM_EVERYWHERE)).await?,
            None => 0,
        };
        let take = TakeAfterWait {
            backoff: self.backoff,
            newcomer_delay: throttle::newcomer_delay(failures),
        };
        let waits = seconds(&ask(context, &self.here, take).await?);
        if waits.is_some() {
            give_back(context, self.elsewhere()).await?;
        }
        Ok(waits)
    }

    /// Takes the attempt from the networks, and then from all strangers together: so many networks that each has attempts
    /// left still make no more than that. A known browser is no stranger.
    async fn take_of_networks<P: Objects + RateLimits>(
        &self,
        context: &Context<'_, P>,
    ) -> Result<Option<i64>, Fault> {
        let takes = self.networks.iter();
        let takes = takes.map(|(name, limit)| ask(context, name, Take(*limit)));
        let verdicts: Vec<_> = join_all(takes)
            .await
            .into_iter()
            .collect::<Result<_, _>>()?;
        let mut waits = verdicts.iter().filter_map(seconds).max();
        if waits.is_none() && self.everywhere.is_some() {
            let everyone = rate::of_everyone(context, Made::Attempt);
            waits = everyone.err().map(|_| rate::WAIT);
        }
        if waits.is_some() {
            let allowed = self.networks.iter().zip(&verdicts);
            let allowed = allowed.filter(|(_, verdict)| **verdict == Verdict::Allowed);
            give_back(context, allowed.map(|((name, _), _)| name)).await?;
        }
        Ok(waits)
    }

    /// Gives an attempt back that could not be judged.
    pub(crate) async fn give_back<P: Objects>(
        &self,
        context: &Context<'_, P>,
    ) -> Result<(), Fault> {
        give_back(context, self.elsewhere().chain([&self.here])).await
    }

    /// After the right password: gives the attempt back and forgets what failed here before.
    pub(crate) async fn succeeded<P: Objects>(
        &self,
        context: &Context<'_, P>,
    ) -> Result<(), Fault> {
        give_back(context, self.elsewhere()).await?;
        ask(context, &self.here, Forget).await
    }

    fn elsewhere(&self) -> impl Iterator<Item = &String> {
        let networks = self.networks.iter().map(|(name, _)| name);
        networks.chain(&self.everywhere)
    }
}

async fn give_back<'a, P: Objects>(
    context: &Context<'_, P>,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), Fault> {
    let given = names.map(|name| ask(context, name, GiveBack));
    join_all(given).await.into_iter().collect()
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

const fn seconds(verdict: &Verdict) -> Option<i64> {
    match verdict {
        Verdict::Wait { seconds } => Some(*seconds),
        Verdict::Allowed | Verdict::Counted { .. } => None,
    }
}

/// The proof of an earlier login to this account in this browser, under any valid secret.
fn known_browser<P>(
    context: &Context<'_, P>,
    request: &Incoming,
    username: &str,
) -> Option<KnownBrowser> {
    let known = known_for_any(context, request)?;
    let parts = ["account", username];
    let is_of = context
        .keyring
        .is_mac(Purpose::Name, &parts, &known.account);
    is_of.then_some(known)
}

/// The proof of an earlier login in this browser, to whatever account.
pub(crate) fn known_for_any<P>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Option<KnownBrowser> {
    let text = Cookie::Known.value(context.settings, &request.headers)?;
    KnownBrowser::read(context.keyring, text)
}

/// The account that a browser is known for.
pub(crate) fn account<P>(context: &Context<'_, P>, username: &str) -> String {
    keyed_name(context, &["account", username])
}

/// A name for the attempts of one account, network or browser, that says nothing about it.
fn keyed_name<P>(context: &Context<'_, P>, parts: &[&str]) -> String {
    context.keyring.mac_text(Purpose::Name, parts)
}
