//! The networks that a caller's address belongs to: what limits count by and the audit remembers, because one subscriber
//! has many addresses.

use std::net::{IpAddr, Ipv6Addr};

/// The networks of an address, as texts that compare equal for equal networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Networks {
    /// The subscriber's: an IPv4 address, or the /56 of an IPv6 address.
    pub subscriber: String,
    /// The /48 of an IPv6 address, which one customer of a provider may hold. An IPv4 address has none.
    pub site: Option<String>,
}

/// The network of callers whose address is absent or cannot be read. They share what one network has: an unreadable
/// address must not be a way round a limit.
pub const UNKNOWN: &str = "unknown";

impl Networks {
    /// The networks of an address as the platform gives it.
    pub fn of(address: Option<&str>) -> Self {
        match address.and_then(|address| address.trim().parse::<IpAddr>().ok()) {
            // An IPv4 caller on an IPv6 socket is the same caller.
            Some(address) => match address.to_canonical() {
                IpAddr::V4(address) => Self::only(address.to_string()),
                IpAddr::V6(address) => Self {
                    subscriber: prefix(address, 56),
                    site: Some(prefix(address, 48)),
                },
            },
            None => Self::only(UNKNOWN.to_owned()),
        }
    }

    const fn only(subscriber: String) -> Self {
        Self {
            subscriber,
            site: None,
        }
    }

    /// The largest network: what counts against one account, so that a /48 has no more guesses than an IPv4 address.
    pub fn widest(&self) -> &str {
        self.site.as_deref().unwrap_or(&self.subscriber)
    }
}

/// The first `bits` of an address.
fn prefix(address: Ipv6Addr, bits: u32) -> String {
    let kept = u128::MAX.checked_shl(128_u32.saturating_sub(bits));
    let first = Ipv6Addr::from_bits(address.to_bits() & kept.unwrap_or_default());
    [first.to_string().as_str(), "/", &bits.to_string()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_address_is_a_network_of_its_own_however_it_is_written() {
        for address in [
            "192.0.2.7",
            " 192.0.2.7 ",
            "::ffff:192.0.2.7",
            "::FFFF:c000:207",
        ] {
            let networks = Networks::of(Some(address));
            assert_eq!(
                (networks.subscriber.as_str(), &networks.site),
                ("192.0.2.7", &None),
                "{address}"
            );
            assert_eq!(networks.widest(), "192.0.2.7");
        }
    }

    #[test]
    fn an_ipv6_address_belongs_to_a_subscriber_and_a_site() {
        let networks = Networks::of(Some("2001:db8:1:23ff:9:8:7:6"));
        assert_eq!(networks.subscriber, "2001:db8:1:2300::/56");
        assert_eq!(networks.site.as_deref(), Some("2001:db8:1::/48"));
        assert_eq!(networks.widest(), "2001:db8:1::/48");
        assert_eq!(networks, Networks::of(Some("2001:DB8:1:2301::1")));
        let neighbour = Networks::of(Some("2001:db8:1:2400::1"));
        assert_ne!(networks.subscriber, neighbour.subscriber);
        assert_eq!(networks.site, neighbour.site);
    }

    #[test]
    fn what_cannot_be_read_shares_one_network() {
        let unknown = Networks::of(None);
        assert_eq!(
            (unknown.subscriber.as_str(), &unknown.site),
            (UNKNOWN, &None)
        );
        for address in [
            "",
            "unknown",
            "fe80::1%eth0",
            "1.2.3.4:80",
            "1.2.3.4, 5.6.7.8",
            &"9".repeat(10_000),
        ] {
            assert_eq!(Networks::of(Some(address)), unknown, "{address}");
        }
    }
}
