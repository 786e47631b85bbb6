//! What an attempt at a password may count under, and be recorded as.

use std::{collections::BTreeSet, rc::Rc};

use oauth_core::{
    credential::KnownBrowser,
    keyring::{Keyring, Purpose},
    network::{Networks, UNKNOWN},
};

use crate::{
    oracle::{Attempt, AttemptFrom},
    world::World,
};

/// Where somebody sits who enters a password.
#[derive(Clone, Debug, Default)]
pub struct Seat {
    /// The address, if it is known.
    pub address: Option<&'static str>,
    /// The cookie of a browser that has signed in before.
    pub known: Option<String>,
}

/// An attempt at the account of `username`.
pub(crate) fn attempt(world: &World, username: &'static str, seat: &Seat) -> Rc<Attempt> {
    let mut names = Names::default();
    let known = seat.known.as_deref();
    let known = known.and_then(|cookie| cookie.split_once('='));
    let known = known.and_then(|(_, text)| {
        let mut keyrings = world.keyrings();
        keyrings.find_map(|keyring| KnownBrowser::read(keyring, text))
    });
    for keyring in world.keyrings() {
        names.under(keyring, username, (seat, known.as_ref()));
    }
    Rc::new(Attempt {
        username,
        from: match known {
            Some(known) => AttemptFrom::KnownBrowser(known.browser),
            None => AttemptFrom::Network(seat.address.unwrap_or(UNKNOWN)),
        },
        throttles: names.throttles,
        hashes: names.hashes,
    })
}

#[derive(Default)]
struct Names {
    throttles: BTreeSet<String>,
    hashes: BTreeSet<String>,
}

impl Names {
    fn under(
        &mut self,
        keyring: &Keyring,
        username: &str,
        (seat, known): (&Seat, Option<&KnownBrowser>),
    ) {
        let mac = |parts: &[&str]| keyring.mac_text(Purpose::Name, parts);
        let network = &Networks::of(seat.address).subscriber;
        match known {
            Some(known) => {
                self.throttles
                    .insert(mac(&[&known.account, &known.browser]));
            }
            None => self.throttles.extend(throttles(keyring, username, network)),
        }
        for (kind, value) in [("account", username), ("network", network)] {
            let hash = mac(&["audit", kind, value]);
            self.hashes.insert(hash.chars().take(22).collect());
        }
    }
}

/// The throttles of a network, of an account, and of that account as tried from that network.
pub(crate) fn throttles(keyring: &Keyring, username: &str, network: &str) -> [String; 3] {
    let parts: [&[&str]; 3] = [
        &["network", network],
        &["everywhere", username],
        &["here", username, network],
    ];
    parts.map(|parts| keyring.mac_text(Purpose::Name, parts))
}
