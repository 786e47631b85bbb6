//! The addresses of a host, as a resolver answers in JSON over HTTPS (the form of Cloudflare's and Google's resolvers).

use std::net::IpAddr;

use from_json::FromJson;

use super::is_public;

/// Why a host is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// It has an address that is not public.
    NotPublic,
    /// It has no address.
    NoAddress,
    /// The resolver's answer cannot be read, or says that it failed.
    Failed,
}

#[derive(FromJson)]
struct Resolution {
    #[serde(rename = "Status")]
    status: u16,
    #[serde(rename = "Answer", default)]
    answer: Vec<Record>,
}

#[derive(FromJson)]
struct Record {
    #[serde(rename = "type")]
    kind: u16,
    data: String,
}

/// The types of record that are asked for: addresses of IPv4 and of IPv6.
const TYPES: [(&str, u16); 2] = [("A", 1), ("AAAA", 28)];

/// No error, and no such name (RFC 1035 §4.1.1).
const ANSWERED: [u16; 2] = [0, 3];

/// The URLs that ask `resolver` for the addresses of `host`.
pub fn question(resolver: &str, host: &str) -> [String; 2] {
    TYPES.map(|(name, _)| [resolver, "?name=", host, "&type=", name].concat())
}

/// Reads the answers to both questions: every address must be public, and there must be one. The fetch resolves the name
/// once more, by itself.
pub fn read<'a>(answers: impl IntoIterator<Item = &'a [u8]>) -> Result<(), Unresolved> {
    let mut addresses = 0_usize;
    for answer in answers {
        let answer: Resolution = from_json::from_slice(answer).map_err(|_| Unresolved::Failed)?;
        if !ANSWERED.contains(&answer.status) {
            return Err(Unresolved::Failed);
        }
        let is_address = |record: &&Record| TYPES.iter().any(|(_, kind)| *kind == record.kind);
        for record in answer.answer.iter().filter(is_address) {
            let address: IpAddr = record.data.parse().map_err(|_| Unresolved::Failed)?;
            if !is_public(address) {
                return Err(Unresolved::NotPublic);
            }
            addresses = addresses.saturating_add(1);
        }
    }
    if addresses == 0 {
        return Err(Unresolved::NoAddress);
    }
    Ok(())
}
