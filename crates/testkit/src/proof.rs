//! Requests with a proof of possession (RFC 9449).

use std::cell::Cell;

use oauth_core::{
    UnixTime,
    dpop::{ProofOf, prove},
    http::{Headers, Incoming},
};

use crate::{
    crypto::{P256Key, run},
    fixture::{Fixture, ISSUER},
};

thread_local! {
    static MADE: Cell<u32> = const { Cell::new(0) };
}

/// A maker of proofs, each with an id of its own.
#[derive(Clone, Debug)]
pub struct Prover<'a> {
    /// The key.
    pub key: P256Key,
    /// The method that they are for.
    pub method: &'a str,
    /// The path that they are for.
    pub path: &'a str,
    /// The access token that they go with.
    pub access_token: Option<&'a str>,
    /// When they are made.
    pub now: UnixTime,
}

impl<'a> Prover<'a> {
    /// Proofs by the key of this seed, for requests that are posted to `path` now.
    pub fn new(fixture: &Fixture, seed: u8, path: &'a str) -> Self {
        Self {
            key: P256Key::from_seed(seed),
            method: "POST",
            path,
            access_token: None,
            now: fixture.world.now.get(),
        }
    }

    /// Another proof.
    ///
    /// # Panics
    ///
    /// Never: the key is sound.
    pub fn make(&self) -> String {
        MADE.set(MADE.get() + 1);
        let request = ProofOf {
            method: self.method,
            url: &format!("{ISSUER}{}", self.path),
            access_token: self.access_token,
            nonce: None,
            jti: &format!("proof-{}", MADE.get()),
            now: self.now,
        };
        run(prove(&self.key, &self.key.public(), &request)).expect("a proof")
    }

    /// The thumbprint of the key.
    pub fn jkt(&self) -> String {
        self.key.public().thumbprint()
    }
}

/// The request with these headers in place of its own; those that are `None` are left out.
#[must_use]
pub fn with_headers(request: Incoming, headers: &[(&str, Option<&str>)]) -> Incoming {
    let sent = headers
        .iter()
        .filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.to_owned())));
    Incoming {
        headers: Headers::new(sent),
        ..request
    }
}

/// A form that is posted with these headers.
pub fn form_with(
    fixture: &Fixture,
    path: &str,
    authorization: Option<&str>,
    proof: Option<&str>,
    parameters: &[(&str, &str)],
) -> Incoming {
    let headers = [
        ("content-type", Some("application/x-www-form-urlencoded")),
        ("authorization", authorization),
        ("dpop", proof),
    ];
    with_headers(fixture.post(path, authorization, parameters), &headers)
}
